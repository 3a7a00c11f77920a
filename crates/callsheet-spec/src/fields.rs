//! Fields: their types, names, rules and whatever else a field may say.

use std::collections::HashMap;

use crate::context::Context;
use crate::document::{Entry, Layers, Node, TableNode};
use crate::model::{Field, ListType, MapType, Names, Rule, TimeFormat, Type};
use crate::problems::Place;
use crate::syntax::{chars, duration, folded_name, is_wire_name, list_form, time_name, time_pattern, zone};
use crate::types::{Resolved, Scope, resolve_type};

/// Where a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Input,
    Output,
    Common,
    /// Of a structure, which may serve both ways.
    Member,
    /// Of a union.
    Variant,
}

/// Reads the fields of a table.
pub(crate) fn read<'a>(
    table: TableNode<'a>,
    side: Side,
    scope: &Scope<'_, 'a>,
    names: Names,
    cx: &mut Context<'a>,
) -> Vec<Field> {
    read_entries(table.entries(), side, scope, names, cx)
}

/// The same for fields from several tables.
pub(crate) fn read_entries<'a>(
    entries: impl IntoIterator<Item = Entry<'a>>,
    side: Side,
    scope: &Scope<'_, 'a>,
    names: Names,
    cx: &mut Context<'a>,
) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut clashes = Clashes::default();
    for entry in entries {
        if !is_wire_name(entry.name) {
            cx.problems.error_with(
                entry.place,
                format!("`{}` is no name for a field", entry.name),
                "names are letters, digits, `_`, `.` and `-`, with a letter first; the name on the wire can be set with `wire`",
            );
            continue;
        }
        let field = read_field(entry, side, scope, names, cx);
        clashes.check(&field, entry, side, cx);
        fields.push(field);
    }
    fields
}

/// Names that were seen in one table.
#[derive(Default)]
struct Clashes<'a> {
    in_rust: HashMap<String, &'a str>,
    sent: HashMap<String, &'a str>,
    read: HashMap<(bool, String), &'a str>,
}

impl<'a> Clashes<'a> {
    fn check(&mut self, field: &Field, entry: Entry<'a>, side: Side, cx: &mut Context<'a>) {
        if let Some(other) = self.in_rust.insert(folded_name(entry.name), entry.name) {
            cx.problems.error_with(
                entry.place,
                format!("`{}` and `{other}` are the same name in Rust", entry.name),
                "rename one, and give it the name on the wire with `wire`",
            );
            return;
        }
        let place = entry
            .node
            .table()
            .and_then(|table| ["wire", "send", "read"].into_iter().find_map(|key| table.get(key)))
            .map_or(entry.place, Node::place);
        let mut clash = None;
        if side != Side::Output {
            clash = self.sent.insert(field.send.clone(), entry.name);
        }
        if side != Side::Input && side != Side::Common {
            let key = (field.attribute, field.read.clone());
            clash = self.read.insert(key, entry.name).or(clash);
        }
        if let Some(other) = clash {
            let wire = if side == Side::Output { &field.read } else { &field.send };
            cx.problems.error(place, format!("`{}` and `{other}` are both `{wire}` on the wire", entry.name));
        }
    }
}

