//! Whom a call reaches, and how: the service with its credentials, the test server in its place, the client.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callsheet::Service;
use callsheet::call::{Quota, RetryPolicy};
use callsheet::credentials::Provider;
use callsheet::decode::Limits;
use callsheet::sign::Scheme;
use callsheet_dynamic::{Catalog, Entry};
use callsheet_mock::{Config, Server};
use callsheet_ureq::{Builder, Client};

use crate::args::Call;
use crate::credentials;
use crate::exit::{Code, Failure, note, warn};

/// The service with its credentials. The test server takes its own only.
pub(super) fn signed(args: &Call, entry: Entry<'_>) -> Result<Service, Failure> {
    let service = unsigned(args, entry);
    if args.mock {
        return Ok(service.credentials(Config::test_credentials()));
    }
    if matches!(entry.api().sign.scheme(), Scheme::None) {
        return Ok(service);
    }
    credentials::complete(service, args, entry)
}

/// A client for one call.
pub(super) fn once(args: &Call, catalog: &Arc<Catalog>, entry: Entry<'_>) -> Result<Connected, Failure> {
    let start = Instant::now();
    let (service, server) = with_mock(args, catalog, entry, signed(args, entry)?)?;
    // one time for both; in tenths of a second, so that a look at a file does not show in messages
    let tenths = start.elapsed().as_millis() / 100;
    let passed = Duration::from_millis(u64::try_from(tenths * 100).unwrap_or(u64::MAX));
    let builder = builder(args, service)?.overall_timeout(Some(args.timeout.saturating_sub(passed)));
    Ok((built(args, builder)?, server))
}

/// Where the credentials of calls come from that may take hours, looked up once and kept fresh. `None`: there are none.
pub(super) fn provider(args: &Call, entry: Entry<'_>) -> Result<Option<Provider>, Failure> {
    if args.mock || matches!(entry.api().sign.scheme(), Scheme::None) {
        return Ok(None);
    }
    let mut provider = credentials::provider(entry, args.profile.as_deref());
    credentials::look_up(&mut provider, args, entry)?;
    Ok(Some(provider))
}

/// A client for calls that may take hours: they wait for their turn in the quota as long as it takes. Each try has its time all
/// the same.
pub(super) fn many(
    args: &Call,
    catalog: &Arc<Catalog>,
    entry: Entry<'_>,
    provider: Option<Provider>,
    quota: Option<&Quota>,
) -> Result<Connected, Failure> {
    let service = unsigned(args, entry);
    let service = if args.mock { service.credentials(Config::test_credentials()) } else { service };
    let (service, server) = with_mock(args, catalog, entry, service)?;
    let mut builder = builder(args, service)?;
    builder = match quota {
        Some(quota) => builder.overall_timeout(None).quota(quota.clone()),
        None => builder.quota(None),
    };
    if let Some(provider) = provider {
        builder = builder.credentials(provider);
    }
    Ok((built(args, builder)?, server))
}

/// A client, and the test server if that is what it calls: it ends when it is dropped.
pub(super) type Connected = (Client, Option<Server>);

/// The quota that the service documents. The test server is not the account that is counted.
pub(super) fn quota(args: &Call, entry: Entry<'_>) -> Option<Quota> {
    if args.mock { None } else { Quota::of(entry.api()) }
}

/// Refuses a region where there are none, and warns of one that is not documented.
pub(super) fn check_region(args: &Call, entry: Entry<'_>) -> Result<(), Failure> {
    let api = entry.operation.api;
    let Some(region) = args.region.as_deref().filter(|region| !region.is_empty()) else { return Ok(()) };
    let in_endpoint = args.endpoint.as_deref().unwrap_or(api.endpoint).contains("{region}");
    let in_signature = matches!(api.sign.scheme(), Scheme::SigV4(scheme) if scheme.region.is_none());
    if api.regions.is_empty() && !in_endpoint && !in_signature {
        let message = format!(
            "--region: {} has no regions, as far as its spec knows; nothing was sent",
            entry.service_model.title
        );
        let common: Vec<&str> = api.common.iter().map(|field| field.name).collect();
        let failure = Failure::usage(message);
        return Err(match common.as_slice() {
            [] => failure,
            common => failure.hint(format!("parameters that its actions have in common: {}", common.join(", "))),
        });
    }
    if let [usual] = api.regions
        && *usual != region
    {
        // imported specs know the usual region only
        note(format!(
            "the spec of {} names one region, {usual}: {region:?} is taken as it is",
            entry.service_model.title
        ));
    } else if !api.regions.is_empty() && !api.regions.contains(&region) {
        warn(format!("{} documents no region {region:?}; it documents {}", api.title, api.regions.join(", ")));
    }
    Ok(())
}

/// The service with region and endpoint, without credentials.
pub(super) fn unsigned(args: &Call, entry: Entry<'_>) -> Service {
    let service = entry.service(args.region.as_deref().unwrap_or_default());
    let limits = service.current_limits();
    let service = service.limits(Limits { body: args.max_body, ..limits });
    match &args.endpoint {
        Some(endpoint) => service.endpoint(endpoint),
        None => service,
    }
}

/// The service at the test server, if that is asked for.
fn with_mock(
    args: &Call,
    catalog: &Arc<Catalog>,
    entry: Entry<'_>,
    service: Service,
) -> Result<(Service, Option<Server>), Failure> {
    if !args.mock {
        return Ok((service, None));
    }
    let mut config = Config::default();
    // the region that is asked for, of those that no spec knows too: the signature names it
    config.region = args.region.clone().filter(|region| !region.is_empty());
    let server = Server::start(Arc::clone(catalog), config)
        .map_err(|error| Failure::new(Code::Network, format!("the test server cannot be started: {error}")))?;
    // where it answers in place of the action's documented endpoint
    let endpoint = format!("{}{}", server.url().trim_end_matches('/'), entry.endpoint_path());
    Ok((service.endpoint(endpoint), Some(server)))
}

fn builder(args: &Call, service: Service) -> Result<Builder, Failure> {
    let policy =
        RetryPolicy::new().max_attempts(args.attempts).attempt_timeout(Some(args.timeout)).deadline(Some(args.timeout));
    let builder = Client::builder(service)
        .retry(policy)
        .connect_timeout(Some(args.timeout))
        .user_agent(concat!("callsheet/", env!("CARGO_PKG_VERSION")))
        .allow_http(args.allow_http);
    Ok(match &args.ca_cert {
        Some(path) => builder.root_certificates(fs::read(path).map_err(|error| Failure::file(path, &error))?),
        None => builder,
    })
}

/// The client, if its settings can be used.
fn built(args: &Call, builder: Builder) -> Result<Client, Failure> {
    builder.build().map_err(|error| match &args.ca_cert {
        Some(path) => Failure::new(Code::Setup, format!("--ca-cert {}: {error}", path.display())),
        None => error.into(),
    })
}
