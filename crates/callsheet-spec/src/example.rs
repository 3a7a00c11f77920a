//! Examples of actions: that they fit the spec that they stand in.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use chrono::{DateTime, FixedOffset, SecondsFormat, Timelike, Utc};
use indexmap::{IndexMap, IndexSet};
use toml::de::DeValue;

use crate::action::beside;
use crate::context::Context;
use crate::document::{Node, TableNode};
use crate::files::FileId;
use crate::model::{
    Action, Example, ExampleFile, Field, Format, NamedKind, NamedType, Rule, Settings, TimeFormat, Type,
};
use crate::settings::read_headers;
use crate::syntax::chars;
use crate::window;

/// The clock of examples that do not set it.
const USUAL_NOW: &str = "2024-01-01T00:00:00Z";

/// Reads the examples of an action.
pub(crate) fn read<'a>(
    action: &Action,
    root: TableNode<'a>,
    settings: &Settings,
    types: &IndexMap<String, NamedType>,
    cx: &mut Context<'a>,
) -> Vec<Example> {
    let mut checker = Checker::new(action, settings, types);
    let mut examples = Vec::new();
    for node in root.get("example").into_iter().flat_map(Node::items) {
        if let Some(table) = node.table() {
            checker.now = read_now(table, cx);
            examples.push(read_example(&checker, table, settings, cx));
        }
    }
    examples
}

fn read_example<'a>(checker: &Checker<'_>, table: TableNode<'a>, settings: &Settings, cx: &mut Context<'a>) -> Example {
    let mut headers = read_headers(table.table("headers"), cx);
    let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !has_type {
        let content_type = match settings.answer.format {
            Format::Json => "application/json",
            Format::Xml => "application/xml",
        };
        headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    Example {
        title: table.text("title").unwrap_or_default().to_owned(),
        request: checker.request(table, cx),
        documented: read_file(table, "documented", cx),
        status: table
            .get("status")
            .and_then(Node::integer)
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or(200),
        headers,
        response: read_file(table, "response", cx),
        now: checker.now.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    }
}

fn read_now(table: TableNode<'_>, cx: &mut Context<'_>) -> DateTime<Utc> {
    let node = table.get("now");
    let text = node.and_then(Node::instant);
    let parsed = DateTime::parse_from_rfc3339(text.as_deref().unwrap_or(USUAL_NOW));
    match (parsed, node) {
        (Ok(now), _) => now.to_utc(),
        (Err(_), Some(node)) if text.is_some() => {
            cx.problems.error_with(node.place(), "`now` is no instant", "write it like `2018-12-26T08:55:00Z`");
            DateTime::UNIX_EPOCH
        }
        (Err(_), _) => DateTime::UNIX_EPOCH,
    }
}

fn read_file<'a>(table: TableNode<'a>, key: &str, cx: &mut Context<'a>) -> Option<ExampleFile> {
    let node = table.get(key)?;
    let name = node.text()?;
    if name.contains('\\') || name.split('/').any(|part| matches!(part, "" | "." | "..") || part.contains(':')) {
        cx.problems.error_with(
            node.place(),
            format!("`{name}` does not lie beside the spec file"),
            "examples lie in the folder of the action, or below it",
        );
        return None;
    }
    let path = beside(table.file(), name, cx);
    let Some(file) = cx.files.id(&path) else {
        let names = if cx.problems.is_full() { Vec::new() } else { names_beside(table.file(), cx) };
        let hint = cx.suggest.did_you_mean(name, names);
        cx.problems.error_with(node.place(), format!("there is no file `{path}`"), hint.unwrap_or_default());
        return None;
    };
    cx.used_files.insert(file);
    match cx.files.content(file) {
        Ok(text) => Some(ExampleFile { path, text: text.to_owned() }),
        Err(message) => {
            let message = format!("{path}: {message}");
            cx.problems.error(node.place(), message);
            None
        }
    }
}

fn names_beside<'a>(file: FileId, cx: &Context<'a>) -> Vec<&'a str> {
    let files = cx.files;
    let folder = files.path(file).rsplit_once('/').map_or("", |(folder, _)| folder);
    files
        .paths()
        .filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'))
        .filter(|name| !name.ends_with(".toml"))
        .collect()
}

/// Holds values of a request against types and rules.
struct Checker<'t> {
    action: &'t Action,
    types: &'t IndexMap<String, NamedType>,
    request_times: &'t TimeFormat,
    /// Of the example at hand.
    now: DateTime<Utc>,
    /// The parameters, those of the action first.
    parameters: Rc<Members<'t>>,
    /// Fields or values of the types that occurred, by the names of the types.
    members: RefCell<HashMap<&'t str, Rc<Members<'t>>>>,
}