fn read_field<'a>(entry: Entry<'a>, side: Side, scope: &Scope<'_, 'a>, names: Names, cx: &mut Context<'a>) -> Field {
    let table = entry.node.table();
    let type_node = match table {
        Some(table) => table.get("type"),
        None => Some(entry.node),
    };
    let Some(type_node) = type_node else {
        return unresolved(entry.name);
    };
    let Some(resolved) = resolve_type(type_node, scope, cx) else {
        return unresolved(entry.name);
    };
    let mut ty = resolved.ty;
    let own = Layers::new(table.into_iter().chain(resolved.own));
    let leaf = Layers::new(own.tables().iter().copied().chain(resolved.of_items));
    apply_type_attributes(&mut ty, &own, cx);
    let rules = rules(&ty, &own, &leaf, cx);
    if resolved.required {
        check_required(side, type_node, cx);
    }
    if side == Side::Input && matches!(innermost(&ty), Type::Series(_)) {
        cx.problems.error(type_node.place(), "a series cannot be sent");
    }

    let text = |key: &str| table.and_then(|table| table.text(key));
    let flag = |key: &str| {
        let value = table.and_then(|table| table.get(key));
        value.and_then(Node::boolean).unwrap_or_default()
    };
    let wire = text("wire");
    let send = match text("send").or(wire) {
        Some(name) => name.to_owned(),
        None => sent_name(entry.name, names),
    };
    let read = text("read").or(wire).unwrap_or(entry.name).to_owned();
    if (send.is_empty() || read.is_empty())
        && let Some(place) = table.map(TableNode::place)
    {
        cx.problems.error(place, "a name on the wire is empty");
    }
    let field = Field {
        name: entry.name.to_owned(),
        send,
        read,
        required: resolved.required,
        expected: flag("expected"),
        nullable: resolved.nullable,
        doc: own.text("doc").unwrap_or_default().to_owned(),
        unit: own.text("unit").map(str::to_owned),
        default: table.and_then(|table| table.get("default")).and_then(Node::scalar),
        rules,
        sensitive: leaf.boolean("sensitive").unwrap_or_default(),
        idempotency_token: flag("token"),
        attribute: flag("attribute"),
        host_label: flag("host_label"),
        deprecated: text("deprecated").map(str::to_owned),
        ty,
    };
    check_flags(&field, side, &own, cx);
    if side != Side::Output
        && let Some(place) = table.and_then(|table| table.key_place("from"))
    {
        cx.problems.error_with(place, "only a field of `[output]` takes the body of the answer", "");
    }
    field
}

/// A field whose type is wrong, which was reported. It is there so that nothing that refers to it is wrong too.
fn unresolved(name: &str) -> Field {
    Field {
        name: name.to_owned(),
        send: name.to_owned(),
        read: name.to_owned(),
        ty: Type::Struct(String::new()),
        required: false,
        expected: false,
        nullable: false,
        doc: String::new(),
        unit: None,
        default: None,
        rules: Vec::new(),
        sensitive: false,
        idempotency_token: false,
        attribute: false,
        host_label: false,
        deprecated: None,
    }
}

/// Whether the type of a field is not known.
pub(crate) fn is_unresolved(field: &Field) -> bool {
    matches!(&field.ty, Type::Struct(name) if name.is_empty())
}

fn check_required(side: Side, node: Node<'_>, cx: &mut Context<'_>) {
    match side {
        Side::Common => cx.problems.error_with(
            node.place(),
            "a common parameter cannot be required",
            "not every action takes it; leave out the `!`",
        ),
        Side::Variant => cx.problems.error_with(
            node.place(),
            "a field of a union cannot be required",
            "exactly one of the fields is there; leave out the `!`",
        ),
        Side::Input | Side::Output | Side::Member => {}
    }
}

fn check_flags(field: &Field, side: Side, own: &Layers<'_>, cx: &mut Context<'_>) {
    let place = |key| own.key_place(key);
    if field.idempotency_token
        && field.ty != Type::Text
        && let Some(place) = place("token")
    {
        cx.problems.error(place, "only a `string` can be an idempotency token");
    }
    if field.expected
        && let Some(place) = place("expected")
    {
        if !matches!(side, Side::Input | Side::Common) {
            cx.problems.error(place, "only a parameter can be expected");
        } else if field.required {
            cx.problems.error_with(place, "a required parameter is expected anyway", "leave out one of them");
        }
    }
    if field.attribute
        && matches!(field.ty, Type::Struct(_) | Type::List(_) | Type::Map(_) | Type::Document | Type::Series(_))
        && let Some(place) = place("attribute")
    {
        cx.problems.error(place, "an attribute holds a single value");
    }
    if field.host_label
        && (side != Side::Input || !matches!(field.ty, Type::Text | Type::Enum(_)))
        && let Some(place) = place("host_label")
    {
        cx.problems.error(place, "only a parameter that is a text can be part of the host");
    }
}

