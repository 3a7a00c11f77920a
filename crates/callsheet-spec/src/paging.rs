//! `[pages]`, `[window]` and `[waiter]`: what refers to fields of the answer by the way to them.

use indexmap::IndexMap;

use crate::context::Context;
use crate::document::{Node, TableNode};
use crate::fields::is_unresolved;
use crate::model::{
    Action, Field, FieldPath, Mark, NamedKind, NamedType, Offset, Pages, PathStep, Type, WaitRule, WaitState, WaitTest,
    Waiter,
};
use crate::syntax::duration;
use crate::window;

/// Reads all of them into an action whose fields are known.
pub(crate) fn read<'a>(
    action: &mut Action,
    root: TableNode<'a>,
    types: &IndexMap<String, NamedType>,
    cx: &mut Context<'a>,
) {
    let paths = Paths { output: &action.output, types };
    let pages = root.table("pages").map(|table| read_pages(table, &action.input, &paths, cx));
    let (window, reach) = match root.table("window").and_then(|table| window::read(table, &action.input, &paths, cx)) {
        Some((window, reach)) => (Some(window), reach),
        None => (None, None),
    };
    let mut waiters = Vec::new();
    for entry in root.table("waiter").into_iter().flat_map(TableNode::entries) {
        if let Some(table) = entry.node.table() {
            waiters.extend(read_waiter(entry.name, table, &paths, cx));
        }
    }
    action.pages = pages;
    action.window = window;
    action.reach = reach;
    action.waiters = waiters;
}

/// The parameter that a key names.
pub(crate) fn parameter<'f, 'a>(node: Node<'a>, input: &'f [Field], cx: &mut Context<'a>) -> Option<&'f Field> {
    let name = node.text()?;
    let found = input.iter().find(|field| field.name == name);
    if found.is_none() && !cx.is_broken(node.place().file) {
        let hint = cx.suggest.did_you_mean_or_list(name, input.iter().map(|field| field.name.as_str()));
        cx.problems.error_with(node.place(), format!("there is no parameter `{name}`"), hint);
    }
    found
}

fn read_pages<'a>(table: TableNode<'a>, input: &[Field], paths: &Paths<'_>, cx: &mut Context<'a>) -> Pages {
    let is_boolean = |ty: &Type| matches!(ty, Type::Boolean);
    let is_many = |ty: &Type| matches!(ty, Type::List(_) | Type::Map(_));
    let items: Vec<FieldPath> =
        texts(table, "items").into_iter().filter_map(|node| paths.read(node, is_many, "a list or map", cx)).collect();
    Pages {
        marks: read_marks(table, input, paths, cx),
        offset: read_offset(table, input, items.is_empty(), paths, cx),
        more: table.get("more").and_then(|node| paths.read(node, is_boolean, "a boolean", cx)),
        items,
        limit: table.get("limit").and_then(|node| parameter(node, input, cx)).map(|field| field.name.clone()),
        size: read_size(table, input, cx),
    }
}

fn read_marks<'a>(table: TableNode<'a>, input: &[Field], paths: &Paths<'_>, cx: &mut Context<'a>) -> Vec<Mark> {
    let (inputs, outputs) = (texts(table, "input"), texts(table, "output"));
    if inputs.len() != outputs.len()
        && let Some(place) = table.key_place("output")
    {
        cx.problems.error_with(
            place,
            "`input` and `output` do not have the same number of names",
            "each parameter takes the value of one field",
        );
    }
    let marks = inputs.into_iter().zip(outputs).filter_map(|(input_node, output)| {
        let field = parameter(input_node, input, cx);
        // whatever it is, it goes back as it came
        let output = paths.read(output, |_| true, "", cx);
        Some(Mark { input: field?.name.clone(), output: output? })
    });
    marks.collect()
}

