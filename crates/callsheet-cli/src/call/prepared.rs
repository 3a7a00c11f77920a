//! A call that can be made: its parameters are read, and checked.

use callsheet::error::Violation;
use callsheet::{Error, Options, Service};
use callsheet_dynamic::{DynRecord, Entry};
use chrono::{DateTime, Utc};

use super::parameters::{self, see};
use crate::args::Call;
use crate::exit::{Failure, warn};

/// A call whose parameters are read.
pub(super) struct Prepared<'a> {
    pub(super) entry: Entry<'a>,
    pub(super) input: DynRecord,
    /// What is sent beside the parameters, but for an idempotency token.
    pub(super) options: Options,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(args: &Call, entry: Entry<'a>) -> Result<Self, Failure> {
        Ok(Self { entry, input: parameters::input(args, entry)?, options: parameters::options(args, entry)? })
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

/// Says which rules are broken.
pub(super) fn tell(warnings: &[Violation]) {
    warnings.iter().for_each(|warning| warn(warning.to_string()));
}
