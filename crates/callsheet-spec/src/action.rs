//! Action files.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::body;
use crate::context::Context;
use crate::document::{Node, TableNode};
use crate::fields::{self, Side};
use crate::files::FileId;
use crate::model::{Action, Field, NamedKind, NamedType, Order, SeriesInfo, Settings, Type};
use crate::settings::{method_word, place_word, read_result, read_root, reserved_parameters};
use crate::syntax::{order, template_words};
use crate::types::Scope;

/// Reads everything of an action but its examples.
pub(crate) fn read<'a>(
    name: &str,
    root: TableNode<'a>,
    settings: &Settings,
    scope: &Scope<'_, 'a>,
    cx: &mut Context<'a>,
) -> Action {
    let names = settings.request.names;
    let side = |key: &str, side: Side, cx: &mut Context<'a>| match root.table(key) {
        Some(table) => fields::read(table, side, scope, names, cx),
        None => Vec::new(),
    };
    let mut input = side("input", Side::Input, cx);
    let output = side("output", Side::Output, cx);
    let whole_body = body::read(root, &output, cx);
    check_parameters(root, &input, settings, cx);
    let host_prefix = read_host_prefix(root, &mut input, cx);
    let text = |key: &str| root.text(key).map(str::to_owned);
    Action {
        name: name.to_owned(),
        file: cx.files.path(root.file()).to_owned(),
        doc: text("doc").unwrap_or_default(),
        link: text("link"),
        safe: root.get("safe").and_then(Node::boolean).unwrap_or_default(),
        method: root.text("method").and_then(method_word),
        place: root.text("place").and_then(place_word),
        root: root.get("root").and_then(|node| read_root(node, cx)),
        // the body is not below anything
        result: if whole_body {
            Some(String::new())
        } else {
            root.get("result").and_then(|node| read_result(node, cx))
        },
        host_prefix,
        rules: read_orders(root, &input, cx),
        reach: None,
        errors: read_errors(root, settings, cx),
        input,
        output,
        whole_body,
        examples: Vec::new(),
        pages: None,
        window: None,
        job: None,
        waiters: Vec::new(),
        deprecated: text("deprecated"),
    }
}

/// Parameters must not have the names of those that the settings send.
fn check_parameters(root: TableNode<'_>, input: &[Field], settings: &Settings, cx: &mut Context<'_>) {
    let reserved: HashMap<&str, &str> = reserved_parameters(settings).into_iter().collect();
    for field in input {
        let what = reserved.get(field.send.as_str());
        let place = root.table("input").and_then(|table| table.key_place(&field.name));
        if let (Some(what), Some(place)) = (what, place) {
            cx.problems.error(place, format!("`{}` is sent already, as {what}", field.send));
        }
    }
    let common: HashSet<&str> = settings.common.iter().map(|f| f.name.as_str()).collect();
    for field in input {
        if common.contains(field.name.as_str())
            && !reserved.contains_key(field.send.as_str())
            && let Some(place) = root.table("input").and_then(|table| table.key_place(&field.name))
        {
            cx.problems.error_with(
                place,
                format!("`{}` is the name of a common parameter too", field.name),
                "rename the field, and give it the name on the wire with `wire`",
            );
        }
    }
}

fn read_host_prefix(root: TableNode<'_>, input: &mut [Field], cx: &mut Context<'_>) -> Option<String> {
    /// Of a host as a whole.
    const LONGEST: usize = 253;

    let node = root.get("host_prefix");
    let text = node.and_then(Node::text);
    let mut words = Vec::new();
    if let (Some(node), Some(text)) = (node, text) {
        if text.len() > LONGEST {
            cx.problems.error(node.place(), "the prefix is too long for a host");
            return None;
        }
        words = cx.accept(node.place(), template_words(text)).unwrap_or_default();
        for word in &words {
            let fitting = input.iter_mut().find(|field| field.name == *word);
            match fitting {
                Some(field) if fields::is_unresolved(field) => {}
                Some(field) if field.required && matches!(field.ty, Type::Text | Type::Enum(_)) => {
                    field.host_label = true;
                }
                Some(_) => cx.problems.error_with(
                    node.place(),
                    format!("`{word}` cannot be part of the host"),
                    "that takes a required text: `string!`",
                ),
                None => {
                    let names = input.iter().map(|field| field.name.as_str());
                    cx.problems.error_with(
                        node.place(),
                        format!("there is no parameter `{word}`"),
                        cx.suggest.did_you_mean_or_list(word, names),
                    );
                }
            }
        }
    }
    for field in input.iter().filter(|field| field.host_label) {
        if !words.contains(&field.name.as_str())
            && let Some(place) = root.table("input").and_then(|table| table.key_place(&field.name))
        {
            cx.problems.error_with(
                place,
                format!("`{}` does not occur in `host_prefix`", field.name),
                format!("write `host_prefix = \"{{{}}}.\"`", field.name),
            );
        }
    }
    text.map(str::to_owned)
}

