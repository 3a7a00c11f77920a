//! A call that can be made: its parameters are read, and checked.

use std::path::Path;

use callsheet::error::Violation;
use callsheet::{Error, Options, Service};
use callsheet_dynamic::{DynRecord, Entry};
use chrono::{DateTime, Utc};

use super::parameters::{self, see};
use crate::args::Call;
use crate::exit::{Failure, warn};
use crate::preview;

/// A call whose parameters are read.
pub(super) struct Prepared<'a> {
    pub(super) entry: Entry<'a>,
    pub(super) input: DynRecord,
    /// What is sent beside the parameters, but for an idempotency token.
    pub(super) options: Options,
    /// The options by which another command reaches the same place.
    pub(super) place: String,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(args: &Call, folder: Option<&Path>, entry: Entry<'a>) -> Result<Self, Failure> {
        Ok(Self {
            entry,
            input: parameters::input(args, entry)?,
            options: parameters::options(args, entry)?,
            place: place(args, folder),
        })
    }

    /// Checks the parameters of calls that will be made to a service, with what it adds to them. Gives what is amiss and stops nothing.
    pub(super) fn check(
        &self,
        args: &Call,
        service: &Service,
        inputs: &[DynRecord],
        now: DateTime<Utc>,
    ) -> Result<Vec<Violation>, Failure> {
        let mut violations: Vec<Violation> = Vec::new();
        for violation in inputs.iter().flat_map(|input| service.check(input, now)) {
            // the calls have most parameters in common
            if !violations.contains(&violation) {
                violations.push(violation);
            }
        }
        let (mut warnings, errors): (Vec<Violation>, Vec<Violation>) =
            violations.into_iter().partition(|violation| violation.warning || args.unchecked);
        if !errors.is_empty() {
            return Err(Failure::from(Error::Invalid(errors)).hint(see(self.entry)));
        }
        // the test server's examples are of any age: what depends on the clock means nothing to it
        warnings.retain(|violation| !(args.mock && violation.warning));
        Ok(warnings)
    }
}

/// The options of a command that say where a call goes and who calls, for another command.
fn place(args: &Call, folder: Option<&Path>) -> String {
    let mut text = String::new();
    let mut add = |option: &str, value: &str| {
        let value = preview::quoted(value).unwrap_or_else(|_| value.to_owned());
        text.push_str(&format!(" --{option} {value}"));
    };
    let folder = folder.map(|folder| folder.display().to_string());
    let ca_cert = args.ca_cert.as_ref().map(|path| path.display().to_string());
    for (option, value) in [
        ("specs", &folder),
        ("region", &args.region),
        ("endpoint", &args.endpoint),
        ("profile", &args.profile),
        ("ca-cert", &ca_cert),
    ] {
        if let Some(value) = value {
            add(option, value);
        }
    }
    args.headers.iter().for_each(|header| add("header", header));
    for (option, is_set) in [(" --allow-http", args.allow_http), (" --mock", args.mock)] {
        text.push_str(if is_set { option } else { "" });
    }
    text
}

/// Says which rules are broken.
pub(super) fn tell(warnings: &[Violation]) {
    warnings.iter().for_each(|warning| warn(warning.to_string()));
}
