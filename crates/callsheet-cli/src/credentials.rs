//! Credentials come from where the spec says: the environment, the vendor's configuration files, the metadata address of an
//! instance. Never from arguments.

use callsheet::credentials::Provider;
use callsheet::{Credentials, Service};
use callsheet_dynamic::Entry;

use crate::args::Call;
use crate::exit::{Failure, note};

/// Looks where the spec says.
pub(crate) fn provider(entry: Entry<'_>, profile: Option<&str>) -> Provider {
    let provider = Provider::of(entry.api()).title(&entry.service_model.title);
    match profile {
        Some(profile) => provider.profile(profile),
        None => provider,
    }
}

/// Gives a service credentials, and what stands beside them but for what was set before: the first complete set wins.
pub(crate) fn complete(service: Service, args: &Call, entry: Entry<'_>) -> Result<Service, Failure> {
    let mut provider = provider(entry, args.profile.as_deref());
    let credentials = look_up(&mut provider, args, entry)?;
    Ok(service.configured(provider.settings()).credentials(credentials))
}

/// Looks credentials up, and tells if they lead to another endpoint than the documented one: nobody may take one for the other.
pub(crate) fn look_up(provider: &mut Provider, args: &Call, entry: Entry<'_>) -> Result<Credentials, Failure> {
    let credentials = callsheet_ureq::look_up(provider, Some(args.timeout)).map_err(|error| missing(error.into()))?;
    let usual = entry.api().endpoint;
    if args.endpoint.is_none()
        && let Some(endpoint) = provider.settings().endpoint(usual)
        && host_of(&endpoint) != host_of(usual)
    {
        let from = provider.settings().endpoint_from();
        note(format!("the endpoint is {endpoint}, as {from} says; --endpoint sets another"));
    }
    Ok(credentials)
}

/// Scheme, host and port.
fn host_of(url: &str) -> Vec<&str> {
    url.split('/').take(3).collect()
}

/// Adds what can be done without any.
fn missing(failure: Failure) -> Failure {
    failure.hint("--mock calls the built-in test server, which needs none")
}
