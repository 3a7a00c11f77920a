//! What can go wrong, and what to do then.

use std::error::Error as StdError;
use std::fmt;

use crate::decode;

use crate::schema::{Api, Meaning, Operation};
use crate::sequence::{PagesError, WaitError};
use crate::value::{ModeledError, Record};

/// Why a call failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Parameters break rules of their action; nothing was sent. Correct them.
    Invalid(Vec<Violation>),
    /// The service answered with an error of its own. See [`ServiceError::meaning`] for what to do.
    Service(Box<ServiceError>),
    /// The answer cannot be one of the service: a gateway's page, no body, another content type. Often passing.
    Answer(Box<UnexpectedAnswer>),
    /// The answer is not what its spec says. Either the service changed or the spec is wrong.
    Decode(Box<DecodeError>),
    /// The answer is larger than the limit. Ask for less, or raise the limit.
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The network failed.
    Transport(Box<TransportError>),
    /// A client is not set up for this call: no credentials, no region, an endpoint that is no URL.
    Setup(String),
    /// A list cannot be read to its end, or was changed meanwhile. See [`PagesError`].
    Pages(Box<PagesError>),
    /// What was waited for did not come about. See [`WaitError::why`].
    Wait(Box<WaitError>),
}

impl Error {
    pub(crate) fn invalid(parameter: &str, value: &str, rule: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(parameter, value, rule)])
    }

    /// The error that the service told, if it is one.
    pub fn as_service(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the same call may succeed when it is sent again, leaving aside whether it is safe to send it twice.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Service(error) => error.is_retryable(),
            Self::Answer(answer) => matches!(answer.status, 408 | 429 | 500 | 502 | 503 | 504),
            // neither a certificate nor the caller's mind changes by asking again
            Self::Transport(error) => !matches!(error.kind, TransportKind::Tls | TransportKind::Cancelled),
            _ => false,
        }
    }

    /// Whether the service may have acted on the request. What must not be done twice is not to be sent again then, before somebody
    /// has seen whether it was done.
    ///
    /// It has not where it told so, by what a code or a status means (a wrong request, a missing right, too many requests), and where
    /// the request cannot have reached it. Of these, that there were too many is believed of a documented code and of status 429 only:
    /// a code that nobody documented proves nothing, not even beside a `Retry-After`, which makes a failure
    /// [throttled](Meaning::Throttled) and so worth a repetition. Status 429 says that requests come too fast, which is counted
    /// before anything is done. Status 503 says only that the service cannot answer now, which it may notice half way, and other
    /// statuses say less. An answer that cannot be read was an answer.
    pub fn may_have_been_done(&self) -> bool {
        match self {
            Self::Service(error) => error.may_have_been_done(),
            Self::Answer(answer) => answer.status != 429,
            Self::Transport(error) => error.delivery == Delivery::Maybe,
            Self::Decode(_) | Self::TooLarge { .. } => true,
            // before anything was sent, or of several calls
            Self::Invalid(_) | Self::Setup(_) | Self::Pages(_) | Self::Wait(_) => false,
        }
    }

    /// The raw body of the answer, if there was one.
    pub fn body(&self) -> Option<&[u8]> {
        match self {
            Self::Service(error) => Some(&error.body),
            Self::Answer(error) => Some(&error.body),
            Self::Decode(error) => Some(&error.body),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) => {
                for (i, violation) in violations.iter().enumerate() {
                    if i > 0 {
                        f.write_str("; ")?;
                    }
                    violation.fmt(f)?;
                }
                Ok(())
            }
            Self::Service(error) => error.fmt(f),
            Self::Answer(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::TooLarge { limit } => {
                write!(f, "the answer is larger than the limit of {limit} bytes; ask for less or raise the limit")
            }
            Self::Transport(error) => error.fmt(f),
            Self::Setup(what) => f.write_str(what),
            Self::Pages(error) => error.fmt(f),
            Self::Wait(error) => error.fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Transport(error) => error.source.as_deref().map(|e| e as _),
            _ => None,
        }
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        Self::Service(Box::new(error))
    }
}

