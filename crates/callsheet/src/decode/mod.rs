//! From an answer to a record.

mod body;
mod document;
mod json;
mod plain;
mod reader;
mod scalar;
mod series;
mod xml;

use http::header::{AsHeaderName, CONTENT_TYPE, RETRY_AFTER};

use crate::call::clock::http_date;
use crate::error::{DecodeError, Error, Origin, ServiceError, UnexpectedAnswer};
use crate::schema::{Api, Format, Meaning, Operation, Source};
use crate::value::{Output, Record};
use document::Document;

pub use body::whole_body;
pub use reader::{JSON, Reader, XML};

/// Bounds against hostile answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body. The default, 128 MiB, holds a month of five-minute samples of every region of OOS.
    pub body: usize,
    /// Levels of nesting. The default is 64.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 128 << 20, depth: 64 }
    }
}

/// An answer, as a transport hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: &'a http::HeaderMap,
    /// The body, whole.
    pub body: &'a [u8],
}

impl Answer<'_> {
    fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE).unwrap_or_default()
    }

    /// `Retry-After` in seconds; its date form is for the caller's clock and not read here.
    fn retry_after(&self) -> Option<u64> {
        self.header(RETRY_AFTER).and_then(|value| value.trim().parse().ok())
    }

    /// Whether it says when to ask again, in either form of `Retry-After`.
    fn says_when(&self) -> bool {
        let is_date = || self.header(RETRY_AFTER).and_then(|value| http_date(value.trim())).is_some();
        self.retry_after().is_some() || is_date()
    }
}

/// Reads the output of `operation` into `output`, or tells why the answer is none.
pub fn decode(
    operation: &'static Operation,
    answer: Answer<'_>,
    limits: Limits,
    output: &mut dyn Output,
) -> Result<(), Error> {
    read(operation, answer, limits, output, true)
}

/// As [`decode()`], without the fast path, which must agree with it in everything. For tests.
#[doc(hidden)]
pub fn decode_without_shortcut(
    operation: &'static Operation,
    answer: Answer<'_>,
    limits: Limits,
    output: &mut dyn Output,
) -> Result<(), Error> {
    read(operation, answer, limits, output, false)
}

/// Whether the fast path takes a body. For tests.
#[doc(hidden)]
pub fn takes_shortcut(operation: &'static Operation, body: &[u8], limits: Limits, output: &mut dyn Output) -> bool {
    !operation.whole_body && is_plain(operation, body, limits, output.fresh())
}

fn read(
    operation: &'static Operation,
    answer: Answer<'_>,
    limits: Limits,
    output: &mut dyn Output,
    shortcut: bool,
) -> Result<(), Error> {
    let api = operation.api;
    if answer.body.len() > limits.body {
        return Err(Error::TooLarge { limit: limits.body });
    }
    if !(200..300).contains(&answer.status) {
        return Err(failure(operation, answer, limits));
    }
    if operation.whole_body {
        return body::read(operation, answer, limits, output.fresh());
    }
    check_type(operation, answer)?;
    if shortcut && is_plain(operation, answer.body, limits, output.fresh()) {
        return Ok(());
    }
    // what the fast path has put there before it gave up has to go
    let output = output.fresh();
    if answer.body.trim_ascii().is_empty() {
        if may_be_empty(operation, output) {
            return Ok(());
        }
        return Err(empty(operation, answer));
    }
    match (api.answer.reader.output)(operation, answer.body, limits, output) {
        Ok(Outcome::Output) => Ok(()),
        Ok(Outcome::Error) => Err(failure(operation, answer, limits)),
        Err(problem) => Err(problem.into_error(Origin { operation, status: answer.status, body: answer.body })),
    }
}

/// Whether the content type, if there is one, is of the service's format.
fn check_type(operation: &'static Operation, answer: Answer<'_>) -> Result<(), Error> {
    let content_type = answer.content_type();
    let format = operation.api.answer.reader.format;
    if content_type.is_empty() || fits(format, content_type) {
        return Ok(());
    }
    let expected = match format {
        Format::Json => "JSON",
        Format::Xml => "XML",
    };
    let reason = format!("expected {expected}, the answer's content type is {content_type:?}");
    Err(unexpected(operation, answer, reason))
}

fn empty(operation: &'static Operation, answer: Answer<'_>) -> Error {
    unexpected(operation, answer, format!("the body is empty: expected {}", expected(operation)))
}

fn is_plain(operation: &'static Operation, body: &[u8], limits: Limits, output: &mut dyn Record) -> bool {
    (operation.api.answer.reader.plain)(operation, body, limits, output).is_some()
}

