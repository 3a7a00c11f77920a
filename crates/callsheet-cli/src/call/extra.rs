//! `--param` and `--header`: what they cannot be, since the request says it already.

use callsheet::schema::{Field, Kind, NamePlace, Operation};
use callsheet::service::OF_TRANSPORTS;
use callsheet::sign::Scheme;

use crate::exit::Failure;

/// Refuses a further parameter that the spec knows, or that says how the call is made: it would be sent twice.
pub(super) fn refuse_parameter(name: &str, operation: &Operation) -> Result<(), Failure> {
    let api = operation.api;
    let refused = |why: &str| Failure::usage(format!("--param {name}: {why}; nothing was sent"));
    let known = operation.input.fields().iter().chain(api.common).find(|field| is_sent_as(field, name));
    if let Some(field) = known {
        let example = if name == field.send { format!("{}=VALUE", field.name) } else { format!("{name}=VALUE") };
        return Err(refused("the spec knows this parameter")
            .hint(format!("give it without --param: {example}; --unchecked leaves its rules to the service")));
    }
    if matches!(api.request.action, NamePlace::Parameter(action) if action == name) {
        return Err(refused("it names the action").hint("the action is the word behind the service"));
    }
    if api.request.fixed.iter().any(|(fixed, _)| *fixed == name) {
        return Err(refused("it is the same in every call of this service, and is sent already"));
    }
    match api.sign.scheme() {
        Scheme::ParameterHmac(scheme) => {
            let temporary = scheme.temporary.iter();
            let constants = scheme.constants.iter().chain(temporary.clone().flat_map(|temporary| temporary.constants));
            let mut names = [scheme.key_id, scheme.time_stamp, scheme.signature]
                .into_iter()
                .chain(temporary.map(|temporary| temporary.token))
                .chain(constants.map(|(name, _)| *name));
            match names.any(|own| own == name) {
                true => Err(refused("it is part of the signature, which is made from the credentials")),
                false => Ok(()),
            }
        }
        Scheme::None | Scheme::SigV4(_) | Scheme::AwsV2(_) => Ok(()),
    }
}

/// Whether a parameter is that of a field, as the spec calls it or as it is sent: `instances`, `instances.1`.
fn is_sent_as(field: &Field, name: &str) -> bool {
    let is_whole = |own: &str| own == name;
    let is_part = |own: &str| name.strip_prefix(own).is_some_and(|rest| rest.starts_with('.'));
    let has_parts = matches!(field.kind, Kind::List(_) | Kind::Map(_) | Kind::Record(_));
    [field.name, field.send].into_iter().any(|own| is_whole(own) || has_parts && is_part(own))
}

/// Refuses a further header that the request has already, or that would break it.
pub(super) fn refuse_header(name: &str, operation: &Operation) -> Result<(), Failure> {
    let api = operation.api;
    let name = name.to_ascii_lowercase();
    let refused = |why: &str| Failure::usage(format!("--header {name}: {why}; nothing was sent"));
    match name.as_str() {
        "host" => Err(refused("it is that of the endpoint").hint("--endpoint says where the request goes")),
        "content-length" | "transfer-encoding" => Err(refused("it follows from what is sent")),
        name if OF_TRANSPORTS.contains(&name) => Err(refused("it is about the connection, not about the request")),
        name if api.sign.headers().contains(&name) => {
            Err(refused("the signature of the request sets it, from the credentials"))
        }
        _ if matches!(api.request.action, NamePlace::Header(action) if action.eq_ignore_ascii_case(&name)) => {
            Err(refused("it names the action").hint("the action is the word behind the service"))
        }
        _ if api.request.headers.iter().any(|(fixed, _)| fixed.eq_ignore_ascii_case(&name)) => {
            Err(refused("it is the same in every call of this service, and is sent already"))
        }
        _ => Ok(()),
    }
}
