//! Which failures are worth a repetition.

use crate::error::{Delivery, Error, TransportKind};
use crate::schema::Meaning;

/// What a failure means for the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There must be none.
    Final,
    /// At once, with another time stamp.
    Resign,
    /// After a while.
    Again,
    /// After a while, and it costs more: timeouts hold on to a connection for long.
    AgainAfterTimeout,
}

/// Judges a failure. `repeatable`: the service may receive the request twice.
pub(crate) fn verdict(error: &Error, repeatable: bool) -> Verdict {
    if !error.is_retryable() {
        return Verdict::Final;
    }
    match error {
        // a wrong time stamp is found before anything is done
        Error::Service(error) if error.meaning == Meaning::Skewed => Verdict::Resign,
        Error::Service(_) | Error::Answer(_) => again(repeatable || !error.may_have_been_done()),
        Error::Transport(error) => match (error.kind, error.delivery) {
            (_, Delivery::Maybe) if !repeatable => Verdict::Final,
            (TransportKind::Timeout, _) => Verdict::AgainAfterTimeout,
            _ => Verdict::Again,
        },
        _ => Verdict::Final,
    }
}

fn again(allowed: bool) -> Verdict {
    if allowed { Verdict::Again } else { Verdict::Final }
}
