//! Calls moto through both transports and prints what came of it: `callsheet-moto http://127.0.0.1:5000`.
//!
//! The server verifies signatures. The first calls of each round make the user and the key that all others are signed with.

use std::error::Error as StdError;
use std::process::ExitCode;

use callsheet::{Action, Credentials, Error, Service};

/// Generated from the models of botocore.
#[allow(dead_code, missing_docs, clippy::all)]
mod cloud {
    include!(concat!(env!("OUT_DIR"), "/callsheet.rs"));
}

use cloud::{ec2, iam, sns, sts};

const REGION: &str = "us-east-1";

/// Either transport; what is called cannot tell which.
trait Transport {
    fn name(&self) -> &'static str;
    fn send<A: Action<Output: Send> + Sync>(&self, service: Service, action: &A) -> Result<A::Output, Error>;
}

struct Ureq;

impl Transport for Ureq {
    fn name(&self) -> &'static str {
        "ureq"
    }
    fn send<A: Action<Output: Send> + Sync>(&self, service: Service, action: &A) -> Result<A::Output, Error> {
        callsheet_ureq::Client::new(service).send(action)
    }
}

struct Hyper(tokio::runtime::Runtime);

impl Transport for Hyper {
    fn name(&self) -> &'static str {
        "hyper"
    }
    fn send<A: Action<Output: Send> + Sync>(&self, service: Service, action: &A) -> Result<A::Output, Error> {
        self.0.block_on(callsheet_hyper::Client::new(service).send(action))
    }
}

/// One line of the table.
struct Row {
    action: &'static str,
    transport: &'static str,
    result: Result<String, String>,
}

/// Calls and what came of them.
struct Round<'a, T> {
    transport: T,
    url: &'a str,
    credentials: Credentials,
    rows: Vec<Row>,
}

impl<T: Transport> Round<'_, T> {
    fn call<A>(&mut self, service: Service, action: &A) -> Result<A::Output, Error>
    where
        A: Action<Output: Send> + Sync,
    {
        let service = service.endpoint(self.url).credentials(self.credentials.clone());
        self.transport.send(service, action)
    }

    /// Calls, checks the answer, and notes what `check` says of it.
    fn row<A>(&mut self, service: Service, action: &A, check: impl FnOnce(&A::Output) -> Result<String, String>) -> Option<A::Output>
    where
        A: Action<Output: Send> + Sync,
    {
        let answer = self.call(service, action);
        let (result, output) = match answer {
            Ok(output) => (check(&output), Some(output)),
            Err(error) => (Err(error.to_string()), None),
        };
        self.rows.push(Row { action: A::OPERATION.name, transport: self.transport.name(), result });
        output
    }
}

fn ensure(holds: bool, text: impl Into<String>) -> Result<String, String> {
    if holds { Ok(text.into()) } else { Err(text.into()) }
}

/// The server takes so many calls without looking at their signatures.
fn without_signatures(url: &str, calls: u32) -> Result<(), Box<dyn StdError>> {
    use std::io::{Read as _, Write as _};
    let address = url.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address)?;
    let body = calls.to_string();
    write!(
        stream,
        "POST /moto-api/reset-auth HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.contains(" 200 ") { Ok(()) } else { Err(format!("moto said {answer}").into()) }
}

