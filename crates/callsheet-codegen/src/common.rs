//! What several groups of a service have in common: it stands once, in the module above them.

use std::collections::HashMap;

use callsheet_spec::model::{Group, Settings};
use proc_macro2::TokenStream;
use quote::quote;

use crate::names::ident;
use crate::{docs, tables};

/// A part of the static `API` that groups may share.
struct Part {
    /// The field of `API`.
    field: &'static str,
    /// Its name where it stands alone.
    name: &'static str,
    doc: &'static str,
    /// In Rust.
    of: fn() -> TokenStream,
    value: fn(&Settings) -> TokenStream,
}

const PARTS: [Part; 5] = [
    Part {
        field: "request",
        name: "REQUEST",
        doc: "How actions go on the wire.",
        of: || quote!(rt::RequestStyle),
        value: |settings| tables::request(&settings.request),
    },
    Part {
        field: "sign",
        name: "SIGN",
        doc: "How requests are signed.",
        of: || quote!(&dyn rt::sign::Sign),
        value: |settings| tables::sign(&settings.sign, &settings.endpoint),
    },
    Part {
        field: "answer",
        name: "ANSWER",
        doc: "How answers are read.",
        of: || quote!(rt::AnswerStyle),
        value: |settings| tables::answer(&settings.answer),
    },
    Part {
        field: "errors",
        name: "ERRORS",
        doc: "How errors are recognised, and what their codes mean.",
        of: || quote!(rt::ErrorStyle),
        value: |settings| tables::errors(&settings.errors),
    },
    Part {
        field: "credentials",
        name: "CREDENTIALS",
        doc: "Where credentials are found.",
        of: || quote!(rt::CredentialSources),
        value: |settings| tables::credentials(&settings.credentials),
    },
];

/// Names that no table of a group may have.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PARTS.iter().map(|part| part.name)
}

/// The parts that stand in the module of a service, by their names.
pub(crate) struct Common<'a> {
    shared: HashMap<&'static str, Shared<'a>>,
}

struct Shared<'a> {
    value: TokenStream,
    /// Whose it is: at least two.
    groups: Vec<&'a Group>,
}

impl<'a> Common<'a> {
    /// Of each part, what most of the groups have.
    pub(crate) fn of(groups: &'a [Group]) -> Self {
        let shared = PARTS.iter().filter_map(|part| {
            let values = groups.iter().map(|group| (part.value)(&group.settings));
            let mut alike: Vec<Shared<'a>> = Vec::new();
            for (group, value) in groups.iter().zip(values) {
                match alike.iter_mut().find(|shared| shared.value.to_string() == value.to_string()) {
                    Some(shared) => shared.groups.push(group),
                    None => alike.push(Shared { value, groups: vec![group] }),
                }
            }
            // of several, the first
            let most = alike.into_iter().rev().max_by_key(|shared| shared.groups.len())?;
            (most.groups.len() > 1).then_some((part.name, most))
        });
        Self { shared: shared.collect() }
    }

    fn shared(&self, part: &Part, group: &Group) -> Option<&Shared<'a>> {
        self.shared.get(part.name).filter(|shared| shared.groups.iter().any(|of| of.id == group.id))
    }

    /// The fields of a group's `API`: the values, or where they stand.
    pub(crate) fn parts(&self, group: &Group) -> Vec<(&'static str, TokenStream)> {
        let value = |part: &Part| match self.shared(part, group) {
            Some(_) => {
                let name = ident(part.name);
                if group.id.is_empty() { quote!(#name) } else { quote!(super::#name) }
            }
            None => (part.value)(&group.settings),
        };
        PARTS.iter().map(|part| (part.field, value(part))).collect()
    }

    /// The parts themselves; `cfg` says of groups when one of them is compiled.
    pub(crate) fn items(&self, cfg: impl Fn(&[&Group]) -> Option<TokenStream>) -> TokenStream {
        let items = PARTS.iter().filter_map(|part| {
            let Shared { value, groups } = self.shared.get(part.name)?;
            let (name, of, doc, cfg) = (ident(part.name), (part.of)(), docs::lines(part.doc), cfg(groups));
            Some(quote! {
                #doc
                #cfg
                const #name: #of = #value;
            })
        });
        quote!(#(#items)*)
    }

    /// A group that has the errors of the service.
    pub(crate) fn errors(&self) -> Option<&'a Group> {
        self.shared.get("ERRORS")?.groups.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use crate::Options;

    const SERVICE: &str = r#"
title = "Shop"
endpoint = "https://shop.example/"
request = { method = "GET", place = "query", action = "Action" }
sign = { scheme = "none" }
answer = { format = "json" }
errors = { code = ["code"] }
"#;
    const ACTION: &str = "[output]\nid = \"string\"\n";

    /// The generated file of that path.
    fn generated(files: &[(&str, &str)], path: &str) -> String {
        let files = [("shop/service.toml", SERVICE)].into_iter().chain(files.iter().copied()).collect();
        let spec = callsheet_spec::load(&files).unwrap().spec;
        let options = Options { features: true, ..Options::default() };
        crate::generate(&spec, &options).unwrap().into_iter().find(|file| file.path == path).unwrap().text
    }

    #[test]
    fn what_groups_share_stands_once_and_what_one_has_alone_with_it() {
        let files = [
            ("shop/a/group.toml", "title = \"A\"\n"),
            ("shop/a/Buy.toml", ACTION),
            ("shop/b/group.toml", "title = \"B\"\n"),
            ("shop/b/Sell.toml", ACTION),
            ("shop/c/group.toml", "title = \"C\"\nanswer = { format = \"xml\" }\n"),
            ("shop/c/Give.toml", ACTION),
        ];
        let service = generated(&files, "shop/mod.rs");
        assert!(service.contains("\nconst REQUEST: rt::RequestStyle = "), "{service}");
        // not compiled where only the third is, which would not use it
        let of_two = "#[cfg(any(feature = \"shop-a\", feature = \"shop-b\"))]\nconst ANSWER: rt::AnswerStyle = ";
        assert!(service.contains(of_two), "{service}");
        for (path, answer) in [("a", "super::ANSWER"), ("b", "super::ANSWER"), ("c", "rt::AnswerStyle {")] {
            let group = generated(&files, &format!("shop/{path}.rs"));
            assert!(group.contains("request: super::REQUEST,"), "{group}");
            assert!(group.contains(&format!("answer: {answer}")), "{group}");
        }
    }

    #[test]
    fn a_service_of_one_group_keeps_it_all_together() {
        let service = generated(&[("shop/Buy.toml", ACTION)], "shop/mod.rs");
        assert!(service.contains("request: rt::RequestStyle {") && !service.contains("const REQUEST"), "{service}");
    }

    #[test]
    fn actions_of_the_service_itself_stand_beside_what_they_share() {
        let files =
            [("shop/Errors.toml", ACTION), ("shop/b/group.toml", "title = \"B\"\n"), ("shop/b/Buy.toml", ACTION)];
        let service = generated(&files, "shop/mod.rs");
        assert!(service.contains("errors: ERRORS,") && service.contains("\nconst ERRORS: "), "{service}");
        // the table of the action goes by another name
        assert!(service.contains("static ERRORS2: rt::Shape"), "{service}");
        let group = generated(&files, "shop/b.rs");
        assert!(group.contains("errors: super::ERRORS,"), "{group}");
    }
}
