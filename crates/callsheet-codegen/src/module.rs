//! The module of a group, and the modules above it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::iter;

use callsheet_spec::model::{Action, Group, NamedKind, NamedType, Service, Spec};
use indexmap::IndexMap;
use proc_macro2::TokenStream;
use quote::quote;

use crate::common::{self, Common};
use crate::graph::{Cycles, reachable};
use crate::names::{self, Distinct, ident};
use crate::sequence::{self, Poll};
use crate::{Error, File, Options, action, docs, files, parts, tables, types};

/// Names in Rust of one named type.
#[derive(Debug)]
pub(crate) struct Named {
    /// Of the struct or enum.
    pub(crate) rust: String,
    /// Of the static that describes it.
    pub(crate) table: String,
    /// Whether callers make values of it: it gets `new` and setters.
    pub(crate) sent: bool,
}

/// Names in Rust of one action.
#[derive(Debug)]
pub(crate) struct ActionNames {
    /// Of the struct of parameters.
    pub(crate) input: String,
    /// Of the struct of the answer; `None` when it answers nothing.
    pub(crate) output: Option<String>,
    /// Of the static that describes the parameters.
    pub(crate) input_table: String,
    /// Of the static that describes the answer.
    pub(crate) output_table: Option<String>,
}

/// What the parts of a group's module know of each other.
pub(crate) struct Scope<'a> {
    pub(crate) group: &'a Group,
    /// The module's path for examples: `callsheet::oos::statistics`; empty for no examples.
    pub(crate) path: String,
    types: HashMap<&'a str, Named>,
    actions: HashMap<&'a str, ActionNames>,
    cycles: Cycles<'a>,
    /// Codes and the types of their members, in the order of the spec.
    errors: IndexMap<&'a str, &'a str>,
    /// Whether the module has several files.
    split: bool,
    /// The action that tells how jobs are going, if one of the actions starts some.
    pub(crate) poll: Option<Poll>,
}

impl<'a> Scope<'a> {
    fn new(group: &'a Group, path: String) -> Self {
        let mut rust = Distinct::default();
        let mut table = Distinct::with(&[&["API"][..], &common::names().collect::<Vec<_>>()].concat());
        let mut actions = HashMap::new();
        for action in &group.actions {
            let stem = names::type_or_variant(&action.name);
            let input = rust.add(stem.clone());
            let answers = !action.output.is_empty();
            let output = answers.then(|| rust.add(format!("{stem}Output")));
            let input_table = table.add(names::constant(&action.name));
            let output_table = answers.then(|| table.add(format!("{}_OUTPUT", names::constant(&action.name))));
            actions.insert(action.name.as_str(), ActionNames { input, output, input_table, output_table });
        }
        let sent = reachable(&group.types, group.actions.iter().flat_map(|action| &action.input));
        let types = group
            .types
            .keys()
            .map(|name| {
                let stem = names::type_or_variant(name);
                let named = Named {
                    rust: rust.add(stem),
                    table: table.add(names::constant(name)),
                    sent: sent.contains(name.as_str()),
                };
                (name.as_str(), named)
            })
            .collect();
        let errors = group.settings.errors.codes.iter();
        let errors = errors.filter_map(|code| Some((code.code.as_str(), code.members.as_deref()?))).collect();
        Self {
            group,
            path,
            types,
            actions,
            cycles: Cycles::of(&group.types),
            errors,
            split: parts::is_large(group),
            poll: None,
        }
    }

    /// The names of a named type; the spec's loader has made sure that it exists.
    pub(crate) fn named(&self, name: &str) -> &Named {
        static UNKNOWN: Named = Named { rust: String::new(), table: String::new(), sent: false };
        self.types.get(name).unwrap_or(&UNKNOWN)
    }

    pub(crate) fn names_of(&self, action: &str) -> Option<&ActionNames> {
        self.actions.get(action)
    }

    /// Whether a field of `owner` that holds `target` must be boxed.
    pub(crate) fn boxed(&self, owner: &str, target: &str) -> bool {
        self.cycles.boxed(owner, target)
    }

    /// The table of a modelled error.
    pub(crate) fn error_shape(&self, code: &str) -> Option<&str> {
        self.errors.get(code).map(|members| self.named(members).table.as_str())
    }

