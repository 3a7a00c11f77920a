//! What is told to `tracing`: the course of a call, and no secret.
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "a test collects what it sees")]

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use callsheet::Credentials;
use callsheet::call::{Call, ClientState, Step};
use callsheet::credentials::{CredentialStep, Provider};
use callsheet::oos::statistics::{self, GetBandwidth};
use chrono::{DateTime, TimeDelta};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes events down.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("callsheet")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        writeln!(self.0.lock().unwrap(), "{}", line.0).unwrap();
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

#[test]
fn a_call_tells_its_course_and_no_secret() {
    let log = Log::default();
    let service = statistics::service("cn").credentials(Credentials::new("AKID", "hunter2").with_token("t0ken"));
    let mut now = DateTime::from_timestamp(1_545_814_500, 0).unwrap();
    let action =
        GetBandwidth::new(now - TimeDelta::minutes(15), now - TimeDelta::minutes(10)).bucket_name("my-secret-bucket");
    tracing::subscriber::with_default(log.clone(), || {
        let mut state = ClientState::new();
        let mut call = Call::new(&service, &action, 7, now);
        let mut tries = 0;
        loop {
            match call.step(&mut state, now) {
                Step::Send(_) => {
                    tries += 1;
                    let body = "<Error><Code>SlowDown</Code><Message>hunter2</Message></Error>";
                    let status = if tries == 1 { 503 } else { 403 };
                    let body = if tries == 1 { body.to_owned() } else { body.replace("SlowDown", "AccessDenied") };
                    call.receive(
                        &http::Response::builder().status(status).header("x-amz-request-id", "r1").body(body).unwrap(),
                        now,
                    );
                }
                Step::Wait(time) => now += TimeDelta::from_std(time).unwrap(),
                Step::Done(result) => break assert!(result.is_err()),
            }
        }
    });
    let log = log.0.lock().unwrap().clone();
    for word in [
        "action=\"GetBandwidth\"",
        "endpoint=\"https://oos-cn-mg.ctyunapi.cn\"",
        "request_id=\"r1\"",
        "problem=\"SlowDown\"",
        "attempt=2",
        "trying again",
    ] {
        assert!(log.contains(word), "{word} is not in\n{log}");
    }
    for secret in ["hunter2", "t0ken", "my-secret-bucket", "Signature", "AKID"] {
        assert!(!log.contains(secret), "{secret} is in\n{log}");
    }
    assert_eq!(log.lines().count(), 6, "{log}");
}

/// A call that found no credentials left nothing in the log.
#[test]
fn where_credentials_were_looked_for_is_told() {
    let log = Log::default();
    let now = DateTime::from_timestamp(1_545_814_500, 0).unwrap();
    tracing::subscriber::with_default(log.clone(), || {
        for file in ["[default]\naws_access_key_id = AKID\naws_secret_access_key = hunter2\n", "[other]\n"] {
            let mut provider = Provider::of(&statistics::API);
            loop {
                match provider.step(now) {
                    CredentialStep::Variable(_) => provider.variable(None),
                    CredentialStep::File(_) => provider.file(Ok(file.to_owned())),
                    _ => break,
                }
            }
        }
    });
    let log = log.0.lock().unwrap().clone();
    for word in [
        "DEBUG message=found title=\"oos/statistics\" place=\"the file ~/.oos/credentials\"",
        "WARN message=none found title=\"oos/statistics\" looked_for=\"the environment variables OOS_ACCESS_KEY_ID and OOS_SECRET_ACCESS_KEY: not set; \
         the file ~/.oos/credentials: has no profile [default]; it has [other]\"",
    ] {
        assert!(log.contains(word), "{word} is not in\n{log}");
    }
    assert!(!log.contains("hunter2") && !log.contains("AKID"), "{log}");
}
