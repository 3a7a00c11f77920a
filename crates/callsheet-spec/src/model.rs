//! What spec files say, checked and resolved: every default filled in from the service, every type name known to exist.
//!
//! The generator and the run-time tables read nothing but this.

use indexmap::IndexMap;

/// Everything below one spec folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    /// Services in order of their ids.
    pub services: Vec<Service>,
}

/// One folder directly below the spec folder: `specs/oos`.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// The folder's name: `oos`. Also the Rust module and the feature.
    pub id: String,
    /// Short name for people: `CTYUN OOS`.
    pub title: String,
    /// What it is, in a paragraph (Markdown).
    pub doc: String,
    /// Actions that lie in the service folder itself come as a group with the empty id, first.
    pub groups: Vec<Group>,
}

/// Actions that share settings: a folder inside a service folder, or the service folder itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The folder's name: `statistics`; empty for actions directly in the service folder.
    pub id: String,
    /// The folder, relative to the spec folder, with `/`: `oos/statistics`.
    pub path: String,
    /// Short name for people.
    pub title: String,
    /// Markdown.
    pub doc: String,
    /// The service's settings with the group's own laid over them.
    pub settings: Settings,
    /// Named types: of the service's `types.toml`, the group's `types.toml` and of its action files.
    /// An action file's own types are visible to that file only, but share the namespace of the generated module:
    /// a clash of names between two files is an error unless both say the same.
    pub types: IndexMap<String, NamedType>,
    /// In order of their names.
    pub actions: Vec<Action>,
}

/// How the actions of a group are spoken: the axes on which protocols vary.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// URL template with `{region}`: `https://oos-{region}-mg.ctyunapi.cn/`.
    pub endpoint: String,
    /// Documented regions, the usual one first; empty when the endpoint has no `{region}`.
    pub regions: Vec<Region>,
    /// A page that documents the service.
    pub link: Option<String>,
    /// How an action goes on the wire.
    pub request: Request,
    /// Who signs and with which words.
    pub sign: Sign,
    /// How answers are read.
    pub answer: Answer,
    /// How errors are recognised and what their codes mean.
    pub errors: Errors,
    /// Parameters of every action that the caller sets once per client, such as a zone. Optional in each call.
    pub common: Vec<Field>,
    /// How to see what became of actions that answer before they are done.
    pub jobs: Option<Jobs>,
    /// How many calls the service takes of one caller; `None` if nothing is documented.
    pub quota: Option<Quota>,
    /// Where credentials are found by programs that look for them.
    pub credentials: CredentialSources,
}

/// `[quota]`: how many calls the service takes of one caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// So many calls.
    pub calls: u32,
    /// In any time of so many seconds.
    pub seconds: u32,
}

/// A documented region.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// As it stands in the endpoint and the signature.
    pub id: String,
    /// What it is.
    pub doc: String,
}

/// `[request]`
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: Method,
    /// Where parameters go.
    pub place: Place,
    /// The content type; `None` sends none (query) or the usual one of the place (form, json).
    pub content_type: Option<String>,
    /// Where the action's name goes.
    pub action: NamePlace,
    /// What is put before the action's name: `AmazonSSM.` in a target header.
    pub action_prefix: String,
    /// Parameters with one value for every action, sent right after the action: `version=1`.
    pub fixed: Vec<(String, String)>,
    /// Headers with one value for every action.
    pub headers: Vec<(String, String)>,
    /// How lists are written where a field does not say otherwise.
    pub lists: ListForm,
    /// Whether the empty list is sent as `name=`.
    pub empty_lists: EmptyList,
    /// How structures are written.
    pub structs: StructForm,
    /// How a list or structure inside a list item is written: by the rules above, or as JSON text.
    pub nested: Nested,
    /// How maps are written.
    pub maps: MapForm,
    /// How booleans are written.
    pub booleans: Booleans,
    /// How timestamps are written where a field does not say otherwise.
    pub timestamps: TimeFormat,
    /// What happens to field names that have no wire name of their own.
    pub names: Names,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
}

/// Where parameters go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the query of the URL.
    Query,
    /// In a form body.
    Form,
    /// As members of a JSON body.
    Json,
}

/// Where the name of the action goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamePlace {
    /// In this parameter: `action = "Action"`.
    Parameter(String),
    /// In this header: `action = "header:X-Amz-Target"`.
    Header(String),
}

