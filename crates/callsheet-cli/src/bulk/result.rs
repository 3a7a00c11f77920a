//! What came of a line: the text that is printed and kept, and what it tells of a failure.

use callsheet::Error;
use callsheet::call::Report;
use callsheet::schema::{Kind, Meaning, Operation};
use callsheet_dynamic::DynRecord;
use serde_json::{Value as Json, json};

use crate::call;
use crate::exit::{Code, Failure};
use crate::terminal::clean;

/// A result, with the place of its line among the lines.
pub(super) struct Done {
    pub(super) index: usize,
    pub(super) text: String,
    pub(super) failure: Option<Failed>,
    /// Where it comes from.
    pub(super) origin: Origin,
    /// It failed after Ctrl-C: there was no further try, if there would have been one.
    pub(super) broken_off: bool,
    /// Why the journal has it not.
    pub(super) unkept: Option<Failure>,
    /// Why every other line would fail.
    pub(super) hopeless: Option<String>,
}

impl Done {
    /// Whether no further line is to be begun.
    pub(super) fn is_last(&self) -> bool {
        self.unkept.is_some() || self.hopeless.is_some()
    }
}

/// Where a result comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From an earlier run.
    Journal,
    /// It was sent now.
    Sent,
    /// It was sent now, or was to be, and failed in a way that seems to have nothing to do with its line.
    Hopeless,
}

impl Origin {
    /// Of a call that failed.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Setup(_) => Self::Hopeless,
            Error::Service(error) if error.meaning == Meaning::Auth => Self::Hopeless,
            _ => Self::Sent,
        }
    }
}

/// What a result tells of a failure.
pub(super) struct Failed {
    pub(super) code: Code,
    pub(super) message: String,
    /// The service may have done it: what must not be done twice is not sent again.
    pub(super) maybe: bool,
}

impl Failed {
    /// The failure that a result tells of.
    pub(super) fn of(text: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(text).ok()?;
        let error = json.get("error")?;
        let message = error.get("message").and_then(Json::as_str).unwrap_or_default().to_owned();
        let code = error.get("exit_code").and_then(Json::as_u64).and_then(Code::of).unwrap_or(Code::Refused);
        let maybe = error.get("may_have_been_done").and_then(Json::as_bool).unwrap_or(true);
        Some(Self { code, message, maybe })
    }
}

/// Parameters without those that are secret or have a secret in them.
pub(super) fn public(input: &DynRecord) -> DynRecord {
    let mut public = input.clone();
    for field in input.shape().fields() {
        if field.sensitive || has_secrets(field.kind, 0) {
            public.take(field.name);
        }
    }
    public
}

fn has_secrets(kind: Kind, depth: usize) -> bool {
    /// Structures that contain themselves have no end.
    const DEEPEST: usize = 16;

    match kind {
        Kind::Record(shape) => {
            depth > DEEPEST || shape.fields().iter().any(|field| field.sensitive || has_secrets(field.kind, depth + 1))
        }
        Kind::List(list) => has_secrets(list.item, depth),
        Kind::Map(map) => has_secrets(map.value, depth),
        _ => false,
    }
}

/// An error as part of a result.
pub(super) fn error_json(error: &Error, operation: &Operation, report: &Report) -> Json {
    let message = match error {
        Error::TooLarge { limit } => call::too_large(*limit, operation, &report.endpoint).told(),
        error => clean(&error.to_string()),
    };
    let mut json = json!({ "message": message, "attempts": report.attempts });
    let mut set = |name: &str, value: Json| {
        if let Json::Object(members) = &mut json {
            members.insert(name.to_owned(), value);
        }
    };
    if let Error::Service(error) = error {
        set("code", Json::from(error.code.as_str()));
        set("request_id", error.request_id.as_deref().map_or(Json::Null, Json::from));
    }
    set("exit_code", Json::from(Failure::code_of(error) as u8));
    set("may_have_been_done", Json::from(error.may_have_been_done()));
    json
}
