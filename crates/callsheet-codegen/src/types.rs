//! Structs and enums of a group.

use callsheet_spec::model::{Field, NamedKind, NamedType, Type};
use proc_macro2::TokenStream;
use quote::quote;

use crate::module::Scope;
use crate::names::{self, Distinct, ident};
use crate::{docs, tables};

/// A named type: its definition, its table, and where its fields live.
pub(crate) fn tokens(name: &str, named: &NamedType, scope: &Scope<'_>) -> TokenStream {
    let names = scope.named(name);
    let (rust, table) = (&names.rust, &names.table);
    match &named.kind {
        NamedKind::Struct(fields) => {
            let summary = docs::named(name, named);
            let mut tokens = structure(name, rust, table, &summary, fields, names.sent, scope);
            if let Some((code, others)) = scope.error_codes(name).split_first() {
                let rust = ident(rust);
                let others =
                    (!others.is_empty()).then(|| quote!(const OTHER_CODES: &'static [&'static str] = &[#(#others),*];));
                tokens.extend(quote! {
                    impl rt::ModeledError for #rust {
                        const CODE: &'static str = #code;
                        #others
                    }
                });
            }
            tokens
        }
        NamedKind::Union(fields) => union(name, rust, table, named, fields, scope),
        NamedKind::Enum(values) => {
            let doc = docs::lines(&docs::named(name, named));
            let mut distinct = Distinct::with(&["Other"]);
            let variants: Vec<_> =
                values.iter().map(|value| ident(&distinct.add(names::type_or_variant(&value.wire)))).collect();
            let docs = values.iter().map(|value| docs::lines(&docs::value(value)));
            let texts: Vec<_> = values.iter().map(|value| &value.wire).collect();
            let rust = ident(rust);
            quote! {
                #doc
                #[derive(Clone, PartialEq, Eq, Hash)]
                #[non_exhaustive]
                pub enum #rust {
                    #(#docs #variants,)*
                    /// A value that the spec does not know, as the service said it.
                    Other(rt::String),
                }
                ::callsheet::open_enum!(#rust; #(#variants #texts),*);
            }
        }
    }
}

/// A struct that is part of parameters or answers.
fn structure(
    name: &str,
    rust: &str,
    table: &str,
    summary: &str,
    fields: &[Field],
    sent: bool,
    scope: &Scope<'_>,
) -> TokenStream {
    let members = Members::new(fields, name, scope);
    let definition = members.definition(rust, summary, &quote!(Clone, Default, PartialEq));
    let constructors = sent.then(|| members.constructors(rust, name, false));
    let shape = tables::shape(table, name, fields, false, tables::Rules::default(), scope);
    let record = members.record(rust, table);
    quote!(#definition #constructors #shape #record)
}

fn union(name: &str, rust: &str, table: &str, named: &NamedType, fields: &[Field], scope: &Scope<'_>) -> TokenStream {
    let doc = docs::lines(&docs::named(name, named));
    let mut distinct = Distinct::with(&["Unknown"]);
    let variants: Vec<_> =
        fields.iter().map(|field| ident(&distinct.add(names::type_or_variant(&field.name)))).collect();
    let docs = fields.iter().map(|field| docs::lines(&docs::field(field)));
    let types = fields.iter().map(|field| rust_type(&field.ty, name, scope));
    let shape = tables::shape(table, name, fields, true, tables::Rules::default(), scope);
    let indices = 0..fields.len();
    let indices = indices.map(proc_macro2::Literal::usize_unsuffixed);
    let (rust, table) = (ident(rust), ident(table));
    quote! {
        #doc
        #[derive(Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub enum #rust {
            #(#docs #variants(#types),)*
            /// None of the members that the spec knows.
            #[default]
            Unknown,
        }
        #shape
        ::callsheet::union_record!(#rust: #table; #(#indices #variants),*);
    }
}

/// The fields of a struct with their names and types in Rust.
pub(crate) struct Members<'a> {
    fields: &'a [Field],
    names: Vec<String>,
    types: Vec<TokenStream>,
    scope: &'a Scope<'a>,
}

impl<'a> Members<'a> {
    pub(crate) fn new(fields: &'a [Field], owner: &str, scope: &'a Scope<'a>) -> Self {
        let mut distinct = Distinct::default();
        let names = fields.iter().map(|field| distinct.add(names::field(&field.name))).collect();
        let types = fields.iter().map(|field| field_type(field, owner, scope)).collect();
        Self { fields, names, types, scope }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = (&'a Field, &str)> {
        self.fields.iter().zip(self.names.iter().map(String::as_str))
    }

    pub(crate) fn definition(&self, rust: &str, summary: &str, derives: &TokenStream) -> TokenStream {
        let doc = docs::lines(summary);
        let rust = ident(rust);
        let docs = self.fields.iter().map(|field| docs::lines(&docs::field(field)));
        let deprecated = self.fields.iter().map(|field| docs::deprecated(field.deprecated.as_deref()));
        let names = self.names.iter().map(|name| ident(name));
        let types = &self.types;
        quote! {
            #doc
            #[derive(#derives)]
            #[non_exhaustive]
            pub struct #rust {
                #(#docs #deprecated pub #names: #types,)*
            }
        }
    }

    /// `new` with what is required, and a setter for each of the others.
    pub(crate) fn constructors(&self, rust: &str, wire: &str, action: bool) -> TokenStream {
        let rust = ident(rust);
        let mut arguments = Vec::new();
        let mut inits = Vec::new();
        let mut setters = Vec::new();
        let mut methods = Distinct::with(&["new"]);
        for (field, name) in self.fields.iter().zip(&self.names) {
            let name_ident = ident(name);
            let (argument, value) = self.argument(field, &name_ident);
            if is_argument(field) {
                arguments.push(quote!(#name_ident: #argument));
                inits.push(if name_ident == value.to_string() { value } else { quote!(#name_ident: #value) });
                continue;
            }
            inits.push(quote!(#name_ident: rt::Default::default()));
            let method = ident(&methods.add(name.clone()));
            let wrapped = if self.is_plain_container(field) { value } else { quote!(rt::Some(#value)) };
            let doc = docs::lines(&format!("Sets `{}`.", field.send));
            setters.push(quote! {
                #doc
                #[must_use]
                pub fn #method(mut self, #name_ident: #argument) -> Self {
                    self.#name_ident = #wrapped;
                    self
                }
            });
        }
        let what = if action { "The action with what it requires." } else { "With what is required." };
        let doc =
            docs::lines(&if arguments.is_empty() { format!("`{wire}` with nothing set.") } else { what.to_owned() });
        let many = (arguments.len() > 7).then(|| quote!(#[allow(clippy::too_many_arguments)]));
        let made = if arguments.is_empty() { quote!(rt::Default::default()) } else { quote!(Self { #(#inits),* }) };
        quote! {
            impl #rust {
                #doc
                #many
                pub fn new(#(#arguments),*) -> Self {
                    #made
                }
                #(#setters)*
            }
        }
    }

    /// Whether there is one with nothing set.
    pub(crate) fn can_be_empty(&self) -> bool {
        self.fields.iter().all(|field| !is_argument(field))
    }

    fn is_plain_container(&self, field: &Field) -> bool {
        matches!(field.ty, Type::List(_) | Type::Map(_)) && !field.nullable
    }

    /// Type of an argument, and the expression that makes the field's value of it.
    fn argument(&self, field: &Field, name: &proc_macro2::Ident) -> (TokenStream, TokenStream) {
        let is_boxed = matches!(&field.ty, Type::Struct(_)) && self.types_of(field).to_string().contains("rt :: Box");
        match &field.ty {
            Type::Text | Type::Blob | Type::Enum(_) => {
                let into = rust_type(&field.ty, "", self.scope);
                (quote!(impl rt::Into<#into>), quote!(#name.into()))
            }
            Type::List(list) => {
                let item = rust_type(&list.item, "", self.scope);
                (
                    quote!(impl rt::IntoIterator<Item = impl rt::Into<#item>>),
                    quote!(#name.into_iter().map(rt::Into::into).collect()),
                )
            }
            Type::Map(map) => {
                let value = rust_type(&map.value, "", self.scope);
                (
                    quote! {
                        impl rt::IntoIterator<
                            Item = (impl rt::Into<rt::String>, impl rt::Into<#value>),
                        >
                    },
                    quote!(#name.into_iter().map(|(key, value)| (key.into(), value.into())).collect()),
                )
            }
            Type::Struct(_) if is_boxed => {
                let ty = rust_type(&field.ty, "", self.scope);
                (ty, quote!(rt::Box::new(#name)))
            }
            _ => (rust_type(&field.ty, "", self.scope), quote!(#name)),
        }
    }

    fn types_of(&self, field: &Field) -> &TokenStream {
        let index = self.fields.iter().position(|known| std::ptr::eq(known, field)).unwrap_or_default();
        &self.types[index]
    }

    pub(crate) fn record(&self, rust: &str, table: &str) -> TokenStream {
        let (rust, table) = (ident(rust), ident(table));
        let rows = self.rows();
        quote!(::callsheet::record!(#rust: #table; #rows);)
    }

    /// `0 name, 1 region`
    pub(crate) fn rows(&self) -> TokenStream {
        let indices = (0..self.names.len()).map(proc_macro2::Literal::usize_unsuffixed);
        let names = self.names.iter().map(|name| ident(name));
        quote!(#(#indices #names),*)
    }
}

/// Whether whoever makes a struct has to give a field.
///
/// An idempotency token is optional even when it is required on the wire: the transport fills it in.
fn is_argument(field: &Field) -> bool {
    field.required && !field.idempotency_token
}

/// Type of a field in Rust, `Option` included.
fn field_type(field: &Field, owner: &str, scope: &Scope<'_>) -> TokenStream {
    let ty = rust_type(&field.ty, owner, scope);
    let container = matches!(field.ty, Type::List(_) | Type::Map(_));
    let plain = if container { !field.nullable } else { is_argument(field) };
    if plain { ty } else { quote!(rt::Option<#ty>) }
}

/// Type of a value in Rust. `owner` is the structure that holds it, to know what must be boxed; empty for none.
pub(crate) fn rust_type(ty: &Type, owner: &str, scope: &Scope<'_>) -> TokenStream {
    match ty {
        Type::Text => quote!(rt::String),
        Type::Integer => quote!(i64),
        Type::Float => quote!(f64),
        Type::Boolean => quote!(bool),
        Type::Blob => quote!(rt::Vec<u8>),
        Type::Timestamp(_) => quote!(rt::Time),
        Type::Document | Type::JsonText => quote!(rt::Json),
        Type::Series(_) => quote!(rt::Series),
        Type::Struct(name) => {
            let rust = ident(&scope.named(name).rust);
            if !owner.is_empty() && scope.boxed(owner, name) { quote!(rt::Box<#rust>) } else { quote!(#rust) }
        }
        Type::Enum(name) => {
            let rust = ident(&scope.named(name).rust);
            quote!(#rust)
        }
        Type::List(list) => {
            let item = rust_type(&list.item, "", scope);
            quote!(rt::Vec<#item>)
        }
        Type::Map(map) => {
            let value = rust_type(&map.value, "", scope);
            quote!(rt::Map<rt::String, #value>)
        }
    }
}