fn sent_name(name: &str, names: Names) -> String {
    match names {
        Names::AsIs => name.to_owned(),
        Names::Capitalized => {
            let mut chars = name.chars();
            chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
        }
    }
}

/// Looks at the settings of a `[type]` as if a field used it.
pub(crate) fn check_attributes<'a>(alias: Node<'a>, scope: &Scope<'_, 'a>, cx: &mut Context<'a>) {
    let table = alias.table();
    let text = match table {
        Some(table) => table.get("type"),
        None => Some(alias),
    };
    let Some(mut resolved) = text.and_then(|text| resolve_type(text, scope, cx)) else {
        return;
    };
    if let Some(text) = text
        && (resolved.required || resolved.nullable)
    {
        cx.problems.error_with(
            text.place(),
            "a `[type]` cannot end in `!` or `?`",
            "that belongs to the field that uses the type",
        );
    }
    let own = Layers::new(table.into_iter().chain(resolved.own));
    let leaf = Layers::new(own.tables().iter().copied().chain(resolved.of_items));
    apply_type_attributes(&mut resolved.ty, &own, cx);
    rules(&resolved.ty, &own, &leaf, cx);
}

/// `[T]`, with what the aliases of the item said.
pub(crate) fn list_of<'a>(mut item: Resolved<'a>, cx: &mut Context<'a>) -> Resolved<'a> {
    finish_item(&mut item, cx);
    item.ty = Type::List(Box::new(ListType { item: item.ty, item_name: None, flat: false, form: None }));
    item
}

/// `{T}`, with what the aliases of the value said.
pub(crate) fn map_of<'a>(mut value: Resolved<'a>, cx: &mut Context<'a>) -> Resolved<'a> {
    finish_item(&mut value, cx);
    value.ty = Type::Map(Box::new(MapType { value: value.ty, key_name: None, value_name: None, flat: false }));
    value
}

fn finish_item<'a>(item: &mut Resolved<'a>, cx: &mut Context<'a>) {
    let own = std::mem::take(&mut item.own);
    let layers = Layers::new(own.iter().copied());
    apply_type_attributes(&mut item.ty, &layers, cx);
    if let Some(place) = layers.key_place("items") {
        cx.problems.warning(place, "the number of items is not checked for a list inside a list or map", "");
    }
    item.of_items.splice(0..0, own);
}

/// Sets what belongs to the type itself: time formats, forms of lists and maps, spacing of series.
fn apply_type_attributes(ty: &mut Type, layers: &Layers<'_>, cx: &mut Context<'_>) {
    if let Some(format) = time_format(layers, cx) {
        match innermost_mut(ty) {
            Type::Timestamp(slot) => *slot = Some(format),
            _ => misfit("format", "a timestamp", layers, cx),
        }
    }
    let step = layers.text("step").map(str::to_owned);
    let start = layers.text("start").map(str::to_owned);
    if step.is_some() || start.is_some() {
        match innermost_mut(ty) {
            Type::Series(info) => {
                info.step = step;
                info.start = start;
            }
            _ => misfit(if step.is_some() { "step" } else { "start" }, "a series", layers, cx),
        }
    }
    let form = layers.get("lists").and_then(|node| {
        let form = list_form(node.text()?);
        cx.accept(node.place(), form)
    });
    let flat = layers.boolean("flat");
    match ty {
        Type::List(list) => {
            list.form = form;
            list.flat = flat.unwrap_or_default();
            list.item_name = layers.text("item").map(str::to_owned);
            for key in ["key", "value"] {
                misfit_if_there(key, "a map", layers, cx);
            }
        }
        Type::Map(map) => {
            map.flat = flat.unwrap_or_default();
            map.key_name = layers.text("key").map(str::to_owned);
            map.value_name = layers.text("value").map(str::to_owned);
            for key in ["lists", "item"] {
                misfit_if_there(key, "a list", layers, cx);
            }
        }
        _ => {
            for key in ["lists", "item"] {
                misfit_if_there(key, "a list", layers, cx);
            }
            for key in ["key", "value"] {
                misfit_if_there(key, "a map", layers, cx);
            }
            misfit_if_there("flat", "a list or map", layers, cx);
        }
    }
}