impl From<PagesError> for Error {
    fn from(error: PagesError) -> Self {
        Self::Pages(Box::new(error))
    }
}

impl From<WaitError> for Error {
    fn from(error: WaitError) -> Self {
        Self::Wait(Box::new(error))
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(Box::new(error))
    }
}

/// A parameter that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The parameter as the spec calls it, with the path to it: `rules[2].priority`.
    pub parameter: String,
    /// Its value as it would be sent; empty when it is missing, `<redacted>` when it is secret.
    pub value: String,
    /// The rule that it breaks, in words.
    pub rule: String,
    /// Whether it is only a warning: the rule depends on the clock, or sources disagree on it, so the service is to judge.
    pub warning: bool,
}

impl Violation {
    pub(crate) fn new(parameter: &str, value: &str, rule: impl Into<String>) -> Self {
        Self { parameter: parameter.to_owned(), value: value.to_owned(), rule: rule.into(), warning: false }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value.is_empty() {
            write!(f, "{}: {}", self.parameter, self.rule)
        } else {
            write!(f, "{} = {:?}: {}", self.parameter, self.value, self.rule)
        }
    }
}

/// An error that the service told.
pub struct ServiceError {
    /// What the action is called.
    pub action: &'static str,
    /// The service's own code: `1200`, `AccessDenied`; empty when the answer has none.
    pub code: String,
    /// The name of the modelled error where it is not the code.
    pub kind: String,
    /// The service's own words; empty when the answer has none.
    pub message: String,
    /// What to quote when asking the vendor.
    pub request_id: Option<String>,
    /// HTTP status; may be 200.
    pub status: u16,
    /// What the code means for the caller.
    pub meaning: Meaning,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// The answer as it came.
    pub body: Vec<u8>,
    pub(crate) api: &'static Api,
}

impl ServiceError {
    /// Whether the same call may succeed when it is sent again.
    pub fn is_retryable(&self) -> bool {
        self.meaning.is_retryable()
    }

    /// The members of a modelled error, if this is that error.
    ///
    /// Fails when the answer announces the error but its members cannot be read.
    pub fn members<E: ModeledError>(&self) -> Option<Result<E, Error>> {
        if !self.is(E::CODE) && !E::OTHER_CODES.iter().any(|code| self.is(code)) {
            return None;
        }
        let mut members = E::default();
        Some(self.read_members(&mut members).map(|()| members))
    }

    /// Reads the members of the modelled error into a record of their shape, whatever the code: for shapes that are known at run time.
    pub fn read_members(&self, members: &mut dyn Record) -> Result<(), Error> {
        decode::error_members(self.api, self.action, self.status, &self.body, members)
    }

    fn may_have_been_done(&self) -> bool {
        let documented = |word: &str| {
            self.api.errors.codes.iter().any(|known| known.code == word && known.means == Meaning::Throttled)
        };
        match self.meaning {
            _ if self.status == 429 => false,
            // of a passing failure nobody knows where it began
            Meaning::Transient | Meaning::Other => true,
            Meaning::Throttled => !documented(&self.code) && !documented(&self.kind),
            _ => false,
        }
    }

    /// Whether the answer names this modelled error.
    pub fn is(&self, code: &str) -> bool {
        self.code == code || self.kind == code
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.api.service, self.action)?;
        match self.code.as_str() {
            "" => write!(f, "HTTP status {}", self.status)?,
            code => write!(f, "error {code}")?,
        }
        // some services have no more words than the code
        if !self.message.is_empty() && self.message != self.code {
            write!(f, " ({})", self.message)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request id {id}")?;
        }
        f.write_str(match self.meaning {
            Meaning::Invalid => "; the request is wrong",
            Meaning::Auth => "; check the access key id and the secret",
            Meaning::Denied => "; the caller may not do this, or not now",
            Meaning::NotFound => "; there is no such thing",
            Meaning::Conflict => "; it is there already or still in use",
            Meaning::Quota => "; a quota or the balance is used up",
            Meaning::Throttled => "; too many requests, try again later",
            Meaning::Skewed => "; the time stamp is too old or the clock is wrong",
            Meaning::Transient => "; a passing failure, try again",
            Meaning::Other => "",
        })?;
        match self.retry_after {
            Some(seconds) => write!(f, "; the service says to wait {seconds} s"),
            None => Ok(()),
        }
    }
}