/// How a list is written as parameters. In spec files this is the text that a list called `name` gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// `name.1`, `name.0`: a number from `base` on.
    Indexed {
        /// Number of the first item.
        base: u32,
    },
    /// `name.member.1`: a word before the number, replaced by the item name of a list that has one; flat lists drop the word.
    Member {
        /// The word.
        word: String,
        /// Number of the first item.
        base: u32,
    },
    /// `name[0]`
    Bracketed {
        /// Number of the first item.
        base: u32,
    },
    /// `name[]`, once per item.
    EmptyBrackets,
    /// `name`, once per item.
    Repeated,
    /// `a,b`: one parameter, items joined.
    Delimited(char),
    /// `json`: one parameter that holds JSON text.
    Json,
}

/// `empty_lists`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyList {
    /// `"omit"`: nothing is sent.
    Omit,
    /// `"name="`: the name with an empty value.
    Empty,
}

/// How the fields of a structure are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StructForm {
    /// `name.key`
    Dotted,
    /// `name[key]`
    Bracketed,
    /// `json`: JSON text.
    Json,
}

/// `nested`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nested {
    /// `"same"`: by the rules of lists and structs.
    Same,
    /// `"json"`: JSON text.
    Json,
}

/// How maps are written: `name.entry.1.key=...&name.entry.1.value=...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapForm {
    /// The word before the number; flat maps drop it.
    pub entry: String,
    /// Name of the key.
    pub key: String,
    /// Name of the value.
    pub value: String,
}

/// `booleans = "true/false"` or `"1/0"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booleans {
    /// `true`, `false`
    Words,
    /// `1`, `0`
    Digits,
}

/// `names`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// `"as-is"`
    AsIs,
    /// `"capitalized"`: the first letter is written in upper case.
    Capitalized,
}

/// How an instant is written. Reading is lenient where no pattern is given: any of the others is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// `iso8601`: `2015-01-25T08:00:00Z`, with milliseconds when there are any.
    Iso8601,
    /// `rfc822`: `Sun, 25 Jan 2015 08:00:00 GMT`
    Rfc822,
    /// `unix`: seconds since the epoch, with a fraction when there is one.
    Unix,
    /// `unix-ms`: milliseconds since the epoch.
    UnixMillis,
    /// A strftime pattern of local time at a fixed offset from UTC.
    Pattern {
        /// As in chrono: `%Y-%m-%d-%H-%M`.
        pattern: String,
        /// Seconds east of UTC.
        offset: i32,
    },
}

/// `[sign]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `scheme = "none"`
    None,
    /// `scheme = "parameter-hmac"`: an HMAC over method, path and sorted parameters, sent as one more parameter.
    ParameterHmac(ParameterHmac),
    /// `scheme = "sigv4"`: AWS4-HMAC-SHA256 in the `Authorization` header.
    SigV4 {
        /// The service word of the scope: `s3`.
        service: String,
        /// The region word; `None` takes the region of the endpoint.
        region: Option<String>,
        /// What `x-amz-content-sha256` says.
        content_sha256: ContentSha256,
    },
    /// `scheme = "aws-v2"`: `Authorization: AWS id:signature`, HMAC-SHA1 over headers and resource.
    AwsV2,
}

/// The words of `parameter-hmac`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ParameterHmac {
    /// Parameter that carries the access key id.
    pub key_id: String,
    /// Parameter that carries the time stamp (`2013-08-27T14:30:10Z`).
    pub time: String,
    /// Parameter that names the algorithm.
    pub method: String,
    pub algorithm: HmacAlgorithm,
    /// Parameter and value of the signature's version.
    pub version: (String, String),
    /// Parameter that carries the signature.
    pub signature: String,
    /// Whether the signature is URL-safe base64 without padding, in place of plain base64.
    pub url_safe: bool,
    /// What a temporary credential changes; `None` refuses temporary credentials.
    pub temporary: Option<TemporaryWords>,
}

/// What a temporary credential changes in `parameter-hmac`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryWords {
    /// Parameter that carries the session token.
    pub token: String,
    /// Path in place of that of the endpoint.
    pub path: Option<String>,
    /// Value of the version parameter.
    pub version: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum HmacAlgorithm {
    Sha256,
    Sha1,
}

