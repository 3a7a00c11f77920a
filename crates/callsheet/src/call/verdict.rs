//! Which failures are worth a repetition.

use crate::error::{Delivery, Error, ServiceError, TransportKind};
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
        Error::Service(error) => again(repeatable || refused(error)),
        Error::Answer(answer) => again(repeatable || answer.status == 429),
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

/// Whether the service says that it turned the request away before acting on it: by a documented code or by status 429.
///
/// A code that nobody documented proves nothing, not even beside a `Retry-After`, which makes a failure
/// [throttled](Meaning::Throttled) and so worth a repetition. Status 429 says that requests come too fast, which is counted before
/// anything is done. Status 503 says only that the service cannot answer now, which it may notice half way, and other statuses say
/// less: what must not be received twice is not sent again then.
fn refused(error: &ServiceError) -> bool {
    let documented =
        |word: &str| error.api.errors.codes.iter().any(|known| known.code == word && known.means == Meaning::Throttled);
    error.status == 429 || documented(&error.code) || documented(&error.kind)
}
