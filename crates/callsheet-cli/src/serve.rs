//! `callsheet serve`

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;

use callsheet_mock::{Config, Fault, Server};

use crate::args::Serve;
use crate::exit::{Code, Failure};
use crate::terminal::{self, NAME};
use crate::{preview, specs};

pub(crate) fn run(args: &Serve, folder: Option<&Path>) -> Result<(), Failure> {
    let catalog = Arc::new(specs::catalog(folder)?);
    let mut config = Config::default().address(address(&args.listen)?);
    for rule in &args.faults {
        config = config.fault(rule.parse::<Fault>().map_err(|error| Failure::usage(error.to_string()))?);
    }
    if args.unverified {
        config = config.unverified();
    }
    if args.strict {
        config = config.strict();
    }
    let server = Server::start(Arc::clone(&catalog), config)
        .map_err(|error| Failure::new(Code::Network, format!("{}: {error}", args.listen)))?;
    let key = Config::test_credentials();
    let mut text = format!("Listening at {NAME}{}{NAME:#}; Ctrl-C ends it.\n", server.url());
    text.push_str(&format!("Credentials: id {}, secret {}\n", key.id(), key.secret()));
    for service in catalog.services() {
        let Some(names) = service.groups.first().and_then(|group| group.settings.credentials.env.first()) else {
            continue;
        };
        let (id, secret) = (preview::quoted(key.id())?, preview::quoted(key.secret())?);
        text.push_str(&format!("For {}: export {}={id} {}={secret}\n", service.id, names.id, names.secret));
    }
    for entry in catalog.entries().take(1) {
        let url = server.url();
        let (url, path) = (url.trim_end_matches('/'), entry.endpoint_path());
        let (service, action) = (&entry.service_model.id, &entry.action.name);
        text.push_str(&format!("Then: callsheet call {service} {action} ... --endpoint {url}{path}\n"));
    }
    terminal::print(&text)?;
    // the server's threads answer until the process is ended
    loop {
        std::thread::park();
    }
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