/// `content_sha256`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentSha256 {
    /// `"omit"`: the header is not sent.
    Omit,
    /// `"hash"`: the hex SHA-256 of the body.
    Hash,
    /// `"unsigned"`: the text `UNSIGNED-PAYLOAD`.
    Unsigned,
}

/// `[answer]`
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// JSON or XML.
    pub format: Format,
    /// What the root element of XML is called, with `{action}`; `None` where that is not known.
    pub root: Option<String>,
    /// Element or member that holds the output, with `{action}`: `{action}Result`. Several levels are separated with `/`.
    /// `None`: the root itself. Does not count the root element of XML.
    pub result: Option<String>,
    /// Name of list items in XML: `member`.
    pub item: String,
    /// Whether white space at both ends of texts is dropped, in XML.
    pub trim: bool,
    /// Names of map entries, keys and values in XML.
    pub maps: MapForm,
    /// Where the request id is found, best first.
    pub request_id: Vec<Source>,
    /// How timestamps are read where a field does not say otherwise.
    pub timestamps: TimeFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Format {
    Json,
    Xml,
}

/// Where a word of an answer is found. In spec files: `header:x-request-id` or a path of names separated with `/`,
/// in XML without the root element.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Source {
    Header(String),
    Path(Vec<String>),
}

/// `[errors]`
#[derive(Clone, Debug, PartialEq)]
pub struct Errors {
    /// An HTTP status of 300 and more is always an error; beside it, a body member that differs from the value is one:
    /// `unless = { ret_code = 0 }`.
    pub unless: Option<(String, String)>,
    /// Paths, root element included, of the object that holds code and message: `ErrorResponse/Error`. XML only; a JSON error is the root.
    /// A root of that name makes the answer an error whatever the status.
    pub at: Vec<Vec<String>>,
    /// Where the code is found, best first; paths start at the object above.
    pub code: Vec<Source>,
    /// Where the name of the modelled error is found if it is not the code.
    pub kind: Vec<Source>,
    /// Whether code and kind are cut: what follows the first `:` or `;` is dropped, then what comes before the last `#`.
    pub trim: bool,
    /// Where the message is found, best first.
    pub message: Vec<Source>,
    /// Documented codes.
    pub codes: Vec<ErrorCode>,
}

/// One documented error code.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorCode {
    /// As on the wire.
    pub code: String,
    /// What it means for the caller.
    pub means: Meaning,
    /// Documented HTTP status.
    pub status: Option<u16>,
    /// What it says.
    pub doc: String,
    /// Structure with the error's own members, if it has any.
    pub members: Option<String>,
}

/// What an error means for the caller: what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// `invalid`: the request is wrong; correct it.
    Invalid,
    /// `auth`: key id, secret or signature is wrong.
    Auth,
    /// `denied`: the caller may not do this, or not in this state.
    Denied,
    /// `not-found`
    NotFound,
    /// `conflict`: it exists already, or something depends on it.
    Conflict,
    /// `quota`: a quota or the balance is used up; repeating at once does not help.
    Quota,
    /// `throttled`: too many requests; repeat later.
    Throttled,
    /// `skewed`: the clock is wrong or the request came too late; sign anew.
    Skewed,
    /// `transient`: a passing failure of the server; repeat.
    Transient,
    /// `other`
    Other,
}

/// Where programs look for credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialSources {
    /// Sets of environment variables, tried in order.
    pub env: Vec<EnvironmentNames>,
    /// Files, tried in order.
    pub files: Vec<CredentialFile>,
    /// What an instance of the cloud can ask.
    pub metadata: Option<MetadataSource>,
}

/// An address that tells an instance of the cloud a temporary credential, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataSource {
    /// Its address.
    pub url: String,
    /// Member with the access key id.
    pub id: String,
    /// Member with the secret.
    pub secret: String,
    /// Member with the session token.
    pub token: String,
    /// Member with the time until which it is good.
    pub expires: String,
}

/// Names of environment variables.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct EnvironmentNames {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
    pub endpoint: Option<String>,
    /// Common parameters, each with its variable.
    pub common: Vec<(String, String)>,
}