/// Whether an answer without a body says as much as one with an empty structure.
fn may_be_empty(operation: &'static Operation, output: &dyn Record) -> bool {
    let api = operation.api;
    let nothing = output.shape().fields().is_empty();
    match api.answer.reader.format {
        Format::Json if api.errors.mark().is_some() => false,
        Format::Json => nothing || nothing_required(output) && operation.result.unwrap_or(api.answer.result).is_empty(),
        // no XML is empty
        Format::Xml => nothing,
    }
}

/// What marks an answer, in words.
fn expected(operation: &'static Operation) -> String {
    let api = operation.api;
    let filled = |template: &str| template.replace("{action}", operation.name);
    let root = operation.root.unwrap_or(api.answer.root);
    let result = operation.result.unwrap_or(api.answer.result);
    match (api.answer.reader.format, api.errors.mark()) {
        (Format::Json, Some(name)) => format!("JSON with the member {name}"),
        (Format::Json, None) if result.is_empty() => "JSON".to_owned(),
        (Format::Json, None) => format!("JSON with the member {}", filled(result)),
        (Format::Xml, _) if !root.is_empty() => format!("XML with the element {}", filled(root)),
        (Format::Xml, _) if !result.is_empty() => format!("XML with the element {}", filled(result)),
        (Format::Xml, _) => "XML".to_owned(),
    }
}

fn nothing_required(output: &dyn Record) -> bool {
    output.shape().fields().iter().all(|field| !field.required)
}

/// Whether the root of the body was an output or an error.
pub(crate) enum Outcome {
    Output,
    Error,
}

/// The request id of an answer: in a header, or in the body, which is then read once more.
pub fn request_id(api: &'static Api, answer: Answer<'_>, limits: Limits) -> Option<String> {
    if let Some(id) = header_of(api.answer.request_id, answer) {
        return Some(id.to_owned());
    }
    if !api.answer.request_id.iter().any(|source| matches!(source, Source::Path(_))) {
        return None;
    }
    let document = Document::read(api.answer.reader, answer.body, limits)?;
    document.request_id(api)
}

/// The request id of an answer, if a header carries it.
pub(crate) fn request_id_header<'a>(api: &'static Api, answer: Answer<'a>) -> Option<&'a str> {
    header_of(api.answer.request_id, answer)
}

fn header_of<'a>(sources: &[Source], answer: Answer<'a>) -> Option<&'a str> {
    sources.iter().find_map(|source| match source {
        Source::Header(name) => answer.headers.get(*name).and_then(|value| value.to_str().ok()),
        Source::Path(_) => None,
    })
}

/// Reads the members of a modelled error.
pub(crate) fn error_members(
    api: &'static Api,
    action: &'static str,
    status: u16,
    body: &[u8],
    members: &mut dyn Record,
) -> Result<(), Error> {
    // the error was told by a header alone
    if body.trim_ascii().is_empty() && nothing_required(members) {
        return Ok(());
    }
    (api.answer.reader.members)(api, body, members).map_err(|problem| {
        Error::Decode(Box::new(DecodeError {
            action,
            path: problem.path(),
            reason: problem.reason,
            offset: problem.offset,
            status,
            body: body.to_vec(),
        }))
    })
}

/// The error that an answer tells, or the answer itself if it tells none.
fn failure(operation: &'static Operation, answer: Answer<'_>, limits: Limits) -> Error {
    let api = operation.api;
    let errors = &api.errors;
    let content_type = answer.content_type();
    // whatever the type says: errors come with odd ones, and a page holds no error where the service has it
    let document = Document::read(api.answer.reader, answer.body, limits);
    let error = document.as_ref().and_then(|document| document.error(api));
    let find = |sources: &[Source]| {
        sources.iter().find_map(|source| match source {
            Source::Header(name) => answer.header(*name).map(str::to_owned),
            Source::Path(path) => error.and_then(|error| error.text(path)),
        })
    };
    let trimmed = |word: String| if errors.trim { trim(&word).to_owned() } else { word };
    let code = find(errors.code).map(trimmed);
    let message = find(errors.message);
    // a page of a gateway, a redirection: the service itself does not say both
    let works = errors.unless.is_some_and(|(_, fine)| code.as_deref() == Some(fine));
    if works || code.is_none() && message.is_none() {
        let reason = if works {
            "the body says that the call worked".to_owned()
        } else if answer.body.trim_ascii().is_empty() {
            "no body".to_owned()
        } else if !content_type.is_empty() && !fits(api.answer.reader.format, content_type) {
            format!("the answer's content type is {content_type:?}: not from the service itself")
        } else {
            "the body holds no error of the service".to_owned()
        };
        return unexpected(operation, answer, reason);
    }
    let code = code.unwrap_or_default();
    let kind = find(errors.kind).map(trimmed).unwrap_or_default();
    let request_id = header_of(api.answer.request_id, answer)
        .map(str::to_owned)
        .or_else(|| document.as_ref().and_then(|document| document.request_id(api)));
    let known =
        |word: &str| errors.codes.binary_search_by(|known| known.code.cmp(word)).ok().map(|i| errors.codes[i].means);
    // nobody documented it: then the answer itself has to tell. A time to come back at says that coming back helps, whatever the
    // status (of 500 and more it helps anyway); whether the request was acted upon meanwhile is for the status to say, see `Error::may_have_been_done`
    let meaning = known(&code).or_else(|| known(&kind)).unwrap_or(match answer.status {
        ..500 | 503 if answer.says_when() => Meaning::Throttled,
        401 => Meaning::Auth,
        403 => Meaning::Denied,
        404 => Meaning::NotFound,
        429 => Meaning::Throttled,
        500.. => Meaning::Transient,
        _ => Meaning::Other,
    });
    Error::Service(Box::new(ServiceError {
        action: operation.name,
        code,
        kind,
        message: message.unwrap_or_default(),
        request_id,
        status: answer.status,
        meaning,
        retry_after: answer.retry_after(),
        body: answer.body.to_vec(),
        api,
    }))
}