fn read_orders(root: TableNode<'_>, input: &[Field], cx: &mut Context<'_>) -> Vec<Order> {
    /// Each is checked for each example, and nobody needs more.
    const MOST: usize = 100;

    let by_name: HashMap<&str, &Field> = input.iter().map(|field| (field.name.as_str(), field)).collect();
    let mut orders = Vec::new();
    if let Some(node) = root.get("order")
        && node.items().nth(MOST).is_some()
    {
        cx.problems.error(node.place(), format!("there are more than {MOST} rules about two parameters"));
        return orders;
    }
    for node in root.get("order").into_iter().flat_map(Node::items) {
        let Some(text) = node.text() else { continue };
        let Some((before, after, or_equal)) = cx.accept(node.place(), order(text)) else {
            continue;
        };
        let mut kinds = Vec::new();
        for name in [before, after] {
            let at = text.find(name).unwrap_or_default();
            let place = node.place_in(cx.files, at, at + name.len());
            match by_name.get(name) {
                Some(field) if fields::is_unresolved(field) => {}
                Some(field) => match field.ty {
                    Type::Integer | Type::Float => kinds.push("number"),
                    Type::Timestamp(_) => kinds.push("timestamp"),
                    _ => cx.problems.error_with(
                        place,
                        format!("`{name}` cannot be compared"),
                        "numbers and timestamps can",
                    ),
                },
                None if cx.is_broken(root.file()) => {}
                None => {
                    let names = input.iter().map(|field| field.name.as_str());
                    cx.problems.error_with(
                        place,
                        format!("there is no parameter `{name}`"),
                        cx.suggest.did_you_mean_or_list(name, names),
                    );
                }
            }
        }
        if kinds.len() == 2 && kinds.first() != kinds.last() {
            cx.problems.error(node.place(), format!("`{before}` and `{after}` are not of the same kind"));
        }
        orders.push(Order { before: before.to_owned(), after: after.to_owned(), or_equal });
    }
    orders
}

fn read_errors(root: TableNode<'_>, settings: &Settings, cx: &mut Context<'_>) -> Vec<String> {
    let nodes: Vec<Node<'_>> = root.get("errors").into_iter().flat_map(Node::items).collect();
    if nodes.is_empty() {
        return Vec::new();
    }
    let codes = &settings.errors.codes;
    let known: HashSet<&str> = codes.iter().map(|code| code.code.as_str()).collect();
    let mut errors = Vec::new();
    for node in nodes {
        let Some(name) = node.text() else { continue };
        if !known.contains(name) {
            cx.problems.error_with(
                node.place(),
                format!("`[errors.codes]` has no code `{name}`"),
                cx.suggest
                    .did_you_mean(name, known.iter().copied())
                    .unwrap_or_else(|| "document it in service.toml or group.toml".to_owned()),
            );
        }
        errors.push(name.to_owned());
    }
    errors
}

/// Series say which parameters of the request space them; whether the action has those is known only now.
pub(crate) fn check_series(
    action: &Action,
    root: TableNode<'_>,
    types: &IndexMap<String, NamedType>,
    cx: &mut Context<'_>,
) {
    let place = root.key_place("output").unwrap_or_else(|| root.place());
    let mut seen: HashSet<&str> = HashSet::new();
    let mut open: Vec<&Field> = action.output.iter().collect();
    while let Some(field) = open.pop() {
        match fields::innermost(&field.ty) {
            Type::Series(info) => check_spacing(field, info, action, place, cx),
            Type::Struct(name) => {
                if seen.insert(name)
                    && let Some(named) = types.get(name)
                    && let NamedKind::Struct(fields) | NamedKind::Union(fields) = &named.kind
                {
                    open.extend(fields);
                }
            }
            _ => {}
        }
    }
}

fn check_spacing(
    field: &Field,
    info: &SeriesInfo,
    action: &Action,
    place: crate::problems::Place,
    cx: &mut Context<'_>,
) {
    for (key, name) in [("step", &info.step), ("start", &info.start)] {
        let Some(name) = name else { continue };
        let input = action.input.iter().find(|input| input.name == *name);
        if input.is_some_and(fields::is_unresolved) {
            continue;
        }
        match input.map(|input| &input.ty) {
            Some(Type::Timestamp(_)) if key == "start" => {}
            Some(Type::Text | Type::Enum(_) | Type::Integer) if key == "step" => {}
            Some(_) => cx
                .problems
                .error(place, format!("the parameter `{name}` cannot be the {key} of the series `{}`", field.name)),
            None => {
                let names = action.input.iter().map(|input| input.name.as_str());
                cx.problems.error_with(
                    place,
                    format!(
                        "the series `{}` takes its {key} from the parameter `{name}`, which this action does not have",
                        field.name
                    ),
                    cx.suggest.did_you_mean_or_list(name, names),
                );
            }
        }
    }
}

/// The files that lie beside an action file.
pub(crate) fn beside(file: FileId, name: &str, cx: &Context<'_>) -> String {
    match cx.files.path(file).rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{name}"),
        None => name.to_owned(),
    }
}
