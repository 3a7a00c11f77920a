//! Requests that are shown and not sent: `--dry-run`, `--curl`, `--explain-signature`.

use std::fmt::Write as _;

use callsheet::sign::Scheme;
use callsheet::value::Record;
use callsheet::{Options, Service};
use callsheet_dynamic::Entry;
use chrono::{DateTime, Utc};
use http::{Method, Request};

use crate::args::Call;
use crate::exit::{Code, Failure};
use crate::terminal::{self, HEADING};

pub(crate) fn run(
    args: &Call,
    entry: Entry<'_>,
    service: &Service,
    input: &dyn Record,
    options: &Options,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let mut parts = Vec::new();
    if args.explain_signature {
        parts.push(match entry.operation.api.sign.scheme() {
            Scheme::None => "This service signs nothing.\n".to_owned(),
            _ => {
                let explanation = service.explain(entry.operation, input, options, now)?;
                let mut text = String::new();
                if let Some(canonical) = &explanation.canonical_request {
                    let _ = write!(text, "{HEADING}Canonical request{HEADING:#}\n{canonical}\n\n");
                }
                let _ = write!(text, "{HEADING}String to sign{HEADING:#}\n{}\n\n", explanation.string_to_sign);
                let _ = write!(text, "{HEADING}Signature{HEADING:#}\n{}\n", explanation.signature);
                text
            }
        });
    }
    if args.dry_run || args.curl {
        let request = service.request_of(entry.operation, input, options, now)?;
        if args.dry_run {
            parts.push(http_text(&request));
        }
        if args.curl {
            parts.push(curl(&request)?);
        }
    }
    Ok(terminal::print(&parts.join("\n"))?)
}

/// The request as HTTP/1.1 has it.
fn http_text(request: &Request<Vec<u8>>) -> String {
    let uri = request.uri();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut text = format!("{} {target} HTTP/1.1\n", request.method());
    let _ = writeln!(text, "host: {}", uri.authority().map_or("", |authority| authority.as_str()));
    for (name, value) in request.headers() {
        let _ = writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    let body = request.body();
    if !body.is_empty() {
        let _ = writeln!(text, "content-length: {}", body.len());
    }
    text.push('\n');
    if !body.is_empty() {
        let _ = writeln!(text, "{}", String::from_utf8_lossy(body));
    }
    text
}

/// The command for a POSIX shell.
fn curl(request: &Request<Vec<u8>>) -> Result<String, Failure> {
    let mut words = vec!["curl".to_owned()];
    let body = request.body();
    // curl takes GET, and POST where there is a body, by itself
    if !(request.method() == Method::GET && body.is_empty() || request.method() == Method::POST && !body.is_empty()) {
        words.push(format!("--request {}", quoted(request.method().as_str())?));
    }
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        words.push(format!("--header {}", quoted(&format!("{name}: {value}"))?));
    }
    if !body.is_empty() {
        words.push(format!("--data-raw {}", quoted(&String::from_utf8_lossy(body))?));
    }
    words.push(quoted(&request.uri().to_string())?);
    Ok(format!("{}\n", words.join(" \\\n  ")))
}

/// A word as a shell reads it back.
pub(crate) fn quoted(word: &str) -> Result<String, Failure> {
    match shlex::try_quote(word) {
        Ok(quoted) => Ok(quoted.into_owned()),
        Err(_) => Err(Failure::new(Code::Usage, "a value has a zero byte, which no command line can carry")),
    }
}
