//! `[window]`: how a span of time that is too long for one call is cut.

use chrono::{DateTime, FixedOffset};

use crate::context::Context;
use crate::document::{Node, TableNode};
use crate::fields::is_unresolved;
use crate::model::{Action, Field, FieldPath, NamedKind, Reach, Type, Window};
use crate::paging::{Paths, is_scalar, parameter};
use crate::syntax::duration;

/// Gives the span of a call also as a rule, if the file says that it is one.
pub(crate) fn read<'a>(
    table: TableNode<'a>,
    input: &[Field],
    paths: &Paths<'_>,
    cx: &mut Context<'a>,
) -> Option<(Window, Option<Reach>)> {
    let begin = time(table, "begin", input, cx);
    let end = time(table, "end", input, cx);
    let step = seconds(table.get("step"), cx);
    let by = table.get("by").and_then(|node| parameter(node, input, cx));
    let mut spans = Vec::new();
    for entry in table.table("spans").into_iter().flat_map(TableNode::entries) {
        spans.extend(seconds(Some(entry.node), cx).map(|span| (entry.name.to_owned(), span)));
    }
    match (table.key_place("by"), table.key_place("spans")) {
        (Some(place), None) => cx.problems.error_with(place, "`by` means nothing without `spans`", ""),
        (None, Some(place)) => {
            cx.problems.error_with(
                place,
                "`spans` means nothing without `by`",
                "`by` names the parameter whose values these are",
            );
        }
        _ => {}
    }
    // where the parameter is not given, what the service takes then; if that is not known, what fits all
    let usual = by
        .and_then(|field| field.default.as_ref())
        .and_then(|value| spans.iter().find(|(known, _)| known == value))
        .map(|(_, span)| *span);
    let stated = seconds(table.get("span"), cx);
    let span = match table.get("span") {
        Some(_) => stated,
        None => usual.or_else(|| spans.iter().map(|(_, span)| *span).min()),
    };
    if span.is_none() && table.get("span").is_none() && table.get("spans").is_none() {
        cx.missing(
            table.place(),
            "`[window]` does not say how long a span is",
            "write `span = \"31d\"`, or `by` and `spans`",
        );
    }
    let join = table.table("join").into_iter().flat_map(TableNode::entries);
    let join = join.filter_map(|entry| list(entry.name, entry.place, entry.node, paths, cx)).collect();
    let (step, span) = (step?, span?);
    let least = spans.iter().map(|(_, span)| *span).chain([span]).min().unwrap_or(span);
    if least < step {
        cx.problems.error_with(table.place(), "a span is shorter than `step`", "a span holds at least one step");
    }
    // refused is only what is too long for certain
    let longest = stated.or(usual).or_else(|| spans.iter().map(|(_, span)| *span).max());
    let doubt = seconds(table.get("doubt"), cx);
    let is_limit = table.get("limit").and_then(Node::boolean).unwrap_or_default();
    if let (Some(place), false) = (table.key_place("doubt"), is_limit) {
        cx.problems.error_with(place, "`doubt` means nothing without `limit = true`", "");
    }
    let (begin, end, by) = (begin?, end?, by.map(|field| field.name.clone()));
    let reach = is_limit.then(|| Reach {
        begin: begin.clone(),
        end: end.clone(),
        by: by.clone(),
        most: spans.iter().map(|(value, span)| (value.clone(), span.saturating_sub(step))).collect(),
        usual: longest.unwrap_or(span).saturating_sub(step),
        doubt: doubt.unwrap_or_default(),
    });
    Some((Window { begin, end, step, span, by, spans, join }, reach))
}

