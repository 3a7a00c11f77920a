//! The tables that describe a service, its actions and their records.
//!
//! Generated code is made of these, and so is what is read from spec files at run time: the encoders and decoders of this crate
//! interpret them and know nothing else of any service. All of them are plain `'static` data.

mod credentials;
mod sequence;

use std::fmt;
use std::sync::OnceLock;

use crate::decode::Reader;
use crate::sign::Sign;
use crate::time::Strftime;

pub use credentials::{
    AddressKeys, CredentialFile, CredentialFormat, CredentialSources, EnvironmentNames, MetadataSource,
};
pub use sequence::{FieldPath, Job, Join, Mark, Pages, Turn, WaitRule, WaitState, WaitTest, Waiter, Window};

/// A group of actions that are spoken in one way: what a `service.toml` (with its `group.toml`) says.
#[derive(Debug)]
pub struct Api {
    /// Id of the service: `oos`.
    pub service: &'static str,
    /// Id of the group: `statistics`; empty when the service has but one.
    pub group: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// URL template with `{region}`.
    pub endpoint: &'static str,
    /// Documented regions, the usual one first.
    pub regions: &'static [&'static str],
    /// How an action goes on the wire.
    pub request: RequestStyle,
    /// How requests are signed.
    pub sign: &'static dyn Sign,
    /// How answers are read.
    pub answer: AnswerStyle,
    /// How errors are told and what they mean.
    pub errors: ErrorStyle,
    /// Parameters that are set once per client, such as a zone.
    pub common: &'static [Field],
    /// How many calls the service takes of one caller, where that is documented.
    pub quota: Option<CallQuota>,
    /// Where programs look for credentials.
    pub credentials: CredentialSources,
}

impl Api {
    /// Service and group: `oos/statistics`, `ec2`.
    pub fn id(&self) -> String {
        match self.group {
            "" => self.service.to_owned(),
            group => format!("{}/{group}", self.service),
        }
    }
}

/// How many calls a service takes of one caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallQuota {
    /// So many calls, those in vain included.
    pub calls: u32,
    /// In any time of so many seconds.
    pub seconds: u32,
}

/// How an action goes on the wire.
#[derive(Debug)]
pub struct RequestStyle {
    /// `GET` or `POST`.
    pub method: Method,
    /// Where the parameters go.
    pub place: Place,
    /// Value of the `content-type` header; empty sends none.
    pub content_type: &'static str,
    /// Where the action's name goes.
    pub action: NamePlace,
    /// Put before the action's name.
    pub action_prefix: &'static str,
    /// Parameters with one value for all actions, sent after the action.
    pub fixed: &'static [(&'static str, &'static str)],
    /// Headers with one value for all actions; names in lower case.
    pub headers: &'static [(&'static str, &'static str)],
    /// How lists are written.
    pub lists: ListForm,
    /// Whether an empty list is sent as `name=`; otherwise it sends nothing.
    pub empty_lists: bool,
    /// How structures are written.
    pub structs: StructForm,
    /// Whether a list or structure inside a list item is written as JSON text.
    pub nested_json: bool,
    /// The words of maps.
    pub maps: MapForm,
    /// What true and false are called.
    pub booleans: [&'static str; 2],
    /// How timestamps are written where a field does not say otherwise.
    pub timestamps: TimeFormat,
}

/// HTTP method of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
}

/// Where the parameters of a request go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the query of the URL.
    Query,
    /// In a form body.
    Form,
    /// In a JSON body.
    Json,
}

/// Where the name of the action goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamePlace {
    /// In this parameter.
    Parameter(&'static str),
    /// In this header; lower case.
    Header(&'static str),
}

/// How a list called `name` is written as parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// `name.1`, counted from `base`.
    Indexed {
        /// Number of the first item.
        base: u32,
    },
    /// `name.member.1`; a list with an item name of its own puts that in place of the word, a flat one drops it.
    Member {
        /// The word.
        word: &'static str,
        /// Number of the first item.
        base: u32,
    },
    /// `name[0]`, counted from `base`.
    Bracketed {
        /// Number of the first item.
        base: u32,
    },
    /// `name[]` once per item.
    EmptyBrackets,
    /// `name` once per item.
    Repeated,
    /// One parameter with the items joined.
    Delimited(char),
    /// One parameter that holds JSON text.
    Json,
}

/// How a structure called `name` is written as parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StructForm {
    /// `name.key`
    Dotted,
    /// `name[key]`
    Bracketed,
    /// One parameter that holds JSON text.
    Json,
}

/// The words of a map: `name.entry.1.key=…&name.entry.1.value=…`, or the elements of the same names in XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapForm {
    /// Around each entry; flat maps drop it.
    pub entry: &'static str,
    /// Around the key.
    pub key: &'static str,
    /// Around the value.
    pub value: &'static str,
}