/// A file with credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialFile {
    /// May begin with `~/`.
    pub path: String,
    /// How it is written.
    pub format: CredentialFormat,
    /// Key of the access key id.
    pub id: String,
    /// Key of the secret.
    pub secret: String,
    /// Key of the session token.
    pub token: Option<String>,
    /// Keys of the parts of the endpoint.
    pub endpoint: Option<AddressKeys>,
    /// Keys of the parts of the metadata address.
    pub metadata: Option<AddressKeys>,
    /// Common parameters, each with its key.
    pub common: Vec<(String, String)>,
}

/// Keys of a file under which the parts of an address stand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AddressKeys {
    pub scheme: Option<String>,
    pub host: Option<String>,
    pub port: Option<String>,
    pub path: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
/// How a credential file is written.
pub enum CredentialFormat {
    /// `yaml`: flat `key: value` lines.
    Yaml,
    /// `ini`: sections (profiles) of `key = value` lines.
    Ini,
}

/// One action file.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The file's name without `.toml`; the name on the wire: `GetBandwidth`.
    pub name: String,
    /// The file, relative to the spec folder.
    pub file: String,
    /// Markdown; the first sentence is the summary.
    pub doc: String,
    /// The vendor's page.
    pub link: Option<String>,
    /// Whether repeating it does no harm. Reads are; `safe = false` is the default for everything else.
    pub safe: bool,
    /// Differs from the settings of the group.
    pub method: Option<Method>,
    /// Differs from the settings of the group.
    pub place: Option<Place>,
    /// Differs from `root` of the group; `Some("")` takes any.
    pub root: Option<String>,
    /// Differs from `result` of the group; `Some("")` reads the root.
    pub result: Option<String>,
    /// Put before the host; `{name}` is the value of the field `name`.
    pub host_prefix: Option<String>,
    /// Parameters.
    pub input: Vec<Field>,
    /// Rules about several parameters.
    pub rules: Vec<Order>,
    /// How long a span of time one call may cover, if `[window]` says that it is a limit.
    pub reach: Option<Reach>,
    /// Fields of the answer.
    pub output: Vec<Field>,
    /// `from = "body"`: the only field of the answer takes its whole body as it came.
    pub whole_body: bool,
    /// Names of the modelled errors that it documents, as in `errors.codes`.
    pub errors: Vec<String>,
    /// Examples: documentation, test and mock answer at once.
    pub examples: Vec<Example>,
    /// How an answer that comes in pages goes on.
    pub pages: Option<Pages>,
    /// How a span of time that is too long for one call is cut.
    pub window: Option<Window>,
    /// The field of the answer with the id of a job, as [`Settings::jobs`] has it; `None` if the action starts none.
    pub job: Option<FieldPath>,
    /// Conditions that can be waited for by calling the action again.
    pub waiters: Vec<Waiter>,
    /// Why it should not be used any more, if so.
    pub deprecated: Option<String>,
}

/// `[pages]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// What leads to the next page: each parameter with the field of the answer before that has its value. There is no next page
    /// when none of these fields has a value. Empty where items are counted.
    pub marks: Vec<Mark>,
    /// In place of marks: how items are counted.
    pub offset: Option<Offset>,
    /// The field that says whether there is a next page, where it is not the marks alone.
    pub more: Option<FieldPath>,
    /// The lists or maps with the items of a page.
    pub items: Vec<FieldPath>,
    /// The parameter with the most items of a page.
    pub limit: Option<String>,
    /// What that parameter is where the caller does not say.
    pub size: Option<u32>,
}

/// How the items of pages are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The parameter that says how many items to skip.
    pub parameter: String,
    /// The field with the number of items in all.
    pub total: Option<FieldPath>,
}

/// `[window]`: how a span of time that is too long for one call is cut, and how answers are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The parameter with the begin of the span.
    pub begin: String,
    /// The parameter with its end, which belongs to it.
    pub end: String,
    /// Seconds from the end of one span to the begin of the next.
    pub step: u32,
    /// The most seconds that one call covers, the step at the end included.
    pub span: u32,
    /// The parameter on which that depends.
    pub by: Option<String>,
    /// The most seconds for values of that parameter.
    pub spans: Vec<(String, u32)>,
    /// Lists that are put together, and the field by which items are the same; empty for items that never are.
    pub join: Vec<(FieldPath, String)>,
}

