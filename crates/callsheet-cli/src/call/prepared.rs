//! A call that can be made: its parameters are read and checked.

use callsheet::error::Violation;
use callsheet::{Error, Options, Service};
use callsheet_dynamic::{DynRecord, Entry};
use chrono::{DateTime, Utc};

use super::connect;
use super::parameters::{self, see};
use crate::args::Call;
use crate::exit::{Failure, warn};

/// A call that can be made.
pub(crate) struct Prepared<'a> {
    pub(crate) entry: Entry<'a>,
    /// Without credentials.
    pub(super) service: Service,
    pub(crate) input: DynRecord,
    /// What is sent beside the parameters, but for an idempotency token.
    pub(super) options: Options,
    /// Rules that are broken and stop nothing.
    warnings: Vec<Violation>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(args: &Call, entry: Entry<'a>, now: DateTime<Utc>) -> Result<Self, Failure> {
        let input = parameters::input(args, entry)?;
        let service = connect::unsigned(args, entry);
        let violations = service.check(&input, now);
        let (mut warnings, errors): (Vec<Violation>, Vec<Violation>) =
            violations.into_iter().partition(|violation| violation.warning || args.unchecked);
        if !errors.is_empty() {
            return Err(Failure::from(Error::Invalid(errors)).hint(see(entry)));
        }
        // the test server's examples are of any age: what depends on the clock means nothing to it
        warnings.retain(|violation| !(args.mock && violation.warning));
        Ok(Self { entry, service, input, options: parameters::options(args)?, warnings })
    }

    /// Says which rules are broken.
    pub(super) fn warn(&self) {
        self.warnings.iter().for_each(|warning| warn(warning.to_string()));
    }
}