/// How an instant is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// As the request or answer style says.
    Inherit,
    /// `2015-01-25T08:00:00Z`, with a fraction when there is one.
    Iso8601,
    /// `Sun, 25 Jan 2015 08:00:00 GMT`
    Rfc822,
    /// Seconds since 1970-01-01T00:00:00Z, with a fraction when there is one.
    Unix,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    UnixMillis,
    /// A strftime pattern of the local time at a fixed offset from UTC; [`TimeFormat::pattern`] makes it.
    Pattern {
        /// As chrono's `format`.
        pattern: &'static str,
        /// Seconds east of UTC.
        offset: i32,
        /// What knows the pattern, if it has other fields than `%Y %m %d %H %M %S %a %b %%`.
        other: Option<&'static Strftime>,
    },
}

/// How answers are read.
#[derive(Debug)]
pub struct AnswerStyle {
    /// What reads them: [`JSON`](crate::decode::JSON) or [`XML`](crate::decode::XML).
    pub reader: &'static Reader,
    /// What the root element is called, with `{action}` (XML). Empty where that is not known: then an answer must hold what `result`
    /// names, or an element of the output.
    pub root: &'static str,
    /// What holds the output below the root, with `{action}`; empty for the root itself.
    pub result: &'static str,
    /// Name of the items of a list (XML).
    pub item: &'static str,
    /// Whether white space at both ends of texts is dropped (XML).
    pub trim: bool,
    /// The words of maps (XML).
    pub maps: MapForm,
    /// Where the request id is found, best first.
    pub request_id: &'static [Source],
    /// How timestamps are read where a field does not say otherwise.
    pub timestamps: TimeFormat,
}

/// Format of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON
    Json,
    /// XML
    Xml,
}

/// Where a word of an answer is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// In a header; lower case.
    Header(&'static str),
    /// In the body: names from the starting point down.
    Path(&'static [&'static str]),
}

/// How errors are told and what they mean.
#[derive(Debug)]
pub struct ErrorStyle {
    /// A member of the root whose value differs from the text makes an answer of status 200 an error: `("ret_code", "0")`. Every
    /// answer has it, unless the text is empty: then one that is absent says as much.
    pub unless: Option<(&'static str, &'static str)>,
    /// Paths, root included, of the XML element that holds the error's members.
    pub at: &'static [&'static [&'static str]],
    /// Where the code is found, best first.
    pub code: &'static [Source],
    /// Where the name of the modelled error is found, if it is not the code.
    pub kind: &'static [Source],
    /// Whether code and kind lose what follows the first `:` or `;` and what comes before the last `#`.
    pub trim: bool,
    /// Where the message is found, best first.
    pub message: &'static [Source],
    /// Documented codes, sorted by code.
    pub codes: &'static [ErrorCode],
}

impl ErrorStyle {
    /// The member that every answer without an error has.
    pub(crate) fn mark(&self) -> Option<&'static str> {
        self.unless.filter(|(_, good)| !good.is_empty()).map(|(name, _)| name)
    }
}

/// One documented error code.
#[derive(Debug)]
pub struct ErrorCode {
    /// As on the wire.
    pub code: &'static str,
    /// What it means for the caller.
    pub means: Meaning,
}

/// What an error means for the caller: what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Meaning {
    /// The request is wrong: correct it.
    Invalid,
    /// Key id, secret or signature is wrong: check the credentials.
    Auth,
    /// The caller may not do this, or not while the resource is in this state.
    Denied,
    /// The thing does not exist.
    NotFound,
    /// The thing exists already, or something depends on it.
    Conflict,
    /// A quota or the balance is used up; repeating at once does not help.
    Quota,
    /// Too many requests: repeat later.
    Throttled,
    /// The clock is wrong or the request came too late: sign anew.
    Skewed,
    /// A passing failure of the server: repeat.
    Transient,
    /// Nothing is documented.
    Other,
}

impl Meaning {
    /// Whether sending the same call again, signed anew, may succeed.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Throttled | Self::Skewed | Self::Transient)
    }
}

/// One action.
#[derive(Debug)]
pub struct Operation {
    /// Its name on the wire: `GetBandwidth`.
    pub name: &'static str,
    /// The group that it belongs to.
    pub api: &'static Api,
    /// Its parameters.
    pub input: &'static Shape,
    /// What it answers.
    pub output: &'static Shape,
    /// The only field of the output, a text or bytes, takes the whole body as it came: no document says what is in it.
    pub whole_body: bool,
    /// Whether repeating it does no harm.
    pub safe: bool,
    /// Differs from that of the API.
    pub method: Option<Method>,
    /// Differs from that of the API.
    pub place: Option<Place>,
    /// Differs from that of the API.
    pub root: Option<&'static str>,
    /// Differs from that of the API.
    pub result: Option<&'static str>,
    /// Put before the host; `{name}` is the value of that field.
    pub host_prefix: &'static str,
    /// Errors with members of their own.
    pub errors: &'static [ErrorShape],
    /// How an answer that comes in pages goes on.
    pub pages: Option<&'static Pages>,
    /// How a span of time that is too long for one call is cut.
    pub window: Option<&'static Window>,
    /// What can be waited for by calling it again.
    pub waiters: &'static [&'static Waiter],
    /// How to see what became of it, where it answers before it is done.
    pub job: Option<&'static Job>,
}