fn misfit_if_there(key: &str, wanted: &str, layers: &Layers<'_>, cx: &mut Context<'_>) {
    if layers.get(key).is_some() {
        misfit(key, wanted, layers, cx);
    }
}

fn misfit(key: &str, wanted: &str, layers: &Layers<'_>, cx: &mut Context<'_>) {
    if let Some(place) = layers.key_place(key) {
        let hint = match key {
            "length" => "the number of items is `items`, the value of a number is `range`",
            "range" => "the number of characters is `length`, the number of items is `items`",
            _ => "",
        };
        cx.problems.error_with(place, format!("`{key}` is for {wanted}"), hint);
    }
}

fn time_format(layers: &Layers<'_>, cx: &mut Context<'_>) -> Option<TimeFormat> {
    let Some(format) = layers.get("format") else {
        if let Some(place) = layers.key_place("zone") {
            cx.problems.error_with(place, "`zone` is for a timestamp with a pattern", "write `format` beside it");
        }
        return None;
    };
    read_time_format(format, layers.get("zone"), cx)
}

/// A named format, or a pattern and its zone.
pub(crate) fn read_time_format(
    format: Node<'_>,
    zone_node: Option<Node<'_>>,
    cx: &mut Context<'_>,
) -> Option<TimeFormat> {
    let text = format.text()?;
    let offset = zone_node.and_then(|node| {
        let offset = zone(node.text()?);
        cx.accept(node.place(), offset)
    });
    if let Some(format) = time_name(text) {
        if let Some(node) = zone_node {
            cx.problems.error(node.place(), format!("`{text}` has a zone of its own"));
        }
        return Some(format);
    }
    if !text.contains('%') {
        let names = ["iso8601", "rfc822", "unix", "unix-ms"];
        cx.problems.error_with(
            format.place(),
            format!("there is no time format `{text}`"),
            cx.suggest.did_you_mean(text, names).unwrap_or_else(|| {
                "write `iso8601`, `rfc822`, `unix`, `unix-ms` or a pattern such as `%Y-%m-%d`".to_owned()
            }),
        );
        return None;
    }
    let has_offset = cx.accept(format.place(), time_pattern(text))?;
    if zone_node.is_none() && !has_offset {
        cx.missing(
            format.place(),
            "the pattern does not say in which zone it is",
            "write `zone = \"+08:00\"` or `zone = \"UTC\"` beside it",
        );
    }
    Some(TimeFormat::Pattern { pattern: text.to_owned(), offset: offset.unwrap_or_default() })
}

