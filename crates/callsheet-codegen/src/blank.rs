//! A list of every action and every modelled error of a spec folder: for programs that fill parameters by the tables alone, such as tests.

use callsheet_spec::model::Spec;
use proc_macro2::TokenStream;
use quote::quote;

use crate::names::ident;
use crate::types::Members;
use crate::{Error, File, Options, files, module};

/// A file with two functions: `actions` gives each action with its parameters blank, also those that `new` would demand, and
/// `errors` each modelled error.
///
/// `root` is the module of the services: `crate::generated`. The file calls `action` and `error` of its parent module, which the
/// caller defines, and must be part of the same crate as the services.
pub fn blanks(spec: &Spec, options: &Options, root: &str) -> Result<File, Error> {
    let mut actions = Vec::new();
    let mut errors = Vec::new();
    for service in &spec.services {
        for group in &service.groups {
            let scope = module::scope(service, group, root);
            let prefix: TokenStream = scope.path.parse().unwrap_or_default();
            for action in &group.actions {
                let Some(names) = scope.names_of(&action.name) else { continue };
                let rust = ident(&names.input);
                let id = format!("{}/{}", group.path, action.name);
                let members = Members::new(&action.input, &action.name, &scope);
                let fields: Vec<_> = members.names().map(|(_, name)| ident(name)).collect();
                actions.push(quote! {
                    super::action(#id, || #prefix::#rust { #(#fields: ::core::default::Default::default()),* })
                });
            }
            for name in group.types.keys().filter(|name| !scope.error_codes(name).is_empty()) {
                let rust = ident(&scope.named(name).rust);
                let path = &group.path;
                errors.push(quote!(super::error::<#prefix::#rust>(#path, #name)));
            }
        }
    }
    let tokens = quote! {
        /// Every action with nothing set.
        pub fn actions() -> ::std::vec::Vec<super::TypedAction> {
            ::std::vec![#(#actions),*]
        }
        /// Every modelled error.
        pub fn errors() -> ::std::vec::Vec<super::TypedError> {
            ::std::vec![#(#errors),*]
        }
    };
    let syntax = syn::parse2(tokens).map_err(|e| Error { file: options.specs.clone(), message: e.to_string() })?;
    let text = format!("{}\n{}", files::mark(&options.command, &options.specs), prettyplease::unparse(&syntax));
    Ok(File { path: "blanks.rs".to_owned(), text })
}
