//! Credentials come from where the spec says: the environment, the vendor's configuration files, the metadata address of an
//! instance. Never from arguments.

use callsheet::Credentials;
use callsheet::credentials::Provider;
use callsheet_dynamic::Entry;

use crate::exit::Failure;

/// Looks where the spec says.
pub(crate) fn provider(entry: Entry<'_>, profile: Option<&str>) -> Provider {
    let provider = Provider::of(entry.api()).title(&entry.service_model.title);
    match profile {
        Some(profile) => provider.profile(profile),
        None => provider,
    }
}

/// Finds credentials: the first complete set wins.
pub(crate) fn find(entry: Entry<'_>, profile: Option<&str>) -> Result<Credentials, Failure> {
    callsheet_ureq::look_up(&mut provider(entry, profile)).map_err(|error| missing(error.into()))
}

/// Adds what can be done without any.
pub(crate) fn missing(failure: Failure) -> Failure {
    failure.hint("--mock calls the built-in test server, which needs none")
}