fn unexpected(operation: &'static Operation, answer: Answer<'_>, reason: String) -> Error {
    Error::Answer(Box::new(UnexpectedAnswer {
        action: operation.name,
        status: answer.status,
        content_type: answer.content_type().to_owned(),
        reason,
        retry_after: answer.retry_after(),
        body: answer.body.to_vec(),
    }))
}

fn fits(format: Format, content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().as_bytes();
    // on the way of every answer: nothing is copied
    let contains = |word: &str| media.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    match format {
        Format::Json => contains("json") || contains("javascript"),
        Format::Xml => contains("xml") && !contains("html"),
    }
}

/// `aws.protocoltests#FooError:http://…` becomes `FooError`.
fn trim(word: &str) -> &str {
    let word = word.split([':', ';']).next().unwrap_or(word);
    word.rsplit('#').next().unwrap_or(word)
}

/// What is wrong in a body, and where.
pub(crate) struct Problem {
    /// Steps from the value to the root.
    steps: Vec<Step>,
    pub(crate) reason: String,
    pub(crate) offset: Option<u64>,
}

pub(crate) enum Step {
    Name(&'static str),
    Key(String),
    Index(usize),
}

impl Problem {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { steps: Vec::new(), reason: reason.into(), offset: None }
    }

    /// Adds the step that led to where the problem was found so far.
    pub(crate) fn below(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// `Region[3].Data[17].UploadBW`
    pub(crate) fn path(&self) -> String {
        use std::fmt::Write as _;
        let mut path = String::new();
        for step in self.steps.iter().rev() {
            let dot = if path.is_empty() { "" } else { "." };
            // writing to a String cannot fail
            let _ = match step {
                Step::Name(name) => write!(path, "{dot}{name}"),
                Step::Key(key) => write!(path, "[{key:?}]"),
                Step::Index(index) => write!(path, "[{index}]"),
            };
        }
        path
    }

    fn into_error(self, origin: Origin<'_>) -> Error {
        Error::Decode(Box::new(DecodeError {
            action: origin.operation.name,
            path: self.path(),
            reason: self.reason,
            offset: self.offset,
            status: origin.status,
            body: origin.body.to_vec(),
        }))
    }
}

/// Which required fields of a record have been seen.
///
/// Counts to 256; the generator refuses a required field beyond.
#[derive(Default)]
pub(crate) struct Seen([u64; 4]);

impl Seen {
    /// Marks a field; false if it was marked before.
    pub(crate) fn mark(&mut self, index: usize) -> bool {
        let Some(word) = self.0.get_mut(index / 64) else { return true };
        let bit = 1 << (index % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Marks those of a range; false if one was marked before.
    pub(crate) fn mark_all(&mut self, mut range: std::ops::Range<usize>) -> bool {
        // as a rule there are few fields
        if range.end < 64 {
            let bits = (1 << range.end) - (1 << range.start);
            let new = self.0[0] & bits == 0;
            self.0[0] |= bits;
            return new;
        }
        range.all(|index| self.mark(index))
    }

    /// Whether any field was seen.
    pub(crate) fn any(&self) -> bool {
        self.0 != [0; 4]
    }

    /// The first required field that was not seen.
    pub(crate) fn missing(&self, fields: &'static [crate::schema::Field]) -> Option<&'static str> {
        // as a rule all of them were seen
        if fields.len() < 64 && self.0[0] == (1 << fields.len()) - 1 {
            return None;
        }
        for (number, word) in self.0.iter().enumerate() {
            let mut unseen = !word;
            while unseen != 0 {
                // behind the last field no bit is set
                let field = fields.get(64 * number + unseen.trailing_zeros() as usize)?;
                if field.required {
                    return Some(field.name);
                }
                unseen &= unseen - 1;
            }
        }
        None
    }
}
