//! `callsheet serve`

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use callsheet::decode::Answer;
use callsheet_dynamic::{Catalog, Entry};
use callsheet_mock::{Config, Fault, Recorded, Server};
use callsheet_spec::model::{Example, Service};
use chrono::{DateTime, Utc};
use http::HeaderMap;

use crate::args::Serve;
use crate::exit::{Code, Failure, note, say};
use crate::terminal::{self, NAME, clean};
use crate::{preview, show, specs};

pub(crate) fn run(args: &Serve, folder: Option<&Path>) -> Result<(), Failure> {
    let catalog = Arc::new(specs::catalog(folder)?);
    let server = Server::start(Arc::clone(&catalog), config(args, &catalog)?)
        .map_err(|error| Failure::new(Code::Network, format!("{}: {error}", args.listen)))?;
    terminal::print(&welcome(&server, &catalog, folder)?)?;
    // the server's threads answer until the process is ended
    loop {
        std::thread::park();
    }
}

fn config(args: &Serve, catalog: &Catalog) -> Result<Config, Failure> {
    let mut config = Config::default().address(address(&args.listen)?);
    for rule in &args.faults {
        config = config.fault(rule.parse::<Fault>().map_err(|error| Failure::usage(error.to_string()))?);
    }
    config.check(catalog).map_err(|error| Failure::usage(error.to_string()))?;
    for (code, close) in config.faults.iter().filter_map(|fault| fault.undocumented_code(catalog)) {
        let close = close.map(|close| format!("; did you mean {close}?")).unwrap_or_default();
        note(format!("code({code}) is answered, though no spec documents it{close}"));
    }
    if args.unverified {
        config = config.unverified();
    }
    if args.strict {
        config = config.strict();
    }
    if !args.quiet {
        config = config.observer(|request| say(&told(request)));
    }
    Ok(config)
}

/// `GET GetBandwidth 503 error SlowDown, fault throttle(2)`
fn told(request: &Recorded) -> String {
    let what = if request.action.is_empty() { request.uri.path() } else { request.action.as_str() };
    let status = if request.status == 0 { "-".to_owned() } else { request.status.to_string() };
    let more: Vec<String> = [("error", &request.code), ("fault", &request.fault)]
        .into_iter()
        .filter_map(|(word, said)| said.as_ref().map(|said| format!("{word} {said}")))
        .collect();
    // names of actions and codes come from outside
    let line = format!("{} {what} {status} {}", request.method, more.join(", "));
    format!("{}\n", clean(line.trim_end()))
}

/// What is printed at the start: where it listens, and how to call it.
fn welcome(server: &Server, catalog: &Catalog, folder: Option<&Path>) -> Result<String, Failure> {
    let key = Config::test_credentials();
    let others = match server.address().ip().is_unspecified() {
        true => " and every other address of this machine",
        false => "",
    };
    let mut text = format!("Listening at {NAME}{}{NAME:#}{others}; Ctrl-C ends it.\n", server.url());
    text.push_str(&format!("Credentials: id {}, secret {}\n", key.id(), key.secret()));
    for service in catalog.services() {
        text.push_str(&format!("\n{}:\n", service.title));
        if let Some(names) = service.groups.first().and_then(|group| group.settings.credentials.env.first()) {
            let (id, secret) = (preview::quoted(key.id())?, preview::quoted(key.secret())?);
            text.push_str(&format!("  export {}={id} {}={secret}\n", names.id, names.secret));
        }
        if let Some(call) = call(server, catalog, service)? {
            let specs = match folder {
                Some(folder) => format!(" --specs {}", preview::quoted(&folder.display().to_string())?),
                None => String::new(),
            };
            text.push_str(&format!("  callsheet{specs} call {call}\n"));
        }
    }
    Ok(text)
}

/// A call of a service that works: the shortest of the examples that read something and break no rule.
fn call(server: &Server, catalog: &Catalog, service: &Service) -> Result<Option<String>, Failure> {
    let Ok(entries) = catalog.actions(&service.id) else { return Ok(None) };
    let now = SystemTime::now().into();
    let mut best: Option<(Entry<'_>, &Example)> = None;
    for entry in entries.filter(|entry| entry.operation.safe) {
        for example in entry.action.examples.iter().filter(|example| works(entry, example, now)) {
            if best.is_none_or(|(_, known)| example.request.len() < known.request.len()) {
                best = Some((entry, example));
            }
        }
    }
    let ip = server.address().ip();
    let allow_http = if ip.is_loopback() || ip.is_unspecified() { "" } else { " --allow-http" };
    let Some((entry, example)) = best else {
        // nothing is known that would work without a look at the parameters
        let path = catalog.actions(&service.id).ok().and_then(|mut entries| entries.next());
        let path = path.map_or("/", |entry| entry.endpoint_path());
        return Ok(Some(format!("{} ACTION ... --endpoint {}{path}{allow_http}", service.id, server.url())));
    };
    let mut line = format!("{} {}", service.id, entry.action.name);
    for (name, value) in &example.request {
        line.push_str(&format!(" {name}={}", preview::quoted(&show::argument(value))?));
    }
    line.push_str(&format!(" --endpoint {}{allow_http}", server.endpoint(&entry)));
    Ok(Some(line))
}

fn works(entry: Entry<'_>, example: &Example, now: DateTime<Utc>) -> bool {
    let (Ok(input), Some(response)) = (entry.example_input(example), &example.response) else { return false };
    let service = entry.service("");
    let headers = HeaderMap::new();
    let answer = Answer { status: example.status, headers: &headers, body: response.text.as_bytes() };
    service.check(&input, now).is_empty() && service.response_of(entry.operation, answer, &mut entry.output()).is_ok()
}

fn address(text: &str) -> Result<SocketAddr, Failure> {
    let addresses = text.to_socket_addrs().map(|mut addresses| addresses.next());
    match addresses {
        Ok(Some(address)) => Ok(address),
        Ok(None) => Err(Failure::usage(format!("--listen {text}: the name has no address"))),
        Err(error) => {
            Err(Failure::usage(format!("--listen {text}: {error}")).hint("an address looks like 127.0.0.1:8787"))
        }
    }
}