/// `[jobs]`: how to see what became of actions that answer before they are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jobs {
    /// Group and name of the action that tells how jobs are going.
    pub poll: (String, String),
    /// The parameter of that action that takes the id.
    pub parameter: String,
    /// The waiter of that action that is done when the job is.
    pub waiter: String,
    /// The field of that action's answer with the id of each job that it tells of.
    pub key: Option<FieldPath>,
    /// The field of that action's answer that says why a job failed.
    pub reason: Option<FieldPath>,
}

/// A part of what leads to the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The parameter.
    pub input: String,
    /// The field of the answer.
    pub output: FieldPath,
}

/// The way to a field of the answer: `Reservations[]/Instances[]/State/Name`. It is known to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPath {
    /// From the answer down.
    pub steps: Vec<PathStep>,
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            let slash = if index > 0 { "/" } else { "" };
            let each = if step.each { "[]" } else { "" };
            write!(f, "{slash}{}{each}", step.field)?;
        }
        Ok(())
    }
}

/// One name of a [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// The field, as in the spec file.
    pub field: String,
    /// `[]`: each item of the list, or value of the map.
    pub each: bool,
}

/// `[waiter.Name]`: until something is so, the action is called again.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiter {
    /// `InstanceRunning`
    pub name: String,
    /// Seconds between two calls.
    pub every: u32,
    /// Number of calls after which it is given up.
    pub tries: u32,
    /// What an answer means: the first rule that fits decides. If none does, an answer means to call again, and an error is one.
    pub when: Vec<WaitRule>,
}

/// What an answer means to a [`Waiter`].
#[derive(Clone, Debug, PartialEq)]
pub struct WaitRule {
    /// When the rule fits.
    pub test: WaitTest,
    /// What follows.
    pub then: WaitState,
}

/// A test of a [`WaitRule`]. Values are compared as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitTest {
    /// `value = "path", is = "text"`: the field has the value.
    Value(FieldPath, String),
    /// `all = "path", is = "text"`: there is at least one of these fields, and all have the value.
    All(FieldPath, String),
    /// `any = "path", is = "text"`: one of these fields has the value.
    Any(FieldPath, String),
    /// `some = "path"`: there is such a field, and it is not an empty text, list or map.
    Some(FieldPath),
    /// `none = "path"`: there is no such field, or it is empty.
    None(FieldPath),
    /// `error = "code"`: the service answers with this error.
    Error(String),
    /// `error = true`, `error = false`: it answers with any error, or with none.
    AnyError(bool),
    /// `status = 404`
    Status(u16),
}

/// `then`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitState {
    /// `"done"`: what was waited for is so.
    Done,
    /// `"failed"`: it will never be so.
    Failed,
    /// `"again"`: it is not so yet.
    Again,
}

/// `order = ["BeginDate <= EndDate"]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The parameter that must come first.
    pub before: String,
    /// The parameter that must not come before it.
    pub after: String,
    /// Whether both may be equal.
    pub or_equal: bool,
}

/// `[window]` with `limit = true`: how far the end of a span may be from its begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The parameter with the begin of the span.
    pub begin: String,
    /// The parameter with its end.
    pub end: String,
    /// The parameter on which it depends.
    pub by: Option<String>,
    /// The most seconds for values of that parameter.
    pub most: Vec<(String, u32)>,
    /// The most seconds where that parameter is absent: what the service takes then, or the longest of all if that is not known.
    pub usual: u32,
    /// So many seconds more are only warned about.
    pub doubt: u32,
}

/// A parameter, or a member of a structure.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// As in the spec file.
    pub name: String,
    /// Name in requests.
    pub send: String,
    /// Name in answers.
    pub read: String,
    /// Its type.
    pub ty: Type,
    /// `!`: must be given, or must be in the answer.
    pub required: bool,
    /// By some documents of the service it must be given: its absence is warned about.
    pub expected: bool,
    /// `?` on a list or map: absent differs from empty.
    pub nullable: bool,
    /// Markdown.
    pub doc: String,
    /// `B/s`, `per mille` ...
    pub unit: Option<String>,
    /// What the server takes when it is absent.
    pub default: Option<String>,
    /// Checked before sending.
    pub rules: Vec<Rule>,
    /// Never shown.
    pub sensitive: bool,
    /// Filled from a token source when absent.
    pub idempotency_token: bool,
    /// An attribute of the element, in XML answers.
    pub attribute: bool,
    /// Part of the host prefix.
    pub host_label: bool,
    /// Why it should not be used any more, if so.
    pub deprecated: Option<String>,
}