impl Operation {
    /// An action that differs in nothing from its API.
    pub const fn new(name: &'static str, api: &'static Api, input: &'static Shape, output: &'static Shape) -> Self {
        Self {
            name,
            api,
            input,
            output,
            whole_body: false,
            safe: false,
            method: None,
            place: None,
            root: None,
            result: None,
            host_prefix: "",
            errors: &[],
            pages: None,
            window: None,
            waiters: &[],
            job: None,
        }
    }
}

/// A modelled error: its code and its members.
#[derive(Debug)]
pub struct ErrorShape {
    /// As on the wire.
    pub code: &'static str,
    /// Its members.
    pub shape: &'static Shape,
}

/// A structure: what a record is made of.
#[derive(Debug)]
pub struct Shape {
    /// Name in the spec file.
    pub name: &'static str,
    /// Where its fields are; [`Shape::fields`] gives them.
    pub fields: Fields,
    /// Exactly one field is there.
    pub union: bool,
    /// Rules about two fields.
    pub orders: &'static [Order],
    /// How far two times may be apart.
    pub reach: Option<&'static Reach>,
}

/// Where the fields of a [`Shape`] are.
pub enum Fields {
    /// In a table of the program.
    Fixed(&'static [Field]),
    /// In a table that is filled in once, after the shape itself has an address: how structures that contain themselves are built at run time.
    Late(OnceLock<&'static [Field]>),
}

// by hand: a structure that contains itself has no end
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.get().iter().map(|field| field.name)).finish()
    }
}

impl Fields {
    fn get(&self) -> &'static [Field] {
        match self {
            Self::Fixed(fields) => fields,
            // a shape that was never filled in is an empty one
            Self::Late(cell) => cell.get().copied().unwrap_or_default(),
        }
    }
}

impl Shape {
    /// A plain structure.
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, fields: Fields::Fixed(fields), union: false, orders: &[], reach: None }
    }

    /// A plain structure whose fields come later, through [`Shape::fill`].
    pub const fn late(name: &'static str) -> Self {
        Self { name, fields: Fields::Late(OnceLock::new()), union: false, orders: &[], reach: None }
    }

    /// Exactly one field is there.
    #[must_use]
    pub const fn union(mut self) -> Self {
        self.union = true;
        self
    }

    /// Some fields have an order.
    #[must_use]
    pub const fn orders(mut self, orders: &'static [Order]) -> Self {
        self.orders = orders;
        self
    }

    /// Two times must not be too far apart.
    #[must_use]
    pub const fn reach(mut self, reach: &'static Reach) -> Self {
        self.reach = Some(reach);
        self
    }

    /// Its fields, in the order in which they are sent.
    pub fn fields(&self) -> &'static [Field] {
        self.fields.get()
    }

    /// Fills in the fields of a [`Shape::late`]; false if it has its fields already.
    pub fn fill(&self, fields: &'static [Field]) -> bool {
        match &self.fields {
            Fields::Fixed(_) => false,
            Fields::Late(cell) => cell.set(fields).is_ok(),
        }
    }
}

/// The empty structure: output of an action that answers nothing.
pub static NOTHING: Shape = Shape::new("Nothing", &[]);

/// One field must not come after another.
#[derive(Debug)]
pub struct Order {
    /// Name of the field that comes first.
    pub before: &'static str,
    /// Name of the field that comes last.
    pub after: &'static str,
    /// Whether both may be equal.
    pub or_equal: bool,
}

/// How far the end of a span of time may be from its begin, where that is documented.
#[derive(Debug)]
pub struct Reach {
    /// Name of the field with the begin.
    pub begin: &'static str,
    /// Name of the field with the end.
    pub end: &'static str,
    /// Name of the field on whose value it depends; empty if there is none.
    pub by: &'static str,
    /// The most seconds for values of that field. Of other values nothing is known.
    pub most: &'static [(&'static str, u32)],
    /// The most seconds where that field is absent.
    pub usual: u32,
    /// So many seconds more are only warned about: sources disagree on them.
    pub doubt: u32,
}

