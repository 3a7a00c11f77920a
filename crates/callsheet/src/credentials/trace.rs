//! What is told to `tracing`, if its feature is on: where credentials were found, or that there are none. Never what they are.

use chrono::{DateTime, Utc};

/// `place` is asked for only if somebody may listen.
pub(super) fn found(title: &str, place: impl FnOnce() -> String, expires: Option<DateTime<Utc>>) {
    #[cfg(feature = "tracing")]
    tracing::debug!(
        target: "callsheet::credentials",
        title,
        place = place(),
        expires = expires.map(tracing::field::display),
        "found"
    );
    #[cfg(not(feature = "tracing"))]
    {
        let _ = (title, place, expires);
    }
}

pub(super) fn missing(title: &str, looked_for: &[String]) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "callsheet::credentials", title, looked_for = looked_for.join("; "), "none found");
    #[cfg(not(feature = "tracing"))]
    {
        let _ = (title, looked_for);
    }
}