/// Fields of a structure, or values of an enum, ready to be looked up.
#[derive(Default)]
struct Members<'t> {
    fields: IndexMap<&'t str, &'t Field>,
    required: Vec<&'t Field>,
    values: IndexSet<&'t str>,
    is_union: bool,
}

impl<'t> Members<'t> {
    fn of_fields(fields: impl IntoIterator<Item = &'t Field>) -> Self {
        let fields: IndexMap<&str, &Field> = fields.into_iter().map(|field| (field.name.as_str(), field)).collect();
        let required = fields.values().copied().filter(|field| field.required).collect();
        Self { fields, required, ..Self::default() }
    }

    fn of_type(named: &'t NamedType) -> Self {
        match &named.kind {
            NamedKind::Struct(fields) => Self::of_fields(fields),
            NamedKind::Union(fields) => Self { is_union: true, ..Self::of_fields(fields) },
            NamedKind::Enum(values) => {
                Self { values: values.iter().map(|value| value.wire.as_str()).collect(), ..Self::default() }
            }
        }
    }
}

impl<'t> Checker<'t> {
    fn new(action: &'t Action, settings: &'t Settings, types: &'t IndexMap<String, NamedType>) -> Self {
        Self {
            action,
            types,
            request_times: &settings.request.timestamps,
            now: DateTime::UNIX_EPOCH,
            parameters: Rc::new(Members::of_fields(action.input.iter().chain(&settings.common))),
            members: RefCell::default(),
        }
    }