/// One field of a structure.
#[derive(Debug)]
pub struct Field {
    /// Name in the spec file.
    pub name: &'static str,
    /// Name in requests.
    pub send: &'static str,
    /// Name in answers.
    pub read: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Must be given, or must be in the answer.
    pub required: bool,
    /// By some documents of the service it must be given: its absence is warned about.
    pub expected: bool,
    /// Never shown.
    pub sensitive: bool,
    /// Filled from the token source when absent.
    pub token: bool,
    /// An attribute of the element, in XML answers.
    pub attribute: bool,
    /// Checked before sending.
    pub rules: &'static [Rule],
}

impl Field {
    /// An optional field that goes by one name everywhere.
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            send: name,
            read: name,
            kind,
            required: false,
            expected: false,
            sensitive: false,
            token: false,
            attribute: false,
            rules: &[],
        }
    }

    /// Names it on the wire: in requests and answers alike.
    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        self.wire(name, name)
    }

    /// Names it on the wire: in requests, and in answers.
    #[must_use]
    pub const fn wire(mut self, send: &'static str, read: &'static str) -> Self {
        self.send = send;
        self.read = read;
        self
    }

    /// It must be there.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// It should be there.
    #[must_use]
    pub const fn expected(mut self) -> Self {
        self.expected = true;
        self
    }

    /// It is never shown.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// It is filled from the token source when absent.
    #[must_use]
    pub const fn token(mut self) -> Self {
        self.token = true;
        self
    }

    /// It is an attribute in XML.
    #[must_use]
    pub const fn attribute(mut self) -> Self {
        self.attribute = true;
        self
    }

    /// It is checked before sending.
    #[must_use]
    pub const fn rules(mut self, rules: &'static [Rule]) -> Self {
        self.rules = rules;
        self
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// 64 bits, signed.
    Int,
    /// 64 bits.
    Float,
    /// Text.
    Text,
    /// Bytes; base64 on the wire.
    Blob,
    /// An instant.
    Time(TimeFormat),
    /// One of the documented values, or any other text.
    Enum(&'static [&'static str]),
    /// Any JSON value.
    Document,
    /// A text that holds a JSON value.
    JsonText,
    /// A monitor series.
    Series(&'static SeriesInfo),
    /// A structure.
    Record(&'static Shape),
    /// A list.
    List(&'static List),
    /// A map with text keys.
    Map(&'static Map),
}

/// A list.
#[derive(Debug)]
pub struct List {
    /// What the items are.
    pub item: Kind,
    /// What an item is called; empty for the word of the style.
    pub name: &'static str,
    /// Items stand directly in the parent.
    pub flat: bool,
    /// How it is written, in place of the form of the style.
    pub form: Option<ListForm>,
}

impl List {
    /// A list as the style has it.
    pub const fn of(item: Kind) -> Self {
        Self { item, name: "", flat: false, form: None }
    }

    /// Items are called so.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Items stand directly in the parent.
    #[must_use]
    pub const fn flat(mut self) -> Self {
        self.flat = true;
        self
    }

    /// Written in this form.
    #[must_use]
    pub const fn form(mut self, form: ListForm) -> Self {
        self.form = Some(form);
        self
    }
}

/// A map with text keys.
#[derive(Debug)]
pub struct Map {
    /// What the values are.
    pub value: Kind,
    /// What the key is called; empty for the word of the style.
    pub key_name: &'static str,
    /// What the value is called; empty for the word of the style.
    pub value_name: &'static str,
    /// Entries stand directly in the parent.
    pub flat: bool,
}

impl Map {
    /// A map as the style has it.
    pub const fn of(value: Kind) -> Self {
        Self { value, key_name: "", value_name: "", flat: false }
    }

    /// Keys and values are called so; empty for the word of the style.
    #[must_use]
    pub const fn named(mut self, key: &'static str, value: &'static str) -> Self {
        self.key_name = key;
        self.value_name = value;
        self
    }

    /// Entries stand directly in the parent.
    #[must_use]
    pub const fn flat(mut self) -> Self {
        self.flat = true;
        self
    }
}

/// Which parameters say how a series is spaced.
#[derive(Debug)]
pub struct SeriesInfo {
    /// Parameter with the step: `5m`; empty if there is none.
    pub step: &'static str,
    /// Parameter with the start; empty if there is none.
    pub start: &'static str,
}

/// A rule about one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Number of characters, both ends included.
    Length(u64, u64),
    /// Numeric value, both ends included.
    Range(f64, f64),
    /// Each character is one of these; `a-z` is a range, a `-` at the end is itself.
    Chars(&'static str),
    /// Number of items, both ends included.
    Items(u64, u64),
    /// A multiple of so many seconds since midnight, on the clock of the field's own time zone.
    Tick(u32),
    /// Not later than now. Depends on the clock, so it warns only.
    NotAfterNow,
    /// Not older than so many seconds. Depends on the clock, so it warns only.
    MaxAge(u64),
}