fn read_offset<'a>(
    table: TableNode<'a>,
    input: &[Field],
    no_items: bool,
    paths: &Paths<'_>,
    cx: &mut Context<'a>,
) -> Option<Offset> {
    let is_integer = |ty: &Type| matches!(ty, Type::Integer);
    let total = table.get("total").and_then(|node| paths.read(node, is_integer, "an integer", cx));
    let Some(node) = table.get("offset") else {
        match table.key_place("total") {
            Some(place) => cx.problems.error_with(place, "`total` means nothing without `offset`", ""),
            None if table.get("input").is_none() || table.get("output").is_none() => cx.missing(
                table.place(),
                "`[pages]` does not say what leads to the next page",
                "write `input` and `output` for a mark, or `offset` where items are counted",
            ),
            None => {}
        }
        return None;
    };
    if let Some(place) = table.key_place("input").or_else(|| table.key_place("output")) {
        cx.problems.error(place, "pages have a mark or an `offset`, not both");
    }
    if no_items && table.get("items").is_none() {
        cx.problems.error_with(node.place(), "`offset` needs `items`: they are counted", "");
    }
    let field = parameter(node, input, cx)?;
    if !is_integer(&field.ty) && !is_unresolved(field) {
        cx.problems.error(node.place(), format!("`{}` is not an integer", field.name));
    }
    Some(Offset { parameter: field.name.clone(), total })
}

fn read_size<'a>(table: TableNode<'a>, input: &[Field], cx: &mut Context<'a>) -> Option<u32> {
    let node = table.get("size")?;
    let Some(limit) = table.text("limit") else {
        cx.problems.error_with(node.place(), "`size` means nothing without `limit`", "");
        return None;
    };
    if let Some(field) = input.iter().find(|field| field.name == limit)
        && !matches!(field.ty, Type::Integer)
        && !is_unresolved(field)
    {
        cx.problems.error(node.place(), format!("`{limit}` is not an integer"));
    }
    u32::try_from(node.integer()?).ok()
}

/// A text or a list of texts, each with its node.
fn texts<'a>(table: TableNode<'a>, key: &str) -> Vec<Node<'a>> {
    match table.get(key) {
        Some(node) if node.text().is_some() => vec![node],
        Some(node) => node.items().collect(),
        None => Vec::new(),
    }
}

fn read_waiter<'a>(name: &str, table: TableNode<'a>, paths: &Paths<'_>, cx: &mut Context<'a>) -> Option<Waiter> {
    let every = table.get("every").and_then(|node| cx.read(node, duration));
    let tries = table.get("tries").and_then(Node::integer).and_then(|tries| u32::try_from(tries).ok());
    let rules = table.get("when").into_iter().flat_map(Node::items).filter_map(Node::table);
    let when: Vec<WaitRule> = rules.filter_map(|table| read_rule(table, paths, cx)).collect();
    // without an end that is reached, waiting is of no use
    if !when.iter().any(|rule| rule.then == WaitState::Done)
        && let Some(node) = table.get("when")
        && node.items().all(|rule| rule.table().and_then(|rule| rule.text("then")) != Some("done"))
    {
        cx.problems.error_with(
            node.place(),
            format!("`{name}` is never done"),
            "one of the rules says `then = \"done\"`",
        );
    }
    Some(Waiter { name: name.to_owned(), every: u32::try_from(every?).ok()?, tries: tries?, when })
}

fn read_rule<'a>(table: TableNode<'a>, paths: &Paths<'_>, cx: &mut Context<'a>) -> Option<WaitRule> {
    let then = match table.text("then")? {
        "done" => WaitState::Done,
        "failed" => WaitState::Failed,
        _ => WaitState::Again,
    };
    const TESTS: [&str; 7] = ["value", "all", "any", "some", "none", "error", "status"];
    let mut tests = TESTS.into_iter().filter_map(|key| Some((key, table.get(key)?)));
    let (Some((key, node)), None) = (tests.next(), tests.next()) else {
        let message = "a rule of a waiter has one of `value`, `all`, `any`, `some`, `none`, `error` and `status`";
        cx.problems.error(table.place(), message);
        return None;
    };
    let is = table.get("is");
    let compares = matches!(key, "value" | "all" | "any");
    match is {
        Some(is) if !compares => cx.problems.error(is.place(), format!("`is` means nothing to `{key}`")),
        None if compares => {
            cx.problems.error_with(
                node.place(),
                format!("`{key}` lacks what the field is compared with"),
                "write `is` beside it",
            );
        }
        _ => {}
    }
    let test = match key {
        "error" => match (node.boolean(), node.scalar()) {
            (Some(any), _) => WaitTest::AnyError(any),
            (None, code) => WaitTest::Error(code?),
        },
        "status" => WaitTest::Status(u16::try_from(node.integer()?).ok()?),
        "some" => WaitTest::Some(paths.read(node, |_| true, "", cx)?),
        "none" => WaitTest::None(paths.read(node, |_| true, "", cx)?),
        _ => {
            let path = paths.read(node, is_scalar, "a single value", cx)?;
            let is = is?.scalar()?;
            match key {
                "all" => WaitTest::All(path, is),
                "any" => WaitTest::Any(path, is),
                _ => WaitTest::Value(path, is),
            }
        }
    };
    Some(WaitRule { test, then })
}