    fn members(&self, name: &str) -> Option<Rc<Members<'t>>> {
        let (name, named) = self.types.get_key_value(name)?;
        let mut members = self.members.borrow_mut();
        let members = members.entry(name).or_insert_with(|| Rc::new(Members::of_type(named)));
        Some(Rc::clone(members))
    }

    fn request<'a>(&self, example: TableNode<'a>, cx: &mut Context<'a>) -> toml::Table {
        let mut values = toml::Table::new();
        let given = example.table("request");
        for entry in given.into_iter().flat_map(TableNode::entries) {
            let Some(field) = self.parameters.fields.get(entry.name) else {
                if !cx.is_broken(example.file()) {
                    let names = self.parameters.fields.keys().copied();
                    cx.problems.error_with(
                        entry.place,
                        format!("{} has no parameter `{}`", self.action.name, entry.name),
                        cx.suggest.did_you_mean_or_list(entry.name, names),
                    );
                }
                continue;
            };
            if let Some(value) = self.field(field, entry.node, entry.name, cx) {
                values.insert(entry.name.to_owned(), value);
            }
        }
        for field in &self.parameters.required {
            if cx.problems.is_full() {
                break;
            }
            if given.is_none_or(|given| given.get(&field.name).is_none()) {
                let place = given.unwrap_or(example).place();
                let message = format!("the example lacks `{}`, which is required", field.name);
                cx.missing(place, message, field.doc.as_str());
            }
        }
        if let Some(given) = given {
            self.orders(given, &values, cx);
            window::check_example(self.action, given, &values, cx);
        }
        values
    }

    fn orders(&self, given: TableNode<'_>, values: &toml::Table, cx: &mut Context<'_>) {
        for rule in &self.action.rules {
            let (before, after) = (values.get(&rule.before), values.get(&rule.after));
            let (Some(before), Some(after)) = (before, after) else {
                continue;
            };
            let (Some(before), Some(after)) = (comparable(before), comparable(after)) else {
                continue;
            };
            let holds = before < after || (rule.or_equal && before == after);
            if !holds && let Some(node) = given.get(&rule.after) {
                let sign = if rule.or_equal { "<=" } else { "<" };
                cx.problems.error(
                    node.place(),
                    format!("the example breaks the rule `{} {sign} {}`", rule.before, rule.after),
                );
            }
        }
    }

    fn field(&self, field: &Field, node: Node<'_>, path: &str, cx: &mut Context<'_>) -> Option<toml::Value> {
        for rule in &field.rules {
            if let Rule::Items { min, max } = rule {
                let count = match node.table() {
                    Some(table) => table.entries().count(),
                    None => node.items().count(),
                };
                check_count("items", path, count, *min, *max, node, cx);
            }
        }
        self.value(&field.ty, &field.rules, node, path, cx)
    }

    fn value(
        &self,
        ty: &Type,
        rules: &[Rule],
        node: Node<'_>,
        path: &str,
        cx: &mut Context<'_>,
    ) -> Option<toml::Value> {
        match ty {
            Type::Text | Type::Blob | Type::JsonText => {
                let text = wanted("a text", node.text(), node, path, cx)?;
                check_text(rules, text, node, path, cx);
                Some(toml::Value::String(text.to_owned()))
            }
            Type::Integer => {
                let integer = wanted("an integer", node.integer(), node, path, cx)?;
                check_range(rules, integer as f64, node, path, cx);
                Some(toml::Value::Integer(integer))
            }
            Type::Float => {
                let number = wanted("a number", node.number(), node, path, cx)?;
                check_range(rules, number, node, path, cx);
                Some(toml::Value::Float(number))
            }
            Type::Boolean => {
                let boolean = wanted("`true` or `false`", node.boolean(), node, path, cx)?;
                Some(toml::Value::Boolean(boolean))
            }
            Type::Timestamp(format) => self.timestamp(format.as_ref(), rules, node, path, cx),
            Type::Document => anything(node),
            Type::Series(_) => None,
            Type::Enum(name) => {
                let text = wanted("a text", node.text(), node, path, cx)?;
                if let Some(members) = self.members(name) {
                    check_enum(name, &members.values, text, node, cx);
                }
                Some(toml::Value::String(text.to_owned()))
            }
            Type::Struct(name) => {
                let members = self.members(name)?;
                let table = wanted("a table", node.table(), node, path, cx)?;
                Some(self.structure(name, &members, table, path, cx))
            }
            Type::List(list) => {
                wanted("a list", node.is_array().then_some(()), node, path, cx)?;
                let items = node.items().enumerate().filter_map(|(index, item)| {
                    let path = format!("{path}[{index}]");
                    self.value(&list.item, rules, item, &path, cx)
                });
                Some(toml::Value::Array(items.collect()))
            }
            Type::Map(map) => {
                let table = wanted("a table", node.table(), node, path, cx)?;
                let entries = table.entries().filter_map(|entry| {
                    let path = format!("{path}.{}", entry.name);
                    let value = self.value(&map.value, rules, entry.node, &path, cx)?;
                    Some((entry.name.to_owned(), value))
                });
                Some(toml::Value::Table(entries.collect()))
            }
        }
    }

    fn structure(
        &self,
        name: &str,
        members: &Members<'_>,
        table: TableNode<'_>,
        path: &str,
        cx: &mut Context<'_>,
    ) -> toml::Value {
        let mut values = toml::Table::new();
        for entry in table.entries() {
            let Some(field) = members.fields.get(entry.name) else {
                cx.problems.error_with(
                    entry.place,
                    format!("`{name}` has no field `{}`", entry.name),
                    cx.suggest.did_you_mean_or_list(entry.name, members.fields.keys().copied()),
                );
                continue;
            };
            let path = format!("{path}.{}", entry.name);
            if let Some(value) = self.field(field, entry.node, &path, cx) {
                values.insert(entry.name.to_owned(), value);
            }
        }
        for field in &members.required {
            if cx.problems.is_full() {
                break;
            }
            if table.get(&field.name).is_none() {
                let message = format!("`{path}` lacks `{}`, which is required", field.name);
                cx.missing(table.place(), message, field.doc.as_str());
            }
        }
        if members.is_union && table.entries().count() != 1 {
            cx.problems.error(table.place(), format!("`{path}` is a union: exactly one of its fields is there"));
        }
        toml::Value::Table(values)
    }

    fn timestamp(
        &self,
        format: Option<&TimeFormat>,
        rules: &[Rule],
        node: Node<'_>,
        path: &str,
        cx: &mut Context<'_>,
    ) -> Option<toml::Value> {
        let text = wanted("a time", node.instant(), node, path, cx)?;
        let Ok(time) = DateTime::parse_from_rfc3339(&text) else {
            cx.problems.error_with(
                node.place(),
                format!("`{path}` is no instant"),
                "write it with its zone, whatever the format on the wire: `2018-12-26T16:45:00+08:00`",
            );
            return None;
        };
        let offset = match format.unwrap_or(self.request_times) {
            TimeFormat::Pattern { offset, .. } => *offset,
            _ => 0,
        };
        for rule in rules {
            self.check_time(rule, time.to_utc(), offset, node, path, cx);
        }
        let text = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        Some(toml::Value::String(text))
    }

    fn check_time(
        &self,
        rule: &Rule,
        time: DateTime<Utc>,
        offset: i32,
        node: Node<'_>,
        path: &str,
        cx: &mut Context<'_>,
    ) {
        match rule {
            Rule::Tick { seconds } => {
                let Some(zone) = FixedOffset::east_opt(offset) else {
                    return;
                };
                let local = time.with_timezone(&zone);
                let since_midnight = local.num_seconds_from_midnight();
                let whole = since_midnight.checked_rem(*seconds).is_none_or(|rest| rest == 0);
                if !whole || local.nanosecond() != 0 {
                    cx.problems.error(node.place(), format!("`{path}` is no whole multiple of {seconds} seconds"));
                }
            }
            Rule::NotAfterNow if time > self.now => {
                cx.problems.warning(node.place(), format!("`{path}` lies after the example's clock"), "set `now`")
            }
            Rule::MaxAge { seconds } => {
                let age = self.now.signed_duration_since(time).num_seconds();
                if i64::try_from(*seconds).is_ok_and(|most| age > most) {
                    cx.problems.warning(
                        node.place(),
                        format!("`{path}` lies too far before the example's clock"),
                        "set `now`",
                    );
                }
            }
            _ => {}
        }
    }
}

