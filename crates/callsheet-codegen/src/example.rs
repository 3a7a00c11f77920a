//! Examples of specs as Rust expressions: for the docs, and for the tests of every example.

use callsheet_spec::model::{Action, Example, Field, NamedKind, Spec, Type};
use proc_macro2::TokenStream;
use quote::quote;
use toml::Value;

use crate::module::{self, Scope};
use crate::names::ident;
use crate::types::Members;
use crate::{Error, File, Options, files};

/// The lines of an example that compiles, from the first example of the action.
pub(crate) fn doc(action: &Action, scope: &Scope<'_>) -> Option<String> {
    if scope.path.is_empty() {
        return None;
    }
    let example = action.examples.iter().find(|example| example.status < 300)?;
    let names = scope.names_of(&action.name)?;
    let input = ident(&names.input);
    let expression = expression(action, example, scope, &quote!())?;
    let path: TokenStream = scope.path.parse().ok()?;
    let used = used(action, example, scope);
    let region = match scope.group.settings.regions.first() {
        Some(region) => {
            let id = &region.id;
            quote!(#id)
        }
        None => quote!(),
    };
    let common = scope.group.settings.common.iter().filter_map(|field| {
        let value = text_of(example.request.get(&field.name)?)?;
        let name = &field.name;
        Some(quote!(.common(#name, #value)))
    });
    let time = &example.now;
    let wanted = quote!(#input #(, #used)*);
    let body = quote! {
        fn main() {
            use #path::{self as api, #wanted};
            let service = api::service(#region).credentials(callsheet::Credentials::new("id", "secret")) #(#common)*;
            let action = #expression;
            let request = service.request(&action, #time.parse()?)?;
            println!("{} {}", request.method(), request.uri());
        }
    };
    let file = syn::parse2(body).ok()?;
    let text = prettyplease::unparse(&file);
    let inner = text.strip_prefix("fn main() {\n")?.strip_suffix("}\n")?;
    let mut lines: String =
        inner.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect();
    lines.push_str("# Ok::<(), Box<dyn std::error::Error>>(())\n");
    Some(lines)
}

/// Names of the structs that the expression of an example names beside the action.
fn used(action: &Action, example: &Example, scope: &Scope<'_>) -> Vec<proc_macro2::Ident> {
    let mut used: Vec<String> = Vec::new();
    for field in &action.input {
        if let Some(value) = example.request.get(&field.name) {
            collect(&field.ty, value, scope, &mut used);
        }
    }
    used.iter().map(|name| ident(name)).collect()
}

fn collect(ty: &Type, value: &Value, scope: &Scope<'_>, used: &mut Vec<String>) {
    match (ty, value) {
        (Type::Struct(name), Value::Table(table)) => {
            let rust = &scope.named(name).rust;
            if !used.contains(rust) {
                used.push(rust.clone());
            }
            for field in fields_of(name, scope) {
                if let Some(value) = table.get(&field.name) {
                    collect(&field.ty, value, scope, used);
                }
            }
        }
        (Type::List(list), Value::Array(items)) => items.iter().for_each(|item| collect(&list.item, item, scope, used)),
        (Type::Map(map), Value::Table(table)) => {
            table.values().for_each(|value| collect(&map.value, value, scope, used))
        }
        _ => {}
    }
}

fn fields_of<'a>(name: &str, scope: &'a Scope<'_>) -> &'a [Field] {
    match scope.group.types.get(name).map(|named| &named.kind) {
        Some(NamedKind::Struct(fields) | NamedKind::Union(fields)) => fields,
        _ => &[],
    }
}

/// `GetBandwidth::new(begin, end).bucket_name("example-bucket")`; `None` for values that are no code.
/// `prefix` is put before each type: `::callsheet::oos::statistics::` or nothing.
fn expression(action: &Action, example: &Example, scope: &Scope<'_>, prefix: &TokenStream) -> Option<TokenStream> {
    let names = scope.names_of(&action.name)?;
    record(&names.input, &action.name, &action.input, &example.request, scope, prefix)
}

fn record(
    rust: &str,
    owner: &str,
    fields: &[Field],
    table: &toml::Table,
    scope: &Scope<'_>,
    prefix: &TokenStream,
) -> Option<TokenStream> {
    let rust = ident(rust);
    let members = Members::new(fields, owner, scope);
    let mut arguments = Vec::new();
    let mut setters = Vec::new();
    for (field, name) in members.names() {
        let given = table.get(&field.name);
        if field.required && !field.idempotency_token {
            arguments.push(value(&field.ty, given?, scope, prefix)?);
        } else if let Some(given) = given {
            let name = ident(name);
            let given = value(&field.ty, given, scope, prefix)?;
            setters.push(quote!(.#name(#given)));
        }
    }
    Some(quote!(#prefix #rust::new(#(#arguments),*) #(#setters)*))
}

fn value(ty: &Type, value_: &Value, scope: &Scope<'_>, prefix: &TokenStream) -> Option<TokenStream> {
    Some(match (ty, value_) {
        (Type::Text | Type::Enum(_), value) => {
            let text = text_of(value)?;
            quote!(#text)
        }
        (Type::Blob, Value::String(text)) => quote!(#text.as_bytes()),
        (Type::Timestamp(_), value) => {
            let text = text_of(value)?;
            quote!(#text.parse()?)
        }
        (Type::JsonText, Value::String(text)) => quote!(#text.parse()?),
        (Type::Integer, Value::Integer(v)) => {
            let v = proc_macro2::Literal::i64_unsuffixed(*v);
            quote!(#v)
        }
        (Type::Float, Value::Float(v)) => quote!(#v),
        (Type::Float, Value::Integer(v)) => {
            let v = proc_macro2::Literal::f64_unsuffixed(*v as f64);
            quote!(#v)
        }
        (Type::Boolean, Value::Boolean(v)) => quote!(#v),
        (Type::List(list), Value::Array(items)) => {
            let items = items.iter().map(|item| value(&list.item, item, scope, prefix)).collect::<Option<Vec<_>>>()?;
            quote!([#(#items),*])
        }
        (Type::Map(map), Value::Table(table)) => {
            let entries = table
                .iter()
                .map(|(key, item)| value(&map.value, item, scope, prefix).map(|item| quote!((#key, #item))))
                .collect::<Option<Vec<_>>>()?;
            quote!([#(#entries),*])
        }
        (Type::Struct(name), Value::Table(table)) => {
            let NamedKind::Struct(fields) = &scope.group.types.get(name)?.kind else { return None };
            record(&scope.named(name).rust, name, fields, table, scope, prefix)?
        }
        _ => return None,
    })
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(v) => Some(v.to_string()),
        Value::Float(v) => Some(v.to_string()),
        Value::Boolean(v) => Some(v.to_string()),
        Value::Datetime(v) => Some(v.to_string()),
        _ => None,
    }
}

/// A list of every example of a spec folder for the tests: which action, which example, and its parameters as generated code makes them.
///
/// `root` is the module of the services: `callsheet`. The file calls `case` of its parent module, which the test crate defines.
pub fn registry(spec: &Spec, options: &Options, root: &str) -> Result<File, Error> {
    let root_path: TokenStream = root.parse().unwrap_or_default();
    let mut cases = Vec::new();
    for (service, group, action) in module::actions(spec) {
        let scope = module::scope(service, group, root);
        let prefix: TokenStream = format!("::{}::", scope.path).parse().unwrap_or_default();
        let Some(names) = scope.names_of(&action.name) else { continue };
        let rust = ident(&names.input);
        for (index, example) in action.examples.iter().enumerate() {
            let id = format!("{}/{}", group.path, action.name);
            let Some(expression) = expression(action, example, &scope, &prefix) else {
                return Err(Error {
                    file: action.file.clone(),
                    message: format!("example {:?} has a value that the generator cannot write as Rust", example.title),
                });
            };
            cases.push(quote!(super::case::<#prefix #rust>(#id, #index, #expression)));
        }
    }
    let _ = root_path;
    let tokens = quote! {
        /// Every example of every spec.
        pub fn cases() -> ::core::result::Result<::std::vec::Vec<super::Case>, ::std::boxed::Box<dyn ::core::error::Error>> {
            ::core::result::Result::Ok(::std::vec![#(#cases),*])
        }
    };
    let syntax = syn::parse2(tokens).map_err(|e| Error { file: options.specs.clone(), message: e.to_string() })?;
    let text = format!("{}\n{}", files::mark(&options.command, &options.specs), prettyplease::unparse(&syntax));
    Ok(File { path: "examples.rs".to_owned(), text })
}
