//! Errors, worded as the service words them.
//!
//! All of it is taken from the spec: where code and message stand, what the codes mean, which status they come with. Where several
//! codes mean the same, the one whose name or documentation speaks of the matter is taken, else the first. What no code says is told by the
//! status, with a code of the usual words.

use callsheet::decode::{self, Answer, Limits};
use callsheet::schema::{Api, Format, Source};
use callsheet::sign::VerifyError;
use callsheet_spec::model::{ErrorCode, Group, Meaning};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Map as Members, Value as Json};

use crate::write::{Xml, insert, plain};

/// What is the matter with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Matter {
    /// No signature, or one that cannot be read.
    BadSignature,
    UnknownKey,
    BadToken,
    WrongSignature,
    Skewed,
    Expired,
    UnknownAction,
    MissingParameter,
    BadParameter,
    TooMany,
    /// An error that was asked for by its code.
    Code(String),
}

/// A code, its status, and the words of its documentation.
struct Choice {
    code: String,
    status: u16,
    doc: String,
}

impl From<&VerifyError> for Matter {
    fn from(error: &VerifyError) -> Self {
        match error {
            VerifyError::UnknownKey(_) => Self::UnknownKey,
            VerifyError::InvalidToken => Self::BadToken,
            VerifyError::Skewed { .. } => Self::Skewed,
            VerifyError::Expired { .. } => Self::Expired,
            VerifyError::Mismatch { .. } => Self::WrongSignature,
            _ => Self::BadSignature,
        }
    }
}

impl Matter {
    fn meaning(&self) -> Meaning {
        match self {
            Self::BadSignature | Self::UnknownKey | Self::BadToken | Self::WrongSignature => Meaning::Auth,
            Self::Skewed | Self::Expired => Meaning::Skewed,
            Self::UnknownAction | Self::MissingParameter | Self::BadParameter => Meaning::Invalid,
            Self::TooMany => Meaning::Throttled,
            Self::Code(_) => Meaning::Other,
        }
    }

    /// Words that a fitting code has in its name or documentation, the telling ones first.
    fn words(&self) -> &'static [&'static str] {
        match self {
            Self::BadSignature => &["header", "missing", "malformed", "signature"],
            Self::UnknownKey => &["key id", "accesskeyid", "access key", "clienttoken"],
            Self::BadToken => &["token", "key id"],
            Self::WrongSignature => &["signature is wrong", "signaturedoesnotmatch", "signature"],
            Self::Skewed => &["skew", "time stamp", "time"],
            Self::Expired => &["expired", "time"],
            Self::UnknownAction => &["action", "operation", "argument", "parameter"],
            Self::MissingParameter => &["parameter is missing", "missingparameter", "argument", "parameter"],
            Self::BadParameter => &["wrong value", "invalidparameter", "invalidargument", "argument", "parameter"],
            Self::TooMany => &["slowdown", "throttl", "too many requests", "busy"],
            Self::Code(_) => &[],
        }
    }

    fn choose(&self, codes: &[ErrorCode], in_body: bool) -> Choice {
        if let Self::Code(code) = self {
            let known = codes.iter().find(|known| known.code == *code);
            let means = known.map_or(Meaning::Other, |known| known.means);
            let status = known.and_then(|known| known.status).unwrap_or(usual_status(means, in_body));
            return Choice {
                code: code.clone(),
                status,
                doc: known.map(|known| known.doc.clone()).unwrap_or_default(),
            };
        }
        let words = self.words();
        let score = |known: &ErrorCode| {
            let text = format!("{} {}", known.code, known.doc).to_lowercase();
            // a telling word counts more than all that follow it
            words
                .iter()
                .rev()
                .enumerate()
                .filter(|(_, word)| text.contains(**word))
                .map(|(rank, _)| 1_u32 << rank)
                .sum::<u32>()
        };
        let best = |means: Meaning, least: u32| {
            let mut best: Option<(&ErrorCode, u32)> = None;
            for known in codes.iter().filter(|known| known.means == means) {
                let score = score(known);
                // the first of equals
                if score >= least && best.is_none_or(|(_, most)| score > most) {
                    best = Some((known, score));
                }
            }
            best.map(|(known, _)| known)
        };
        let means = self.meaning();
        // a service without a code for too many requests says that it is busy, if it has words for that
        let busy = || if *self == Self::TooMany { best(Meaning::Transient, 1) } else { None };
        match best(means, 0).or_else(busy) {
            Some(known) => Choice {
                code: known.code.clone(),
                status: known.status.unwrap_or(usual_status(known.means, in_body)),
                doc: known.doc.clone(),
            },
            // else only HTTP can say it
            None if *self == Self::TooMany => Choice {
                code: if in_body { "429" } else { self.own_code() }.to_owned(),
                status: 429,
                doc: "Too many requests.".to_owned(),
            },
            None => {
                Choice { code: self.own_code().to_owned(), status: usual_status(means, in_body), doc: String::new() }
            }
        }
    }

    /// For services that document no code of that meaning.
    fn own_code(&self) -> &'static str {
        match self {
            Self::BadSignature => "MissingAuthentication",
            Self::UnknownKey => "InvalidAccessKeyId",
            Self::BadToken => "InvalidToken",
            Self::WrongSignature => "SignatureDoesNotMatch",
            Self::Skewed => "RequestTimeTooSkewed",
            Self::Expired => "RequestExpired",
            Self::UnknownAction => "InvalidAction",
            Self::MissingParameter => "MissingParameter",
            Self::BadParameter | Self::Code(_) => "InvalidParameter",
            Self::TooMany => "Throttling",
        }
    }
}