fn wanted<T>(what: &str, value: Option<T>, node: Node<'_>, path: &str, cx: &mut Context<'_>) -> Option<T> {
    if value.is_none() {
        cx.problems.error(node.place(), format!("`{path}` wants {what}, not {}", node.what()));
    }
    value
}

fn check_text(rules: &[Rule], text: &str, node: Node<'_>, path: &str, cx: &mut Context<'_>) {
    for rule in rules {
        match rule {
            Rule::Length { min, max } => {
                check_count("characters", path, text.chars().count(), *min, *max, node, cx);
            }
            Rule::Chars(set) => {
                let Ok(set_of) = chars(set) else { continue };
                if let Some(c) = text.chars().find(|c| !set_of.contains(*c)) {
                    cx.problems
                        .error(node.place(), format!("`{path}` has the character {c:?}, which is not in `{set}`"));
                }
            }
            _ => {}
        }
    }
}

fn check_count(what: &str, path: &str, count: usize, min: u64, max: Option<u64>, node: Node<'_>, cx: &mut Context<'_>) {
    let count = count as u64;
    if count < min || max.is_some_and(|max| count > max) {
        let wanted = match max {
            Some(max) => format!("from {min} to {max}"),
            None => format!("at least {min}"),
        };
        cx.problems.error(node.place(), format!("`{path}` has {count} {what}, and must have {wanted}"));
    }
}

fn check_range(rules: &[Rule], number: f64, node: Node<'_>, path: &str, cx: &mut Context<'_>) {
    for rule in rules {
        let Rule::Range { min, max } = rule else {
            continue;
        };
        if min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max) {
            let wanted = match (min, max) {
                (Some(min), Some(max)) => format!("from {min} to {max}"),
                (Some(min), None) => format!("at least {min}"),
                (None, Some(max)) => format!("at most {max}"),
                (None, None) => continue,
            };
            cx.problems.error(node.place(), format!("`{path}` is {number}, and must be {wanted}"));
        }
    }
}

fn check_enum(name: &str, values: &IndexSet<&str>, text: &str, node: Node<'_>, cx: &mut Context<'_>) {
    if !values.contains(text) {
        cx.problems.warning(
            node.place(),
            format!("`{text}` is no documented value of `{name}`"),
            cx.suggest.did_you_mean_or_list(text, values.iter().copied()),
        );
    }
}

/// What can be compared with `<`.
fn comparable(value: &toml::Value) -> Option<f64> {
    match value {
        toml::Value::Integer(integer) => Some(*integer as f64),
        toml::Value::Float(number) => Some(*number),
        toml::Value::String(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis() as f64),
        _ => None,
    }
}

/// A value whose type is not known.
fn anything(node: Node<'_>) -> Option<toml::Value> {
    Some(match node.value() {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(_) => toml::Value::Integer(node.integer()?),
        DeValue::Float(_) => toml::Value::Float(node.number()?),
        DeValue::Boolean(boolean) => toml::Value::Boolean(*boolean),
        DeValue::Datetime(time) => toml::Value::String(time.to_string()),
        DeValue::Array(_) => toml::Value::Array(node.items().filter_map(anything).collect()),
        DeValue::Table(_) => toml::Value::Table(
            node.table()?.entries().filter_map(|entry| Some((entry.name.to_owned(), anything(entry.node)?))).collect(),
        ),
    })
}
