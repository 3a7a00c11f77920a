//! Names that a spec can have.

use std::collections::HashSet;

use crate::model::Metadata;

/// Names of the fields of a structure, from those of its members.
///
/// A field keeps its member's name unless that is no name for a field, or would be the same as another one's in Rust
/// (`Ebs` and `EBS`): then a number is added.
pub fn fields<'a>(members: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    members
        .into_iter()
        .map(|member| distinct(sound(member, ".-", "field"), |name| taken.insert(folded(name))))
        .collect()
}

/// Names of the types of a model, from those of its shapes: the same, as far as a type can be called that.
pub fn types<'a>(shapes: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |shape| {
        let mut name = sound(shape, "", "Type");
        // the types of the language are in lower case
        if let Some(first) = name.get(..1) {
            let first = first.to_ascii_uppercase();
            name.replace_range(..1, &first);
        }
        distinct(name, |name| taken.insert(name.to_owned()))
    };
    shapes.into_iter().map(name).collect()
}

/// The id of a service: its folder, and its module in Rust.
pub(crate) fn service(metadata: &Metadata) -> String {
    let name = metadata.service_id.as_deref().or(metadata.endpoint_prefix.as_deref()).unwrap_or("service");
    let mut id = String::new();
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => id.push(c.to_ascii_lowercase()),
            _ if id.ends_with('_') || id.is_empty() => {}
            _ => id.push('_'),
        }
    }
    let id = id.trim_end_matches('_');
    if id.starts_with(|c: char| c.is_ascii_lowercase()) { id.to_owned() } else { format!("service_{id}") }
}

/// Letters, digits, underscores and `also`, with a letter or underscore first.
fn sound(name: &str, also: &str, prefix: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || also.contains(c) { c } else { '_' }).collect();
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts && name.contains(|c: char| c.is_ascii_alphanumeric()) { name } else { format!("{prefix}_{name}") }
}

/// As the loader and the generator see it: names that differ in nothing else are one in Rust.
fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn distinct(name: String, mut take: impl FnMut(&str) -> bool) -> String {
    if take(&name) {
        return name;
    }
    (2..).map(|number| format!("{name}_{number}")).find(|name| take(name)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sound_and_distinct() {
        assert_eq!(
            fields(["Ebs", "EBS", "type", "2fa", "a:b", "e-b-s", ""]),
            ["Ebs", "EBS_2", "type", "field_2fa", "a_b", "e-b-s_3", "field_"]
        );
    }

    #[test]
    fn types_are_not_those_of_the_language() {
        assert_eq!(
            types(["string", "String", "__listOf__string", "a.b"]),
            ["String", "String_2", "__listOf__string", "A_b"]
        );
    }

    #[test]
    fn services_are_modules() {
        let service = |id: &str| super::service(&Metadata { service_id: Some(id.to_owned()), ..Metadata::default() });
        assert_eq!(
            ["EC2", "Query Compatible JSON RPC 10", "2fa"].map(service),
            ["ec2", "query_compatible_json_rpc_10", "service_2fa"]
        );
    }
}