// by hand: the body may hold secrets and megabytes
impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceError")
            .field("action", &self.action)
            .field("code", &self.code)
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("request_id", &self.request_id)
            .field("status", &self.status)
            .field("meaning", &self.meaning)
            .field("retry_after", &self.retry_after)
            .field("body", &Length(&self.body))
            .finish_non_exhaustive()
    }
}

/// Shows how long a body is, not what it says.
struct Length<'a>(&'a [u8]);

impl fmt::Debug for Length<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

/// An answer that cannot come from the service itself.
pub struct UnexpectedAnswer {
    /// What the action is called.
    pub action: &'static str,
    /// HTTP status.
    pub status: u16,
    /// The answer's content type; empty when it has none.
    pub content_type: String,
    /// What is wrong with it.
    pub reason: String,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// The answer as it came.
    pub body: Vec<u8>,
}

impl fmt::Display for UnexpectedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: HTTP status {}: {}", self.action, self.status, self.reason)?;
        // the beginning of a gateway's page tells more than anything else
        let start = String::from_utf8_lossy(&self.body[..self.body.len().min(200)]);
        let words: Vec<&str> = start.split_whitespace().collect();
        if !words.is_empty() {
            write!(f, "; the body begins with {:?}", words.join(" "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for UnexpectedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnexpectedAnswer")
            .field("action", &self.action)
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("reason", &self.reason)
            .field("retry_after", &self.retry_after)
            .field("body", &Length(&self.body))
            .finish()
    }
}

/// Where and how an answer differs from its spec.
pub struct DecodeError {
    /// What the action is called.
    pub action: &'static str,
    /// Path to the value: `Region[3].Data[17].UploadBW`; empty for the root.
    pub path: String,
    /// What is wrong there: `expected an integer, found "n/a"`.
    pub reason: String,
    /// Where it is in the body, in bytes from its beginning.
    pub offset: Option<u64>,
    /// HTTP status.
    pub status: u16,
    /// The answer as it came.
    pub body: Vec<u8>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.action)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.reason)?;
        if let Some(offset) = self.offset {
            write!(f, " (byte {offset})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("action", &self.action)
            .field("path", &self.path)
            .field("reason", &self.reason)
            .field("offset", &self.offset)
            .field("status", &self.status)
            .field("body", &Length(&self.body))
            .finish()
    }
}

/// What became of a request when the network failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The service cannot have seen it.
    Never,
    /// The service may have seen it and acted on it.
    Maybe,
}

/// How the network failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportKind {
    /// The host name has no address.
    Resolve,
    /// No connection: refused, unreachable.
    Connect,
    /// TLS: a certificate or handshake was refused.
    Tls,
    /// A time limit passed.
    Timeout,
    /// The connection broke off.
    Broken,
    /// The answer is not HTTP.
    Protocol,
    /// The call was given up by the caller.
    Cancelled,
}

/// A failure of the network, told by a transport.
#[derive(Debug)]
pub struct TransportError {
    /// How it failed.
    pub kind: TransportKind,
    /// Whether the service may have seen the request.
    pub delivery: Delivery,
    /// Where the request went: scheme, host and port; empty if none was made yet.
    pub endpoint: String,
    /// What the transport says.
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

impl fmt::Display for TransportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "the host name has no address",
            Self::Connect => "no connection",
            Self::Tls => "TLS failed",
            Self::Timeout => "timed out",
            Self::Broken => "the connection broke off",
            Self::Protocol => "the answer is not HTTP",
            Self::Cancelled => "cancelled",
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // nothing was sent yet
        if !self.endpoint.is_empty() {
            write!(f, "{}: ", self.endpoint)?;
        }
        self.kind.fmt(f)?;
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        if self.delivery == Delivery::Maybe {
            f.write_str("; the service may have received the request")?;
        }
        Ok(())
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}

/// What is known of an answer when it is decoded: for error messages.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}