/// A type. Aliases are resolved; what they said about lists, times and rules is merged into the place of use.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// `string`
    Text,
    /// `integer`: 64 bits, signed.
    Integer,
    /// `float`: 64 bits.
    Float,
    /// `boolean`
    Boolean,
    /// `blob`: bytes, base64 on the wire.
    Blob,
    /// `timestamp`; `None` takes the format of the request or answer.
    Timestamp(Option<TimeFormat>),
    /// `document`: any JSON value.
    Document,
    /// `json`: a text that holds a JSON value.
    JsonText,
    /// `series`: a monitor series of QingCloud's encoding.
    Series(SeriesInfo),
    /// Name of a structure or union in [`Group::types`].
    Struct(String),
    /// Name of an enum in [`Group::types`].
    Enum(String),
    /// `[T]`
    List(Box<ListType>),
    /// `{T}`: text keys.
    Map(Box<MapType>),
}

/// A list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListType {
    /// Type of the items.
    pub item: Type,
    /// Name of an item on the wire, where it differs from the settings.
    pub item_name: Option<String>,
    /// Items stand directly in the parent.
    pub flat: bool,
    /// Written in another form than the settings say.
    pub form: Option<ListForm>,
}

/// A map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapType {
    /// Type of the values.
    pub value: Type,
    /// Name of the key on the wire, where it differs from the settings.
    pub key_name: Option<String>,
    /// Name of the value on the wire, where it differs from the settings.
    pub value_name: Option<String>,
    /// Entries stand directly in the parent.
    pub flat: bool,
}

/// Which parameters of the request say how a series is spaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesInfo {
    /// Input field with the step (`5m`).
    pub step: Option<String>,
    /// Input field with the start.
    pub start: Option<String>,
}

/// A rule about one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// `length = [3, 63]`: characters.
    Length {
        /// At least.
        min: u64,
        /// At most.
        max: Option<u64>,
    },
    /// `range = [1, 1000]`
    Range {
        /// At least.
        min: Option<f64>,
        /// At most.
        max: Option<f64>,
    },
    /// `chars = "a-z0-9.-"`: each character is one of these.
    Chars(String),
    /// `items = [1, 100]`: number of items of a list.
    Items {
        /// At least.
        min: u64,
        /// At most.
        max: Option<u64>,
    },
    /// `tick = "5m"`: a whole multiple of so many seconds since midnight.
    Tick {
        /// Seconds.
        seconds: u32,
    },
    /// `not_after_now = true`: depends on the clock, so it only warns.
    NotAfterNow,
    /// `max_age = "31d"`: depends on the clock, so it only warns.
    MaxAge {
        /// Seconds.
        seconds: u64,
    },
}

/// A named type.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedType {
    /// The file that defines it, relative to the spec folder.
    pub file: String,
    /// Markdown.
    pub doc: String,
    /// What it is.
    pub kind: NamedKind,
}

/// What a named type is.
#[derive(Clone, Debug, PartialEq)]
pub enum NamedKind {
    /// `[struct.Name]`
    Struct(Vec<Field>),
    /// `[union.Name]`: exactly one of the fields is there.
    Union(Vec<Field>),
    /// `[enum]`: open; other values are kept.
    Enum(Vec<EnumValue>),
}

/// A documented value of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumValue {
    /// As on the wire.
    pub wire: String,
    /// Markdown.
    pub doc: String,
}

/// An example of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// Parameters by name, as TOML values: texts, numbers, booleans, lists, tables. Times as RFC 3339 text.
    /// Common parameters may be among them.
    pub request: toml::Table,
    /// The documented request line or request, beside the spec file: `GetBandwidth.http`, and its text.
    pub documented: Option<ExampleFile>,
    /// The answer's status.
    pub status: u16,
    /// The answer's headers; a content type is always among them.
    pub headers: Vec<(String, String)>,
    /// The answer's body.
    pub response: Option<ExampleFile>,
    /// The clock of the example, RFC 3339.
    pub now: String,
}

/// A file beside a spec file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFile {
    /// Relative to the spec folder.
    pub path: String,
    /// Its text.
    pub text: String,
}