/// The rules of a field. Those about one value go for each item of a list.
fn rules(ty: &Type, own: &Layers<'_>, leaf: &Layers<'_>, cx: &mut Context<'_>) -> Vec<Rule> {
    let mut rules = Vec::new();
    let inner = innermost(ty);
    let is_text = matches!(inner, Type::Text | Type::Blob | Type::JsonText);
    let is_number = matches!(inner, Type::Integer | Type::Float);
    let is_time = matches!(inner, Type::Timestamp(_));
    let is_many = matches!(ty, Type::List(_) | Type::Map(_));

    if let Some(node) = leaf.get("length") {
        match whole_bounds(node, cx) {
            _ if !is_text => misfit("length", "a text", leaf, cx),
            Some((min, max)) => rules.push(Rule::Length { min, max }),
            None => {}
        }
    }
    if let Some(node) = leaf.get("range") {
        match bounds(node, cx) {
            _ if !is_number => misfit("range", "a number", leaf, cx),
            Some((min, max)) => {
                rules.push(Rule::Range { min: min.is_finite().then_some(min), max: max.filter(|max| max.is_finite()) })
            }
            None => {}
        }
    }
    if let Some(node) = leaf.get("chars")
        && let Some(text) = node.text()
    {
        if inner != &Type::Text {
            misfit("chars", "a text", leaf, cx);
        } else if cx.accept(node.place(), chars(text)).is_some() {
            rules.push(Rule::Chars(text.to_owned()));
        }
    }
    if let Some(node) = own.get("items") {
        match whole_bounds(node, cx) {
            _ if !is_many => misfit("items", "a list or map", own, cx),
            Some((min, max)) => rules.push(Rule::Items { min, max }),
            None => {}
        }
    }
    if let Some(node) = leaf.get("tick") {
        let seconds = seconds(node, cx);
        if !is_time {
            misfit("tick", "a timestamp", leaf, cx);
        } else if let Some(seconds) = seconds {
            match u32::try_from(seconds) {
                Ok(seconds) if seconds <= 86_400 => rules.push(Rule::Tick { seconds }),
                _ => cx.problems.error(node.place(), "a tick is a day at most"),
            }
        }
    }
    if leaf.boolean("not_after_now") == Some(true) {
        if is_time {
            rules.push(Rule::NotAfterNow);
        } else {
            misfit("not_after_now", "a timestamp", leaf, cx);
        }
    }
    if let Some(node) = leaf.get("max_age") {
        let seconds = seconds(node, cx);
        if !is_time {
            misfit("max_age", "a timestamp", leaf, cx);
        } else if let Some(seconds) = seconds {
            rules.push(Rule::MaxAge { seconds });
        }
    }
    rules
}

fn seconds(node: Node<'_>, cx: &mut Context<'_>) -> Option<u64> {
    let seconds = duration(node.text()?);
    cx.accept(node.place(), seconds)
}

/// `[least]` or `[least, most]`.
fn bounds(node: Node<'_>, cx: &mut Context<'_>) -> Option<(f64, Option<f64>)> {
    if !node.is_array() {
        return None;
    }
    let numbers: Vec<Option<f64>> = node.items().map(Node::number).collect();
    match numbers.as_slice() {
        [Some(min)] if !min.is_nan() => Some((*min, None)),
        [Some(min), Some(max)] if min <= max => Some((*min, Some(*max))),
        [Some(_), Some(_)] => refuse_bounds(node.place(), "the first bound is above the second", cx),
        _ => refuse_bounds(node.place(), "bounds are one or two numbers", cx),
    }
}

/// The same for counts.
fn whole_bounds(node: Node<'_>, cx: &mut Context<'_>) -> Option<(u64, Option<u64>)> {
    let (min, max) = bounds(node, cx)?;
    let whole = |number: f64| (number >= 0.0 && number.fract() == 0.0 && number <= 1e15).then_some(number as u64);
    let least = whole(min);
    let most = match max {
        Some(max) if max.is_infinite() => Some(None),
        Some(max) => whole(max).map(Some),
        None => Some(None),
    };
    match (least, most) {
        (Some(least), Some(most)) => Some((least, most)),
        _ => refuse_bounds(node.place(), "counts are whole numbers that are not negative", cx),
    }
}

fn refuse_bounds<T>(place: Place, message: &str, cx: &mut Context<'_>) -> Option<T> {
    cx.problems.error_with(place, message, "write `[least, most]`, or `[least]` where there is no upper bound");
    None
}

/// The type below lists and maps.
pub(crate) fn innermost(ty: &Type) -> &Type {
    match ty {
        Type::List(list) => innermost(&list.item),
        Type::Map(map) => innermost(&map.value),
        _ => ty,
    }
}

fn innermost_mut(ty: &mut Type) -> &mut Type {
    match ty {
        Type::List(list) => innermost_mut(&mut list.item),
        Type::Map(map) => innermost_mut(&mut map.value),
        _ => ty,
    }
}
