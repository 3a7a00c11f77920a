//! Calls that belong together: pages, windows, waiters and jobs of an action.

use callsheet_spec::model::{
    Action, Field, FieldPath, NamedKind, Pages, Service, Type, WaitRule, WaitState, WaitTest, Waiter, Window,
};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::docs;
use crate::module::Scope;
use crate::names::{self, ident};
use crate::types::{Members, rust_type};

/// The action that tells how the jobs of a group are going.
#[derive(Debug)]
pub(crate) struct Poll {
    /// The module that it is in, seen from the module of the service; `None` for the group's own.
    pub(crate) module: Option<String>,
    /// Its name in Rust, with the module as it is imported.
    path: TokenStream,
    /// What it requires, with nothing in it.
    arguments: TokenStream,
    parameter: String,
    waiter: String,
    key: Option<FieldPath>,
    reason: Option<FieldPath>,
}

/// Under which name the module of that action is imported.
pub(crate) fn import() -> proc_macro2::Ident {
    ident("polled")
}

impl Poll {
    /// `None` when no action of the group starts a job.
    pub(crate) fn of(service: &Service, group: &str) -> Option<Self> {
        let own = service.groups.iter().find(|known| known.id == group)?;
        if own.actions.iter().all(|action| action.job.is_none()) {
            return None;
        }
        let jobs = own.settings.jobs.as_ref()?;
        let (group_id, name) = &jobs.poll;
        let polled = service.groups.iter().find(|known| known.id == *group_id)?;
        let action = polled.actions.iter().find(|action| action.name == *name)?;
        let module = (*group_id != own.id).then(|| names::module(group_id));
        let rust = ident(&names::type_or_variant(name));
        let path = match &module {
            Some(_) => {
                let import = import();
                quote!(#import::#rust)
            }
            None => quote!(#rust),
        };
        let field = action.input.iter().find(|field| field.name == jobs.parameter && field.required);
        let arguments = match field.map(|field| &field.ty) {
            None => quote!(),
            Some(Type::List(_)) => quote!([""; 0]),
            Some(Type::Integer) => quote!(0),
            Some(_) => quote!(""),
        };
        let (parameter, waiter) = (jobs.parameter.clone(), jobs.waiter.clone());
        Some(Self { module, path, arguments, parameter, waiter, key: jobs.key.clone(), reason: jobs.reason.clone() })
    }
}

/// The members of an operation that say how it goes on, as `name: value`.
pub(crate) fn members(action: &Action, rust: &proc_macro2::Ident, scope: &Scope<'_>) -> Vec<TokenStream> {
    let mut members = Vec::new();
    if let Some(pages) = &action.pages {
        let pages = pages_table(pages);
        members.push(quote!(pages: rt::Some(&#pages)));
    }
    if let Some(window) = &action.window {
        let window = window_table(window);
        members.push(quote!(window: rt::Some(&#window)));
    }
    if !action.waiters.is_empty() {
        let names = action.waiters.iter().map(|waiter| ident(&names::constant(&waiter.name)));
        members.push(quote!(waiters: &[#(#rust::#names),*]));
    }
    if let (Some(id), Some(poll)) = (&action.job, &scope.poll) {
        let Poll { path, parameter, waiter, key, reason, .. } = poll;
        let id = field_path(id);
        let waiter = ident(&names::constant(waiter));
        let (key, reason) = (optional_path(key.as_ref()), optional_path(reason.as_ref()));
        members.push(quote! {
            job: rt::Some(&rt::Job {
                id: #id,
                poll: <#path as rt::Action>::OPERATION,
                parameter: #parameter,
                key: #key,
                reason: #reason,
                waiter: #path::#waiter,
            })
        });
    }
    members
}

/// What the type of an action can do beside being called.
pub(crate) fn items(action: &Action, rust: &proc_macro2::Ident, scope: &Scope<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    if !action.waiters.is_empty() {
        let waiters = action.waiters.iter().map(|waiter| {
            let doc = docs::lines(&format!("To wait for: `{}`.", waiter.name));
            let name = ident(&names::constant(&waiter.name));
            let table = waiter_table(waiter);
            quote!(#doc pub const #name: &'static rt::Waiter = &#table;)
        });
        tokens.extend(quote!(impl #rust { #(#waiters)* }));
    }
    if action.window.is_some() {
        tokens.extend(quote!(impl rt::Windowed for #rust {}));
    }
    if let Some(pages) = &action.pages {
        tokens.extend(quote!(impl rt::Paged for #rust {}));
        if let [path] = pages.items.as_slice()
            && let Some((item, value)) = page_items(action, path, scope)
        {
            tokens.extend(quote! {
                impl rt::PagedItems for #rust {
                    type Item = #item;
                    fn items(output: Self::Output) -> rt::Vec<#item> {
                        #value
                    }
                }
            });
        }
    }
    if let (Some(_), Some(Poll { path, arguments, .. })) = (&action.job, &scope.poll) {
        tokens.extend(quote! {
            impl rt::StartsJob for #rust {
                type Poll = #path;
                fn poll() -> #path {
                    #path::new(#arguments)
                }
            }
        });
    }
    tokens
}

/// Type of the items of a page, and the expression that takes them out of `output`; `None` for what is no plain list.
fn page_items(action: &Action, path: &FieldPath, scope: &Scope<'_>) -> Option<(TokenStream, TokenStream)> {
    take(quote!(output), &action.output, &action.name, path, 0, scope)
}

fn take(
    value: TokenStream,
    fields: &[Field],
    owner: &str,
    path: &FieldPath,
    depth: usize,
    scope: &Scope<'_>,
) -> Option<(TokenStream, TokenStream)> {
    let step = path.steps.get(depth).filter(|step| !step.each)?;
    let members = Members::new(fields, owner, scope);
    let (field, name) = members.names().find(|(field, _)| field.name == step.field)?;
    let name = ident(name);
    let value = quote!(#value.#name);
    match (&field.ty, depth + 1 == path.steps.len()) {
        (Type::List(list), true) => {
            let value = if field.nullable { quote!(#value.unwrap_or_default()) } else { value };
            Some((rust_type(&list.item, "", scope), value))
        }
        (Type::Struct(target), false) => {
            let NamedKind::Struct(inner) = &scope.group.types.get(target)?.kind else { return None };
            if field.required {
                return take(value, inner, target, path, depth + 1, scope);
            }
            let (item, taken) = take(quote!(inner), inner, target, path, depth + 1, scope)?;
            Some((item, quote!(#value.map(|inner| #taken).unwrap_or_default())))
        }
        _ => None,
    }
}

fn field_path(path: &FieldPath) -> TokenStream {
    let text = path.to_string();
    quote!(rt::FieldPath(#text))
}

fn optional_path(path: Option<&FieldPath>) -> TokenStream {
    match path {
        Some(path) => {
            let path = field_path(path);
            quote!(rt::Some(#path))
        }
        None => quote!(rt::None),
    }
}

fn number(v: u32) -> Literal {
    Literal::u32_unsuffixed(v)
}

fn pages_table(pages: &Pages) -> TokenStream {
    let turn = match &pages.offset {
        Some(offset) => {
            let parameter = &offset.parameter;
            let total = optional_path(offset.total.as_ref());
            quote!(Offset { parameter: #parameter, total: #total })
        }
        None => {
            let marks = pages.marks.iter().map(|mark| {
                let (input, output) = (&mark.input, field_path(&mark.output));
                quote!(rt::Mark { input: #input, output: #output })
            });
            quote!(Marks(&[#(#marks),*]))
        }
    };
    let more = optional_path(pages.more.as_ref());
    let items = pages.items.iter().map(field_path);
    let limit = pages.limit.as_deref().unwrap_or_default();
    let size = match pages.size {
        Some(size) => {
            let size = number(size);
            quote!(rt::Some(#size))
        }
        None => quote!(rt::None),
    };
    quote!(rt::Pages { turn: rt::Turn::#turn, more: #more, items: &[#(#items),*], limit: #limit, size: #size })
}

fn window_table(window: &Window) -> TokenStream {
    let Window { begin, end, spans, join, .. } = window;
    let by = window.by.as_deref().unwrap_or_default();
    let (step, span) = (number(window.step), number(window.span));
    let spans = spans.iter().map(|(value, span)| {
        let span = number(*span);
        quote!((#value, #span))
    });
    let join = join.iter().map(|(list, key)| {
        let list = field_path(list);
        quote!(rt::Join { list: #list, key: #key })
    });
    quote! {
        rt::Window {
            begin: #begin,
            end: #end,
            step: #step,
            span: #span,
            by: #by,
            spans: &[#(#spans),*],
            join: &[#(#join),*],
        }
    }
}

fn waiter_table(waiter: &Waiter) -> TokenStream {
    let name = &waiter.name;
    let (every, tries) = (number(waiter.every), number(waiter.tries));
    let when = waiter.when.iter().map(wait_rule);
    quote!(rt::Waiter { name: #name, every: #every, tries: #tries, when: &[#(#when),*] })
}

fn wait_rule(rule: &WaitRule) -> TokenStream {
    let test = match &rule.test {
        WaitTest::Value(path, is) => {
            let path = field_path(path);
            quote!(Value(#path, #is))
        }
        WaitTest::All(path, is) => {
            let path = field_path(path);
            quote!(All(#path, #is))
        }
        WaitTest::Any(path, is) => {
            let path = field_path(path);
            quote!(Any(#path, #is))
        }
        WaitTest::Some(path) => {
            let path = field_path(path);
            quote!(Some(#path))
        }
        WaitTest::None(path) => {
            let path = field_path(path);
            quote!(None(#path))
        }
        WaitTest::Error(code) => quote!(Error(#code)),
        WaitTest::AnyError(any) => quote!(AnyError(#any)),
        WaitTest::Status(status) => {
            let status = Literal::u16_unsuffixed(*status);
            quote!(Status(#status))
        }
    };
    let then = match rule.then {
        WaitState::Done => quote!(Done),
        WaitState::Failed => quote!(Failed),
        WaitState::Again => quote!(Again),
    };
    quote!(rt::WaitRule { test: rt::WaitTest::#test, then: rt::WaitState::#then })
}
