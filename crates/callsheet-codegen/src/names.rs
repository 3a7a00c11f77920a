//! Rust names from the names of specs.

use std::collections::HashSet;

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span};
use quote::format_ident;

/// Words whose letters are no word boundaries: `IPv6Address` is `ipv6_address`, not `i_pv6_address`.
const WORDS: [(&str, &str); 4] = [("IPv4", "Ipv4"), ("IPv6", "Ipv6"), ("IoT", "Iot"), ("OAuth", "Oauth")];

fn plain(name: &str) -> String {
    let mut name = name.to_owned();
    for (from, to) in WORDS {
        if name.contains(from) {
            name = name.replace(from, to);
        }
    }
    name
}

/// `BucketName` becomes `bucket_name`.
pub(crate) fn field(name: &str) -> String {
    sound(plain(name).to_snake_case(), "field")
}

/// `low-latency` becomes `LowLatency`.
pub(crate) fn type_or_variant(name: &str) -> String {
    // a sign before a digit is part of the value: "-1" is not "1"
    let name = match name.strip_prefix('-') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => format!("minus {rest}"),
        _ => name.to_owned(),
    };
    // a dot between digits is worth a mark: "1.10" and "11.0" differ
    let mut marked = String::with_capacity(name.len());
    let chars: Vec<char> = name.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        let digit = |j: Option<usize>| j.and_then(|j| chars.get(j)).is_some_and(char::is_ascii_digit);
        match c {
            '.' | '_' | '-' if digit(i.checked_sub(1)) && digit(Some(i + 1)) => marked.push('_'),
            '*' => marked.push_str(" any "),
            '+' => marked.push_str(" plus "),
            _ => marked.push(*c),
        }
    }
    // heck drops the mark, so it is put back between digits by hand
    let mut out = String::new();
    for part in marked.split('_') {
        let camel = plain(part).to_upper_camel_case();
        if out.ends_with(|c: char| c.is_ascii_digit()) && camel.starts_with(|c: char| c.is_ascii_digit()) {
            out.push('_');
        }
        out.push_str(&camel);
    }
    sound(out, "Value")
}

/// `GetBandwidth` becomes `GET_BANDWIDTH`.
pub(crate) fn constant(name: &str) -> String {
    sound(plain(name).to_shouty_snake_case(), "TABLE")
}

/// `oos-iam` becomes `oos_iam`.
pub(crate) fn module(name: &str) -> String {
    field(name)
}

/// Makes a name one that Rust can have: not empty, not beginning with a digit, only letters that identifiers may have.
fn sound(name: String, empty: &str) -> String {
    let name: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    match name.chars().next() {
        None => empty.to_owned(),
        Some(c) if c.is_ascii_digit() => {
            format!("{}{name}", if empty.starts_with(char::is_uppercase) { "V" } else { "n" })
        }
        Some(_) => name,
    }
}

/// An identifier, raw where the name is a keyword.
pub(crate) fn ident(name: &str) -> Ident {
    match name {
        // these cannot be raw
        "self" | "Self" | "super" | "crate" | "_" => format_ident!("{}_", name),
        _ => syn::parse_str::<Ident>(name).unwrap_or_else(|_| {
            syn::parse_str::<Ident>(&format!("r#{name}")).unwrap_or_else(|_| Ident::new("unnamed", Span::call_site()))
        }),
    }
}

/// Names that are all different: a number is added to one that was given before.
#[derive(Default)]
pub(crate) struct Distinct(HashSet<String>);

impl Distinct {
    /// Names that are taken from the beginning.
    pub(crate) fn with(taken: &[&str]) -> Self {
        Self(taken.iter().map(|name| (*name).to_owned()).collect())
    }

    pub(crate) fn add(&mut self, name: String) -> String {
        if self.0.insert(name.clone()) {
            return name;
        }
        (2..)
            .map(|n| {
                if name.ends_with(|c: char| c.is_ascii_digit()) { format!("{name}_{n}") } else { format!("{name}{n}") }
            })
            .find(|name| self.0.insert(name.clone()))
            .unwrap_or(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sound_rust() {
        for (name, want) in [
            ("UploadBW", "upload_bw"),
            ("IPv6Address", "ipv6_address"),
            ("type", "type"),
            ("", "field"),
            ("2fa", "n2fa"),
            ("DBInstanceARN", "db_instance_arn"),
        ] {
            assert_eq!(field(name), want);
        }
        for (name, want) in [
            ("t2.micro", "T2Micro"),
            ("5m", "V5m"),
            ("done with failure", "DoneWithFailure"),
            ("1.10", "V1_10"),
            ("11.0", "V11_0"),
            ("-1", "Minus1"),
            ("aws:kms", "AwsKms"),
            ("*", "Any"),
        ] {
            assert_eq!(type_or_variant(name), want);
        }
        assert_eq!(ident("type").to_string(), "r#type");
        assert_eq!(ident("self").to_string(), "self_");
        let mut distinct = Distinct::default();
        assert_eq!(["A", "A", "A"].map(|n| distinct.add(n.to_owned())), ["A", "A2", "A3"]);
    }
}