fn round<T: Transport>(transport: T, url: &str) -> Result<Vec<Row>, Box<dyn StdError>> {
    let suffix = transport.name();
    let nobody = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let mut round = Round { transport, url, credentials: nobody, rows: Vec::new() };

    // who calls from here on
    without_signatures(url, 4)?;
    let admin = format!("admin-{suffix}");
    round.call(iam::service(), &iam::CreateUser::new(admin.as_str()))?;
    let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let policy = iam::CreatePolicy::new(format!("all-{suffix}"), document);
    let arn = round.call(iam::service(), &policy)?.policy.and_then(|policy| policy.arn).ok_or("no ARN")?;
    round.call(iam::service(), &iam::AttachUserPolicy::new(admin.as_str(), arn))?;
    let key = round.call(iam::service(), &iam::CreateAccessKey::new().user_name(admin.as_str()))?.access_key;
    let key = key.and_then(|key| Some(Credentials::new(key.access_key_id?, key.secret_access_key?)));
    round.credentials = key.ok_or("no access key")?;

    round.row(sts::service(), &sts::GetCallerIdentity::new(), |output| {
        let arn = output.arn.clone().unwrap_or_default();
        ensure(arn.ends_with(&format!(":user/{admin}")), arn)
    });

    for number in 0..5 {
        let name = format!("user-{suffix}-{number}");
        round.row(iam::service(), &iam::CreateUser::new(name.as_str()).path("/team/"), |output| {
            let user = output.user.as_ref().and_then(|user| user.user_name.clone()).unwrap_or_default();
            ensure(user == name, user)
        });
    }
    let listed = round.row(iam::service(), &iam::ListUsers::new().path_prefix("/team/"), |output| {
        let count = output.users.iter().flatten().filter(|user| user.path.as_deref() == Some("/team/")).count();
        ensure(count == 5, format!("{count} users"))
    });
    let users = listed.and_then(|output| output.users).unwrap_or_default();
    let names: Vec<String> = users.into_iter().filter_map(|user| user.user_name).collect();
    // moto ignores MaxItems for users, so the pages are those of policies
    for number in 0..4 {
        round.call(iam::service(), &iam::CreatePolicy::new(format!("page-{suffix}-{number}"), document))?;
    }
    let (mut policies, mut pages, mut marker) = (0, 0, None::<String>);
    loop {
        let mut action = iam::ListPolicies::new().scope("Local").max_items(2);
        if let Some(marker) = marker.take() {
            action = action.marker(marker);
        }
        let page = round.call(iam::service(), &action)?;
        pages += 1;
        policies += page.policies.map_or(0, |policies| policies.len());
        match (page.is_truncated, page.marker) {
            (Some(true), Some(next)) => marker = Some(next),
            _ => break,
        }
    }
    let result = ensure(policies >= 5 && pages >= 3, format!("{policies} policies on {pages} pages"));
    round.rows.push(Row { action: "ListPolicies, by pages", transport: suffix, result });
    for name in &names {
        round.row(iam::service(), &iam::DeleteUser::new(name.as_str()), |_| Ok(format!("{name} deleted")));
    }
    let gone = round.call(iam::service(), &iam::GetUser::new().user_name("nobody"));
    let result = match gone {
        Err(Error::Service(error)) if error.is("NoSuchEntityException") || error.is("NoSuchEntity") => {
            Ok(format!("refused: {} ({:?})", error.code, error.meaning))
        }
        other => Err(format!("{other:?}")),
    };
    round.rows.push(Row { action: "GetUser", transport: suffix, result });

    let images = round.call(ec2::service(REGION), &ec2::DescribeImages::new())?.images;
    let image = images.and_then(|images| images.into_iter().next()).and_then(|image| image.image_id).ok_or("no image")?;
    let run = ec2::RunInstances::new(2, 2).image_id(image.as_str()).instance_type("t2.micro");
    let reservation = round.row(ec2::service(REGION), &run, |output| {
        let count = output.instances.as_ref().map_or(0, Vec::len);
        ensure(count == 2, format!("{count} instances"))
    });
    let ids: Vec<String> =
        reservation.and_then(|r| r.instances).unwrap_or_default().into_iter().filter_map(|i| i.instance_id).collect();
    round.row(ec2::service(REGION), &ec2::DescribeInstances::new().instance_ids(ids.clone()), |output| {
        let instances = output.reservations.iter().flatten().flat_map(|r| r.instances.iter().flatten());
        let states: Vec<String> =
            instances.filter_map(|i| Some(i.state.as_ref()?.name.as_ref()?.to_string())).collect();
        ensure(states == ["running", "running"], states.join(", "))
    });
    round.row(ec2::service(REGION), &ec2::TerminateInstances::new(ids), |output| {
        let count = output.terminating_instances.as_ref().map_or(0, Vec::len);
        ensure(count == 2, format!("{count} instances terminate"))
    });

    let topic = format!("topic-{suffix}");
    let made = round.row(sns::service(REGION), &sns::CreateTopic::new(topic.as_str()), |output| {
        let arn = output.topic_arn.clone().unwrap_or_default();
        ensure(arn.ends_with(&topic), arn)
    });
    let arn = made.and_then(|made| made.topic_arn).unwrap_or_default();
    round.row(sns::service(REGION), &sns::ListTopics::new(), |output| {
        let found = output.topics.iter().flatten().any(|topic| topic.topic_arn.as_deref() == Some(&arn));
        ensure(found, format!("{} topics", output.topics.as_ref().map_or(0, Vec::len)))
    });
    round.row(sns::service(REGION), &sns::Publish::new(TEXT).topic_arn(arn.as_str()), |output| {
        let id = output.message_id.clone().unwrap_or_default();
        ensure(!id.is_empty(), "published")
    });

    round.credentials = Credentials::new(round.credentials.id(), "a-wrong-secret");
    let refused = round.call(iam::service(), &iam::ListUsers::new());
    let result = match refused {
        Err(Error::Service(error)) if error.meaning == callsheet::schema::Meaning::Auth => Ok(format!("refused: {}", error.code)),
        other => Err(format!("a wrong secret gave {other:?}")),
    };
    round.rows.push(Row { action: "ListUsers, wrong secret", transport: suffix, result });
    Ok(round.rows)
}

/// Without a blank: moto verifies the body as it would have written it itself, with `+` for a blank, and not the body that was sent.
const TEXT: &str = "hello,wörld&<all>";

/// Rows of one round.
const ROWS: usize = 21;

fn run(url: &str) -> Result<bool, Box<dyn StdError>> {
    let mut rows = round(Ureq, url)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    rows.extend(round(Hyper(runtime), url)?);
    println!("| action | transport | result |\n| --- | --- | --- |");
    for row in &rows {
        let result = match &row.result {
            Ok(text) => format!("ok: {text}"),
            Err(text) => format!("FAILED: {text}"),
        };
        println!("| {} | {} | {result} |", row.action, row.transport);
    }
    let failed = rows.iter().filter(|row| row.result.is_err()).count();
    println!("{} passed, {failed} failed", rows.len() - failed);
    if rows.len() != 2 * ROWS {
        println!("expected {} rows, found {}", 2 * ROWS, rows.len());
    }
    Ok(failed == 0 && rows.len() == 2 * ROWS)
}

fn main() -> ExitCode {
    let Some(url) = std::env::args().nth(1) else {
        eprintln!("usage: callsheet-moto http://127.0.0.1:5000");
        return ExitCode::from(2);
    };
    match run(url.trim_end_matches('/')) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