    /// The codes that announce the error whose members are `name`.
    pub(crate) fn error_codes(&self, name: &str) -> Vec<&'a str> {
        self.errors.iter().filter(|(_, members)| **members == name).map(|(code, _)| *code).collect()
    }

    pub(crate) fn api(&self) -> TokenStream {
        quote!(API)
    }

    /// Of the statics that describe structures: the parts of a module that is split name each other's.
    pub(crate) fn table_visibility(&self) -> TokenStream {
        if self.split { quote!(pub(super)) } else { quote!() }
    }
}

pub(crate) fn generate(spec: &Spec, options: &Options) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    let mut services = Vec::new();
    for service in &spec.services {
        let mut groups: Vec<Group> = service.groups.iter().filter_map(|group| only(service, group, options)).collect();
        forget_lost_jobs(&mut groups);
        if groups.is_empty() {
            continue;
        }
        services.push(service_module(service, &groups, options, &mut files)?);
    }
    let text = quote!(#(#services)*);
    let header = header(options, &options.specs);
    let text = format(text, &options.specs)?;
    files.push(File { path: "mod.rs".to_owned(), text: with_head(&header, "The services, one module each.", &text) });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// The group with the wanted actions only, and with the types that they need; `None` if nothing is left.
fn only(service: &Service, group: &Group, options: &Options) -> Option<Group> {
    let mut group = group.clone();
    if !options.only.is_empty() {
        let wanted: HashSet<&str> = options.only.iter().map(String::as_str).collect();
        let prefix = &group.path;
        group.actions.retain(|action| {
            wanted.contains(format!("{prefix}/{}", action.name).as_str())
                || wanted.contains(format!("{}/{}", service.id, action.name).as_str())
        });
    }
    if group.actions.is_empty() {
        return None;
    }
    let errors: HashSet<&str> =
        group.actions.iter().flat_map(|action| action.errors.iter().map(String::as_str)).collect();
    let members: Vec<&str> = group
        .settings
        .errors
        .codes
        .iter()
        .filter(|code| options.only.is_empty() || errors.contains(code.code.as_str()))
        .filter_map(|code| code.members.as_deref())
        .collect();
    let mut needed: HashSet<String> = reachable(
        &group.types,
        group.actions.iter().flat_map(|action| action.input.iter().chain(&action.output)).chain(&group.settings.common),
    )
    .into_iter()
    .map(str::to_owned)
    .collect();
    for name in &members {
        needed.insert((*name).to_owned());
        if let Some(NamedType { kind: NamedKind::Struct(fields) | NamedKind::Union(fields), .. }) =
            group.types.get(*name)
        {
            needed.extend(reachable(&group.types, fields.iter()).into_iter().map(str::to_owned));
        }
    }
    let kept: HashSet<String> = members.into_iter().map(str::to_owned).collect();
    for code in &mut group.settings.errors.codes {
        if code.members.as_ref().is_some_and(|members| !kept.contains(members)) {
            code.members = None;
        }
    }
    group.types.retain(|name, _| needed.contains(name));
    Some(group)
}

/// Jobs cannot be followed without the action that tells how they are going.
fn forget_lost_jobs(groups: &mut [Group]) {
    let known: HashSet<(String, String)> = groups
        .iter()
        .flat_map(|group| group.actions.iter().map(|action| (group.id.clone(), action.name.clone())))
        .collect();
    for group in groups {
        if group.settings.jobs.as_ref().is_some_and(|jobs| !known.contains(&jobs.poll)) {
            group.actions.iter_mut().for_each(|action| action.job = None);
        }
    }
}

/// The declaration of a service's module; its files are added to `files`.
fn service_module(
    service: &Service,
    groups: &[Group],
    options: &Options,
    files: &mut Vec<File>,
) -> Result<TokenStream, Error> {
    let module = names::module(&service.id);
    let name = ident(&module);
    let doc = docs::lines(&service.title);
    // the feature of a group brings the module that the group is in
    let of_groups = grouped(service).map(|group| feature_of(service, group));
    let cfg = feature(options, iter::once(service.id.clone()).chain(of_groups));
    let path = |group: &str| match (options.module.as_str(), group) {
        ("", _) => String::new(),
        (root, "") => format!("{root}::{module}"),
        (root, group) => format!("{root}::{module}::{}", names::module(group)),
    };
    let common = Common::of(groups);
    let root = groups.iter().find(|group| group.id.is_empty());
    // what the module of the service tells need not be told by those of its groups
    let of_service = root.or(common.errors());
    let mut declarations = Vec::new();
    let mut body = String::new();
    for group in groups {
        let header = header(options, &format!("{}/{}", options.specs, group.path));
        if group.id.is_empty() {
            body = group_module(service, group, &common, path(&group.id), &module, &header, files)?;
            continue;
        }
        let group_module_name = names::module(&group.id);
        let folder = format!("{module}/{group_module_name}");
        let items = group_module(service, group, &common, path(&group.id), &folder, &header, files)?;
        files.push(File {
            path: format!("{folder}.rs"),
            text: with_head(&header, &docs::group(group, of_service), &items),
        });
        let group_name = ident(&group_module_name);
        let group_doc = docs::lines(&group.title);
        let group_cfg = feature(options, iter::once(feature_of(service, group)));
        let allow = allow_deprecated(group);
        declarations.push(quote! {
            #group_doc
            #group_cfg
            #allow
            #[rustfmt::skip]
            pub mod #group_name;
        });
    }
    let about = match root {
        Some(group) => docs::group(group, None),
        None => docs::service(service, of_service),
    };
    let header = header(options, &format!("{}/{}", options.specs, service.id));
    let shared = common.items(|of| {
        let all = of.len() == groups.len() || of.iter().any(|group| group.id.is_empty());
        if all { None } else { feature(options, of.iter().map(|group| feature_of(service, group))) }
    });
    let rt = (root.is_none() && !shared.is_empty()).then(|| {
        quote!(
            use ::callsheet::rt;
        )
    });
    let declarations = format(quote!(#rt #(#declarations)* #shared), &service.id)?;
    let items = format!("{declarations}{body}");
    files.push(File { path: format!("{module}/mod.rs"), text: with_head(&header, &about, &items) });
    let allow = root.and_then(allow_deprecated);
    Ok(quote! {
        #doc
        #cfg
        #allow
        #[rustfmt::skip]
        pub mod #name;
    })
}

/// Generated code has to name what is deprecated; callers are warned all the same.
fn allow_deprecated(group: &Group) -> Option<TokenStream> {
    let of_type = |named: &NamedType| match &named.kind {
        NamedKind::Struct(fields) | NamedKind::Union(fields) => fields.iter().any(|field| field.deprecated.is_some()),
        NamedKind::Enum(_) => false,
    };
    let of_action = |action: &Action| {
        action.deprecated.is_some() || action.input.iter().chain(&action.output).any(|field| field.deprecated.is_some())
    };
    let any = group.types.values().any(of_type) || group.actions.iter().any(of_action);
    any.then(|| quote!(#[allow(deprecated)]))
}

/// Compiled with any of these features.
fn feature(options: &Options, names: impl Iterator<Item = String>) -> Option<TokenStream> {
    let names: Vec<_> = names.collect();
    options.features.then(|| match names.as_slice() {
        [name] => quote!(#[cfg(feature = #name)]),
        names => quote!(#[cfg(any(#(feature = #names),*))]),
    })
}

/// The groups that have a module and a feature of their own.
fn grouped(service: &Service) -> impl Iterator<Item = &Group> {
    service.groups.iter().filter(|group| !group.id.is_empty() && !group.actions.is_empty())
}

fn feature_of(service: &Service, group: &Group) -> String {
    format!("{}-{}", service.id, group.id)
}

/// The items of a group's module. If there are many, most go into files of their own in `folder`, which are added to `files`.
fn group_module(
    service: &Service,
    group: &Group,
    common: &Common<'_>,
    path: String,
    folder: &str,
    header: &str,
    files: &mut Vec<File>,
) -> Result<String, Error> {
    let scope = Scope { poll: Poll::of(service, &group.id), ..Scope::new(group, path) };
    let polled = scope.poll.as_ref().and_then(|poll| poll.module.as_ref()).map(|module| {
        let (module, import) = (ident(module), sequence::import());
        let outside = if group.id.is_empty() { quote!(self) } else { quote!(super) };
        quote!(use #outside::#module as #import;)
    });
    let api = tables::api(&service.id, group, &scope, &common.parts(group));
    let constructor = constructor(group, &scope);
    let format = |tokens| format(tokens, &group.path);
    let actions = group.actions.iter().filter_map(|action| action::tokens(action, &scope)).map(format);
    let actions: Vec<String> = actions.collect::<Result<_, _>>()?;
    let types = group.types.iter().map(|(name, named)| types::tokens(name, named, &scope)).map(format);
    let types: Vec<String> = types.collect::<Result<_, _>>()?;
    if !scope.split {
        let head = format(quote!(use ::callsheet::rt; #polled #constructor #api))?;
        return Ok(std::iter::once(head).chain(actions).chain(types).collect());
    }
    let parts: Vec<(String, String)> = parts::of("actions", actions).chain(parts::of("types", types)).collect();
    let names = parts.iter().map(|(name, _)| ident(name));
    let declarations = quote!(#(#[rustfmt::skip] mod #names;)*);
    let names = parts.iter().map(|(name, _)| ident(name));
    let head = format(quote! {
        #declarations
        use ::callsheet::rt;
        #polled
        #(pub use self::#names::*;)*
        #constructor
        #api
    })?;
    let uses = format(quote!(
        use super::*;
    ))?;
    for (name, items) in parts {
        let text = with_head(header, &format!("A part of {}.", group.title), &format!("{uses}{items}"));
        files.push(File { path: format!("{folder}/{name}.rs"), text });
    }
    Ok(head)
}

/// `service(region)`, or `service()` where the endpoint has no region.
fn constructor(group: &Group, scope: &Scope<'_>) -> TokenStream {
    let settings = &group.settings;
    let doc = docs::lines(&docs::constructor(group));
    let api = scope.api();
    if settings.endpoint.contains("{region}") {
        quote! {
            #doc
            pub fn service(region: &str) -> rt::Service {
                rt::Service::new(&#api, region)
            }
        }
    } else {
        quote! {
            #doc
            pub fn service() -> rt::Service {
                rt::Service::new(&#api, "")
            }
        }
    }
}

fn header(options: &Options, specs: &str) -> String {
    files::mark(&options.command, specs)
}

/// The text of items. `specs` is the folder that they are made from.
fn format(tokens: TokenStream, specs: &str) -> Result<String, Error> {
    let syntax = syn::parse2(tokens).map_err(|e| Error {
        file: specs.to_owned(),
        message: format!("the generator made Rust that does not parse ({e}); please report this"),
    })?;
    Ok(prettyplease::unparse(&syntax))
}

/// The text of a file: the line that says where it is from, what it is, its items.
fn with_head(header: &str, about: &str, items: &str) -> String {
    let mut text = String::from(header);
    for line in about.trim_end().lines() {
        text.push_str(if line.is_empty() {
            "//!"
        } else if text.ends_with("hand.\n") {
            "//!\n//! "
        } else {
            "//! "
        });
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(items);
    text
}

/// The features of a crate that holds the services: one for each service, with those of its groups.
pub fn features(spec: &Spec) -> BTreeMap<String, Vec<String>> {
    let mut features = BTreeMap::new();
    for service in &spec.services {
        let groups: Vec<String> = grouped(service).map(|group| feature_of(service, group)).collect();
        for group in grouped(service) {
            // jobs are followed by an action that may be in another group
            let poll = Poll::of(service, &group.id).and(group.settings.jobs.as_ref()).map(|jobs| &jobs.poll.0);
            let poll = poll.filter(|poll| !poll.is_empty() && **poll != group.id);
            let needed = poll.map(|poll| format!("{}-{poll}", service.id)).into_iter().collect();
            features.insert(feature_of(service, group), needed);
        }
        features.insert(service.id.clone(), groups);
    }
    features
}

/// The group's actions in the order of the module.
pub(crate) fn actions(spec: &Spec) -> impl Iterator<Item = (&Service, &Group, &Action)> {
    spec.services.iter().flat_map(|service| {
        service.groups.iter().flat_map(move |group| group.actions.iter().map(move |action| (service, group, action)))
    })
}

/// A scope for code outside the module.
pub(crate) fn scope<'a>(service: &Service, group: &'a Group, root: &str) -> Scope<'a> {
    let module = names::module(&service.id);
    let path = if group.id.is_empty() {
        format!("{root}::{module}")
    } else {
        format!("{root}::{module}::{}", names::module(&group.id))
    };
    Scope::new(group, path)
}