pub(crate) fn is_scalar(ty: &Type) -> bool {
    !matches!(ty, Type::Struct(_) | Type::List(_) | Type::Map(_) | Type::Document | Type::Series(_))
}

/// What paths lead through.
pub(crate) struct Paths<'t> {
    pub(crate) output: &'t [Field],
    pub(crate) types: &'t IndexMap<String, NamedType>,
}

impl Paths<'_> {
    /// Reads `Reservations[]/Instances[]/State/Name`, and holds it against the types.
    pub(crate) fn read<'a>(
        &self,
        node: Node<'a>,
        fits: impl Fn(&Type) -> bool,
        wanted: &str,
        cx: &mut Context<'a>,
    ) -> Option<FieldPath> {
        let text = node.text()?;
        let mut fields = self.output;
        let mut steps = Vec::new();
        let mut at = 0;
        let mut parts = text.split('/').peekable();
        while let Some(part) = parts.next() {
            let place = node.place_in(cx.files, at, at + part.len());
            at += part.len() + 1;
            let (name, each) = match part.strip_suffix("[]") {
                Some(name) => (name, true),
                None => (part, false),
            };
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                if !cx.is_broken(place.file) {
                    let hint = cx.suggest.did_you_mean_or_list(name, fields.iter().map(|field| field.name.as_str()));
                    cx.problems.error_with(place, format!("the answer has no field `{name}` there"), hint);
                }
                return None;
            };
            if is_unresolved(field) {
                return None;
            }
            let inner = match (&field.ty, each) {
                (Type::List(list), true) => &list.item,
                (Type::Map(map), true) => &map.value,
                (ty, false) => ty,
                (_, true) => {
                    cx.problems.error_with(place, format!("`{name}` is no list or map"), "leave out the `[]`");
                    return None;
                }
            };
            steps.push(PathStep { field: name.to_owned(), each });
            if parts.peek().is_none() {
                if fits(inner) {
                    return Some(FieldPath { steps });
                }
                cx.problems.error(place, format!("`{name}` is not {wanted}"));
                return None;
            }
            fields = match inner {
                Type::Struct(target) => match self.types.get(target).map(|named| &named.kind) {
                    Some(NamedKind::Struct(fields) | NamedKind::Union(fields)) => fields,
                    _ => return None,
                },
                Type::List(_) | Type::Map(_) => {
                    cx.problems.error_with(
                        place,
                        format!("`{name}` has many values"),
                        format!("write `{name}[]` for each of them"),
                    );
                    return None;
                }
                _ => {
                    cx.problems.error(place, format!("`{name}` has no fields"));
                    return None;
                }
            };
        }
        None
    }
    /// The same for a text that stands in no value: the path and the type at its end, or what is wrong with it.
    pub(crate) fn find(&self, text: &str) -> Result<(FieldPath, &Type), String> {
        let mut fields = self.output;
        let mut steps = Vec::new();
        let mut parts = text.split('/').peekable();
        while let Some(part) = parts.next() {
            let (name, each) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
            let field = fields.iter().find(|field| field.name == name);
            let field = field.ok_or_else(|| format!("the answer has no field `{name}` there"))?;
            let inner = match (&field.ty, each) {
                (Type::List(list), true) => &list.item,
                (Type::Map(map), true) => &map.value,
                (ty, false) => ty,
                (_, true) => return Err(format!("`{name}` is no list or map")),
            };
            steps.push(PathStep { field: name.to_owned(), each });
            if parts.peek().is_none() {
                return Ok((FieldPath { steps }, inner));
            }
            fields = match inner {
                Type::Struct(target) => match self.types.get(target).map(|named| &named.kind) {
                    Some(NamedKind::Struct(fields) | NamedKind::Union(fields)) => fields,
                    _ => return Err(format!("`{name}` has no fields")),
                },
                _ => return Err(format!("`{name}` has no fields")),
            };
        }
        Err("the path is empty".to_owned())
    }
}
