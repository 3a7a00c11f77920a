//! An action: parameters, answer, and what ties them together.

use callsheet_spec::model::Action;
use proc_macro2::TokenStream;
use quote::quote;

use crate::module::Scope;
use crate::names::ident;
use crate::tables::Rules;
use crate::types::Members;
use crate::{docs, sequence, tables};

pub(crate) fn tokens(action: &Action, scope: &Scope<'_>) -> Option<TokenStream> {
    let names = scope.names_of(&action.name)?;
    let input = Members::new(&action.input, &action.name, scope);
    let derives = if input.can_be_empty() { quote!(Clone, Default, PartialEq) } else { quote!(Clone, PartialEq) };
    let definition = input.definition(&names.input, &docs::action(action, scope), &derives);
    let deprecated = docs::deprecated(action.deprecated.as_deref());
    let constructors = input.constructors(&names.input, &action.name, true);
    let rules = Rules { orders: &action.rules, reach: action.reach.as_ref() };
    let input_shape = tables::shape(&names.input_table, &action.name, &action.input, false, rules, scope);
    let (rust, table) = (ident(&names.input), ident(&names.input_table));
    let rows = input.rows();
    let output = match (&names.output, &names.output_table) {
        (Some(output), Some(output_table)) => {
            let members = Members::new(&action.output, &action.name, scope);
            let summary = format!("What [`{}`] answers.", names.input);
            let definition = members.definition(output, &summary, &quote!(Clone, Default, PartialEq));
            let name = format!("{}Output", action.name);
            let shape = tables::shape(output_table, &name, &action.output, false, Rules::default(), scope);
            let record = members.record(output, output_table);
            quote!(#definition #shape #record)
        }
        _ => TokenStream::new(),
    };
    let output_type = match &names.output {
        Some(output) => {
            let output = ident(output);
            quote!(#output)
        }
        None => quote!(rt::Nothing),
    };
    let sequence = sequence::items(action, &rust, scope);
    let operation = tables::operation(action, &names.input_table, names.output_table.as_deref(), scope);
    Some(quote! {
        #deprecated
        #definition
        #constructors
        #input_shape
        ::callsheet::action_record!(#rust: #table; #rows);
        impl rt::Action for #rust {
            type Output = #output_type;
            const OPERATION: &'static rt::Operation = &#operation;
        }
        #sequence
        #output
    })
}