/// The status of an error whose status is not documented.
fn usual_status(means: Meaning, in_body: bool) -> u16 {
    if in_body {
        return 200;
    }
    match means {
        Meaning::Auth | Meaning::Denied | Meaning::Skewed => 403,
        Meaning::NotFound => 404,
        Meaning::Conflict => 409,
        Meaning::Throttled => 429,
        Meaning::Transient => 500,
        Meaning::Invalid | Meaning::Quota | Meaning::Other => 400,
    }
}

/// The answer of a service that tells an error, and the code of that error.
pub(crate) fn answer(
    api: &'static Api,
    group: &Group,
    matter: &Matter,
    detail: &str,
    request_id: &str,
) -> (Response<Vec<u8>>, String) {
    let choice = matter.choose(&group.settings.errors.codes, api.errors.unless.is_some());
    let summary = choice.doc.trim();
    let message = match (summary, detail) {
        ("", "") => choice.code.clone(),
        ("", detail) => detail.to_owned(),
        (summary, "") => summary.to_owned(),
        (summary, detail) => format!("{summary} {detail}"),
    };
    let body = match api.answer.reader.format {
        Format::Json => json(api, &choice, &message, request_id),
        Format::Xml => xml(api, &choice, &message, request_id),
    };
    let mut response = respond(choice.status, content_type(api.answer.reader.format), body);
    add_request_id(api, &mut response, request_id);
    for (sources, text) in [(api.errors.code, choice.code.as_str()), (api.errors.message, message.as_str())] {
        // only where no body can say it
        if sources.iter().all(|source| matches!(source, Source::Header(_)))
            && let Some(Source::Header(name)) = sources.first()
        {
            set_header(&mut response, name, text);
        }
    }
    (response, choice.code)
}

fn json(api: &'static Api, choice: &Choice, message: &str, request_id: &str) -> Vec<u8> {
    let mut root = Json::Object(Members::new());
    // a service whose good answers say 0 says its codes as numbers too
    let numeric = api.errors.unless.is_some_and(|(_, good)| good.parse::<i64>().is_ok());
    let code = if numeric { plain(&choice.code) } else { Json::from(choice.code.as_str()) };
    if let Some(path) = first_path(api.errors.code) {
        insert(&mut root, path, code);
    }
    if let Some(path) = first_path(api.errors.message) {
        insert(&mut root, path, Json::from(message));
    }
    if let Some((name, good)) = api.errors.unless {
        // whatever differs from the good value tells an error
        insert(&mut root, &[name], if good == choice.code { Json::from("error") } else { plain(&choice.code) });
    }
    if let Some(path) = id_path(api, true) {
        insert(&mut root, path, Json::from(request_id));
    }
    root.to_string().into_bytes()
}

fn xml(api: &'static Api, choice: &Choice, message: &str, request_id: &str) -> Vec<u8> {
    let mut writer = Xml::new(&api.answer);
    let at = api.errors.at.first().copied().unwrap_or(&["Error"]);
    for name in at {
        writer.open(name);
    }
    let mut leaves: Vec<(&[&str], &str)> = Vec::new();
    leaves.extend(first_path(api.errors.code).map(|path| (path, choice.code.as_str())));
    leaves.extend(first_path(api.errors.message).map(|path| (path, message)));
    for (path, text) in leaves {
        nested(&mut writer, path, text);
    }
    let id = id_path(api, true);
    for (depth, name) in at.iter().enumerate().rev() {
        if depth == 0
            && let Some(path) = id
        {
            nested(&mut writer, path, request_id);
        }
        writer.close(name);
    }
    writer.text.into_bytes()
}

fn nested(writer: &mut Xml, path: &[&str], text: &str) {
    let Some((last, outer)) = path.split_last() else { return };
    for name in outer {
        writer.open(name);
    }
    writer.leaf(last, text);
    for name in outer.iter().rev() {
        writer.close(name);
    }
}

fn first_path(sources: &'static [Source]) -> Option<&'static [&'static str]> {
    sources.iter().find_map(|source| match source {
        Source::Path(path) => Some(*path),
        Source::Header(_) => None,
    })
}

/// Where the request id stands in the body, below the root. Errors, and answers without a wrapper, have it at the shortest of the
/// documented paths, the others at the first.
pub(crate) fn id_path(api: &'static Api, plain: bool) -> Option<&'static [&'static str]> {
    let paths = api.answer.request_id.iter().filter_map(|source| match source {
        Source::Path(path) => Some(*path),
        Source::Header(_) => None,
    });
    if plain { paths.min_by_key(|path| path.len()) } else { first_path(api.answer.request_id) }
}

/// Puts the request id where the service has it in a header, unless the answer tells one already.
pub(crate) fn add_request_id(api: &'static Api, response: &mut Response<Vec<u8>>, request_id: &str) {
    let header = api.answer.request_id.iter().find_map(|source| match source {
        Source::Header(name) => Some(*name),
        Source::Path(_) => None,
    });
    let answer = Answer { status: response.status().as_u16(), headers: response.headers(), body: response.body() };
    if let Some(name) = header
        && decode::request_id(api, answer, Limits::default()).is_none()
    {
        set_header(response, name, request_id);
    }
}

pub(crate) fn content_type(format: Format) -> &'static str {
    match format {
        Format::Json => "application/json",
        Format::Xml => "application/xml; charset=utf-8",
    }
}

/// Sets a header; what no header can carry is left out.
pub(crate) fn set_header(response: &mut Response<Vec<u8>>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        response.headers_mut().insert(name, value);
    }
}

pub(crate) fn respond(status: u16, content_type: &str, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    set_header(&mut response, "content-type", content_type);
    response
}
