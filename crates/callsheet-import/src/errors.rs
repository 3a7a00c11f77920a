//! Error codes, and a guess of what they mean.

use std::collections::HashSet;

use indexmap::IndexSet;

use crate::model::{Exception, Model};

/// A code of `[errors.codes]`.
#[derive(Debug)]
pub(crate) struct Code<'a> {
    pub(crate) code: &'a str,
    pub(crate) means: &'static str,
    pub(crate) status: Option<u16>,
    /// The shape of its members; codes that every service has are without.
    pub(crate) shape: Option<&'a str>,
}

/// Codes that any of these services may answer with and that no model lists, with their meaning.
const COMMON: [(&str, &str); 31] = [
    ("AccessDenied", "denied"),
    ("AccessDeniedException", "denied"),
    ("AuthFailure", "auth"),
    ("BandwidthLimitExceeded", "throttled"),
    ("ExpiredToken", "auth"),
    ("ExpiredTokenException", "auth"),
    ("IncompleteSignature", "auth"),
    ("InternalError", "transient"),
    ("InternalFailure", "transient"),
    ("InvalidAction", "invalid"),
    ("InvalidClientTokenId", "auth"),
    ("InvalidParameterValue", "invalid"),
    ("InvalidSignatureException", "auth"),
    ("MissingAuthenticationToken", "auth"),
    ("MissingParameter", "invalid"),
    ("OptInRequired", "denied"),
    ("RequestExpired", "skewed"),
    ("RequestInTheFuture", "skewed"),
    ("RequestLimitExceeded", "throttled"),
    ("RequestThrottled", "throttled"),
    ("RequestTimeTooSkewed", "skewed"),
    ("ServiceUnavailable", "transient"),
    ("SignatureDoesNotMatch", "auth"),
    ("SlowDown", "throttled"),
    ("ThrottledException", "throttled"),
    ("Throttling", "throttled"),
    ("ThrottlingException", "throttled"),
    ("TooManyRequestsException", "throttled"),
    ("UnauthorizedOperation", "denied"),
    ("UnrecognizedClientException", "auth"),
    ("ValidationError", "invalid"),
];

/// What a shape says that an operation calls an error, and that says nothing of it itself.
static PLAIN: Exception =
    Exception { code: None, status: None, is_sender_fault: false, is_server_fault: false, retryable: None };

/// Every code of a service: those of the model, then those that every service has.
///
/// A code belongs to the shape that claims it, or else to the shape of that name; to the errors of operations first.
pub(crate) fn codes(model: &Model) -> Vec<Code<'_>> {
    let listed = model.operations.values().flat_map(|operation| &operation.errors);
    let told = model.shapes.iter().filter(|(_, shape)| shape.exception.is_some()).map(|(name, _)| name);
    let shapes: IndexSet<&str> = listed.chain(told).map(String::as_str).collect();
    let exceptions: Vec<(&str, &Exception)> = shapes
        .into_iter()
        .map(|name| (name, model.shapes.get(name).and_then(|shape| shape.exception.as_ref()).unwrap_or(&PLAIN)))
        .collect();
    let claimed: HashSet<&str> = exceptions.iter().filter_map(|(_, exception)| exception.code.as_deref()).collect();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut codes: Vec<Code<'_>> = Vec::new();
    for (shape, exception) in exceptions {
        let code = exception.code.as_deref().filter(|code| !code.is_empty());
        let name = Some(shape).filter(|name| code.is_none() || !claimed.contains(*name));
        for code in code.into_iter().chain(name) {
            if seen.insert(code) {
                codes.push(Code { code, means: means(code, exception), status: exception.status, shape: Some(shape) });
            }
        }
    }
    let common = COMMON.into_iter().filter(|(code, _)| !seen.contains(code));
    codes.extend(common.map(|(code, means)| Code { code, means, status: None, shape: None }));
    codes
}

/// Words in codes and what they mean; the first that occurs decides.
const WORDS: [(&str, &str); 45] = [
    ("Throttl", "throttled"),
    ("TooManyRequests", "throttled"),
    ("RequestLimitExceeded", "throttled"),
    ("ThroughputExceeded", "throttled"),
    ("SlowDown", "throttled"),
    ("RateExceeded", "throttled"),
    ("LimitExceeded", "quota"),
    ("LimitsExceeded", "quota"),
    ("LimitReached", "quota"),
    ("Quota", "quota"),
    ("TooMany", "quota"),
    ("InsufficientCapacity", "quota"),
    ("Insufficient", "quota"),
    ("NotFound", "not-found"),
    ("NoSuch", "not-found"),
    ("DoesNotExist", "not-found"),
    ("NonExistent", "not-found"),
    ("NotExist", "not-found"),
    ("AlreadyExist", "conflict"),
    ("Conflict", "conflict"),
    ("Duplicate", "conflict"),
    ("InUse", "conflict"),
    ("Exists", "conflict"),
    ("ConcurrentModification", "conflict"),
    ("Concurrent", "conflict"),
    ("ExpiredToken", "auth"),
    ("Unauthorized", "denied"),
    ("NotAuthorized", "denied"),
    ("AccessDenied", "denied"),
    ("Denied", "denied"),
    ("Forbidden", "denied"),
    ("NotAllowed", "denied"),
    ("Disabled", "denied"),
    ("State", "denied"),
    ("InternalServer", "transient"),
    ("InternalError", "transient"),
    ("InternalFailure", "transient"),
    ("ServiceFailure", "transient"),
    ("Unavailable", "transient"),
    ("Timeout", "transient"),
    ("Invalid", "invalid"),
    ("Malformed", "invalid"),
    ("Missing", "invalid"),
    ("Validation", "invalid"),
    ("Unsupported", "invalid"),
];

/// What an error means for the caller, as far as its code, status and traits tell.
fn means(code: &str, exception: &Exception) -> &'static str {
    match exception.retryable {
        Some(true) => return "throttled",
        Some(false) => return "transient",
        None => {}
    }
    if let Some((_, means)) = COMMON.iter().find(|(common, _)| *common == code) {
        return means;
    }
    if let Some((_, means)) = WORDS.iter().find(|(word, _)| code.contains(word)) {
        return means;
    }
    match exception.status {
        Some(401) => "auth",
        Some(403) => "denied",
        Some(404) => "not-found",
        Some(409) => "conflict",
        Some(429) => "throttled",
        Some(500..) => "transient",
        Some(400..) => "invalid",
        _ if exception.is_server_fault => "transient",
        _ if exception.is_sender_fault => "invalid",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_are_guessed() {
        let exception = |status, retryable| Exception {
            code: None,
            status,
            is_sender_fault: false,
            is_server_fault: false,
            retryable,
        };
        let of = |code: &str| means(code, &exception(Some(400), None));
        assert_eq!(
            [
                "ThrottlingException",
                "NoSuchEntity",
                "EntityAlreadyExists",
                "LimitExceeded",
                "DBInstanceNotFound",
                "MalformedPolicyDocument",
                "Foo"
            ]
            .map(of),
            ["throttled", "not-found", "conflict", "quota", "not-found", "invalid", "invalid"]
        );
        assert_eq!(means("Foo", &exception(Some(503), None)), "transient");
        assert_eq!(means("Foo", &exception(Some(400), Some(true))), "throttled");
        assert_eq!(means("Foo", &exception(None, None)), "other");
        assert!(COMMON.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