/// Holds the span of an example against what one call covers. `given` is what its request says, and `values` what that means.
pub(crate) fn check_example(action: &Action, given: TableNode<'_>, values: &toml::Table, cx: &mut Context<'_>) {
    let Some(window) = &action.window else { return };
    let (Some(begin), Some(end)) = (time_in(values, &window.begin), time_in(values, &window.end)) else { return };
    let Some(place) = given.get(&window.end).map(Node::place) else { return };
    // where nothing is refused, no more than what calls are cut to
    let step = i64::from(window.step);
    let usual = action.reach.as_ref().map_or(i64::from(window.span), |reach| i64::from(reach.usual) + step);
    let by = window.by.as_deref().and_then(|by| Some((by, text_of(values.get(by)?)?)));
    let (most, where_) = match &by {
        None => (usual, String::new()),
        Some((by, value)) => {
            let Some((_, span)) = window.spans.iter().find(|(known, _)| known == value) else { return };
            (i64::from(*span), format!(" with `{by}` = {value:?}"))
        }
    };
    // both ends belong to it
    let covered = (end - begin).num_seconds() + step;
    if covered <= most {
        return;
    }
    let message = format!(
        "the example covers {} from `{}` to `{}`, and one call covers {} at most{where_}",
        span_text(covered),
        window.begin,
        window.end,
        span_text(most)
    );
    match &action.reach {
        Some(reach) if covered - most > i64::from(reach.doubt) => {
            cx.problems.error_with(place, message, "shorten its span, or correct `[window]`, which has `limit = true`");
        }
        Some(_) => cx.problems.warning(
            place,
            message,
            "shorten its span: within the `doubt` of `[window]`, the service may refuse it",
        ),
        None => cx.problems.warning(place, message, "shorten its span, or correct `[window]`: a longer one is cut"),
    }
}

fn time_in(values: &toml::Table, name: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(values.get(name)?.as_str()?).ok()
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(integer) => Some(integer.to_string()),
        _ => None,
    }
}

/// In the units of spec files: `31d`, `1d 5m`.
fn span_text(seconds: i64) -> String {
    let mut left = seconds;
    let mut parts = Vec::new();
    for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
        if left >= size {
            parts.push(format!("{}{unit}", left / size));
            left %= size;
        }
    }
    parts.join(" ")
}

/// The name of a parameter that is a time and can be set.
fn time<'a>(table: TableNode<'a>, key: &str, input: &[Field], cx: &mut Context<'a>) -> Option<String> {
    let node = table.get(key)?;
    let field = parameter(node, input, cx)?;
    if !matches!(field.ty, Type::Timestamp(_)) && !is_unresolved(field) {
        cx.problems.error(node.place(), format!("`{}` is not a timestamp", field.name));
    }
    Some(field.name.clone())
}

fn seconds<'a>(node: Option<Node<'a>>, cx: &mut Context<'a>) -> Option<u32> {
    u32::try_from(cx.read(node?, duration)?).ok()
}

/// A list that is joined, and the field by which its items are the same.
fn list<'a>(
    path: &str,
    place: crate::problems::Place,
    key: Node<'a>,
    paths: &Paths<'_>,
    cx: &mut Context<'a>,
) -> Option<(FieldPath, String)> {
    let (found, ty) = match paths.find(path) {
        Ok(found) => found,
        Err(message) => {
            if !cx.is_broken(place.file) {
                cx.problems.error(place, message);
            }
            return None;
        }
    };
    let Type::List(item) = ty else {
        cx.problems.error(place, format!("`{path}` is not a list"));
        return None;
    };
    let key_name = key.text()?;
    if !key_name.is_empty() {
        let fields = match &item.item {
            Type::Struct(name) => match paths.types.get(name).map(|named| &named.kind) {
                Some(NamedKind::Struct(fields)) => fields.as_slice(),
                _ => &[],
            },
            _ => &[],
        };
        match fields.iter().find(|field| field.name == key_name) {
            Some(field) if is_scalar(&field.ty) => {}
            Some(_) => cx.problems.error(key.place(), format!("`{key_name}` is not a single value")),
            None => {
                let hint = cx.suggest.did_you_mean_or_list(key_name, fields.iter().map(|field| field.name.as_str()));
                cx.problems.error_with(key.place(), format!("items of `{path}` have no field `{key_name}`"), hint);
            }
        }
    }
    Some((found, key_name.to_owned()))
}
