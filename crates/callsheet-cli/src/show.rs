//! `callsheet show`

mod calls;

use std::fmt::Write as _;
use std::path::Path;

use callsheet::decode::Answer;
use callsheet_dynamic::Entry;
use callsheet_spec::model::{EnumValue, Example, Field, NamedKind, TimeFormat, Type};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value as Json;

use crate::args::Show;
use crate::call::context;
use crate::exit::Failure;
use crate::rows::{self, members};
use crate::terminal::{self, HEADING, NAME, wrapped};
use crate::{preview, render, specs, words};

pub(crate) fn run(args: &Show, folder: Option<&Path>) -> Result<(), Failure> {
    let catalog = specs::catalog(folder)?;
    let entry = catalog.find(&args.service, &args.action)?;
    let (columns, _) = terminal::size();
    let mut page = Page { entry, width: columns.min(120), text: String::new() };
    page.head();
    page.parameters();
    page.answer();
    page.example()?;
    page.settings();
    page.errors();
    Ok(terminal::print(&page.text)?)
}

struct Page<'a> {
    entry: Entry<'a>,
    width: usize,
    text: String,
}

/// Structures inside structures are shown this deep.
const DEPTH: usize = 8;

impl<'a> Page<'a> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        let _ = write!(self.text, "\n{HEADING}{heading}{HEADING:#}\n");
    }

    fn paragraph(&mut self, indent: usize, text: &str) {
        if !text.trim().is_empty() {
            let text = wrapped(text, indent, self.width);
            self.line(&text);
        }
    }

    fn head(&mut self) {
        let Entry { service_model, group, action, .. } = self.entry;
        let name = &action.name;
        let mut title = service_model.title.clone();
        if !group.title.is_empty() && group.title != title {
            title = format!("{title}, {}", group.title);
        }
        self.line(&format!("{NAME}{} {name}{NAME:#}  {title}", service_model.id));
        self.text.push('\n');
        self.paragraph(0, &action.doc);
        if let Some(why) = &action.deprecated {
            self.paragraph(0, &format!("Deprecated. {why}"));
        }
        if let Some(link) = &action.link {
            self.text.push('\n');
            self.line(link);
        }
        self.text.push('\n');
        for line in calls::lines(self.entry) {
            self.paragraph(0, &line);
        }
    }

    fn parameters(&mut self) {
        let Entry { group, action, .. } = self.entry;
        if !action.input.is_empty() {
            self.heading("Parameters");
            self.inputs(&action.input, 2, &mut Vec::new());
            for order in &action.rules {
                self.paragraph(2, &format!("{}.", words::order(order)));
            }
        }
        let common: Vec<Field> = group
            .settings
            .common
            .iter()
            .filter(|field| !action.input.iter().any(|own| own.name == field.name))
            .cloned()
            .collect();
        if !common.is_empty() {
            self.heading("Parameters of every action");
            for field in &common {
                self.input(&Field { required: false, ..field.clone() }, 2, &mut Vec::new());
            }
        }
    }

    fn inputs(&mut self, fields: &'a [Field], indent: usize, outer: &mut Vec<&'a str>) {
        for field in fields {
            self.input(field, indent, outer);
            if let Some(name) = inner(&field.ty)
                && !outer.contains(&name)
                && outer.len() < DEPTH
            {
                outer.push(name);
                self.inputs(members(self.entry.group, name), indent + 4, outer);
                outer.pop();
            }
        }
    }

    fn input(&mut self, field: &Field, indent: usize, _: &mut Vec<&'a str>) {
        let blank = " ".repeat(indent);
        let need = match (field.required, field.expected) {
            (true, _) => ", required",
            (false, true) => ", usually required",
            (false, false) => "",
        };
        let name = &field.name;
        let what = words::type_words(&field.ty);
        let unit = field.unit.as_ref().map(|unit| format!(", in {unit}")).unwrap_or_default();
        self.line(&format!("{blank}{NAME}{name}{NAME:#}  {what}{need}{unit}"));
        let indent = indent + 4;
        self.paragraph(indent, &field.doc);
        let mut notes = Vec::new();
        if let Some(format) = self.time_format(&field.ty) {
            notes.push(words::time_words(format));
        }
        let rules = words::rules(field);
        if !rules.is_empty() {
            notes.push(format!("Rules: {}.", rules.join("; ")));
        }
        if let Some(default) = &field.default {
            notes.push(format!("Default: {default}."));
        }
        if field.idempotency_token {
            notes.push("Filled with a new random text when it is absent.".to_owned());
        }
        if let Some(why) = &field.deprecated {
            notes.push(format!("Deprecated. {why}"));
        }
        self.paragraph(indent, &notes.join(" "));
        self.values(&field.ty, indent);
    }

    /// The format of a time, or of the times of a list.
    fn time_format<'b>(&'b self, ty: &'b Type) -> Option<&'b TimeFormat> {
        match ty {
            Type::Timestamp(Some(format)) => Some(format),
            Type::Timestamp(None) => Some(&self.entry.group.settings.request.timestamps),
            Type::List(list) => self.time_format(&list.item),
            _ => None,
        }
    }

    /// The documented values of an enum.
    fn values(&mut self, ty: &Type, indent: usize) {
        let values = enum_values(self.entry, ty);
        let width = values.iter().map(|value| value.wire.chars().count()).max().unwrap_or_default();
        for value in values {
            let doc = words::summary(&value.doc);
            let doc = wrapped(&doc, indent + width + 2, self.width);
            let line = format!("{}{NAME}{:width$}{NAME:#}  {}", " ".repeat(indent), value.wire, doc.trim_start());
            self.line(&line);
        }
    }

    fn answer(&mut self) {
        let fields = &self.entry.action.output;
        self.heading("Answer");
        if fields.is_empty() {
            self.line("  Nothing but that the call was done.");
            return;
        }
        if self.entry.operation.whole_body {
            self.paragraph(2, "Not documented: it comes as it is, and in JSON as this value:");
        }
        let mut table = render::table::new(comfy_table::presets::NOTHING, Some(self.width));
        self.outputs(fields, 2, &mut Vec::new(), &mut table);
        let text = render::table::trimmed(&table.to_string());
        self.line(&text);
    }

    fn outputs(&self, fields: &'a [Field], indent: usize, outer: &mut Vec<&'a str>, table: &mut comfy_table::Table) {
        for field in fields {
            let mut what = words::type_words(&field.ty);
            if let Some(unit) = &field.unit {
                let _ = write!(what, ", {unit}");
            }
            if field.required {
                what.push_str(", always");
            }
            let mut doc = words::summary(&field.doc);
            let values: Vec<&str> =
                enum_values(self.entry, &field.ty).iter().map(|value| value.wire.as_str()).collect();
            if !values.is_empty() {
                let _ = write!(doc, " One of: {}.", values.join(", "));
            }
            // blanks at the front would be trimmed
            table.add_row([format!("{}{}", "\u{a0}".repeat(indent), field.name), what, doc]);
            if let Some(name) = inner(&field.ty)
                && !outer.contains(&name)
                && outer.len() < DEPTH
            {
                outer.push(name);
                self.outputs(members(self.entry.group, name), indent + 2, outer, table);
                outer.pop();
            }
        }
    }

    fn example(&mut self) -> Result<(), Failure> {
        let Entry { action, service_model, .. } = self.entry;
        let Some(example) = action.examples.iter().find(|example| (200..300).contains(&example.status)) else {
            return Ok(());
        };
        self.heading("Example");
        self.paragraph(2, &example.title);
        let mut line = vec![format!("callsheet call {} {}", service_model.id, action.name)];
        for (name, value) in &example.request {
            line.push(format!("{name}={}", preview::quoted(&argument(value))?));
        }
        line.push("--mock".to_owned());
        self.line(&format!("  {}", line.join(" \\\n      ")));
        if let Some(text) = self.example_answer(example) {
            self.text.push('\n');
            for line in text.lines() {
                self.line(&format!("  {line}"));
            }
        }
        Ok(())
    }

    /// What the program shows for the answer of an example.
    fn example_answer(&self, example: &Example) -> Option<String> {
        let entry = self.entry;
        let input = entry.example_input(example).ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in &example.headers {
            headers.insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        }
        let body = example.response.as_ref()?.text.as_bytes();
        let mut answer = entry.output();
        let response = Answer { status: example.status, headers: &headers, body };
        entry.service("").response_of(entry.operation, response, &mut answer).ok()?;
        if entry.operation.whole_body {
            return Some(terminal::clean_lines(&String::from_utf8_lossy(body)));
        }
        let sheet = rows::sheet(context(entry, &input), &entry.action.output, &answer);
        Some(render::table::render(&sheet, Some(self.width.saturating_sub(2))))
    }

    fn settings(&mut self) {
        let settings = &self.entry.group.settings;
        self.heading("Where it goes");
        self.line(&format!("  {}", settings.endpoint));
        if !settings.regions.is_empty() {
            let regions: Vec<String> = settings
                .regions
                .iter()
                .map(|region| match words::summary(&region.doc) {
                    doc if doc.is_empty() => region.id.clone(),
                    doc => format!("{} ({})", region.id, doc.trim_end_matches('.')),
                })
                .collect();
            self.paragraph(2, &format!("--region: {}", regions.join(", ")));
        }
        if let Some(quota) = settings.quota {
            let time = words::duration(quota.seconds.into());
            self.paragraph(2, &format!("At most {} calls in {time}; --quota states another for --each", quota.calls));
        }
        let sources = &settings.credentials;
        let environment = sources.env.iter().map(|names| {
            let token = names.token.as_ref().map(|token| format!(", {token} for temporary ones")).unwrap_or_default();
            let beside = names.endpoint.iter().chain(names.common.iter().map(|(_, variable)| variable));
            format!("from the environment: {} and {}{token}{}", names.id, names.secret, words::beside(beside))
        });
        let files = sources.files.iter().map(|file| {
            let token = file.token.as_ref().map(|token| format!(", {token}")).unwrap_or_default();
            let addresses = [&file.endpoint, &file.metadata].into_iter().flatten();
            let parts = addresses.flat_map(|keys| [&keys.scheme, &keys.host, &keys.port, &keys.path]).flatten();
            let beside = parts.chain(file.common.iter().map(|(_, key)| key));
            format!("from the file {}: {}, {}{token}{}", file.path, file.id, file.secret, words::beside(beside))
        });
        let metadata =
            sources.metadata.as_ref().map(|metadata| format!("of the role of an instance: {}", metadata.url));
        for (index, place) in environment.chain(files).chain(metadata).enumerate() {
            let start = if index == 0 { "Credentials" } else { "or" };
            self.paragraph(2, &format!("{start} {place}"));
        }
    }

    fn errors(&mut self) {
        let Entry { group, action, .. } = self.entry;
        let codes = &group.settings.errors.codes;
        if codes.is_empty() {
            return;
        }
        self.heading("Errors");
        let mut table = render::table::new(comfy_table::presets::NOTHING, Some(self.width));
        // those that the action itself documents come first
        let own = |code: &str| action.errors.iter().any(|known| known == code);
        let (first, rest): (Vec<_>, Vec<_>) = codes.iter().partition(|code| own(&code.code));
        for code in first.into_iter().chain(rest) {
            let meaning = words::meaning(code.means).to_owned();
            table.add_row([format!("\u{a0}\u{a0}{}", code.code), meaning, words::summary(&code.doc)]);
        }
        let text = render::table::trimmed(&table.to_string());
        self.line(&text);
    }
}

/// The structure that a type is made of.
fn inner(ty: &Type) -> Option<&str> {
    match ty {
        Type::Struct(name) => Some(name),
        Type::List(list) => inner(&list.item),
        Type::Map(map) => inner(&map.value),
        _ => None,
    }
}

fn enum_values<'a>(entry: Entry<'a>, ty: &Type) -> &'a [EnumValue] {
    match ty {
        Type::Enum(name) => match entry.group.types.get(name).map(|ty| &ty.kind) {
            Some(NamedKind::Enum(values)) => values,
            _ => &[],
        },
        Type::List(list) => enum_values(entry, &list.item),
        _ => &[],
    }
}

/// A value of an example as it is typed.
pub(crate) fn argument(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    let scalar = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    if let Some(text) = scalar(&json) {
        return if text.starts_with('@') { format!("@{text}") } else { text };
    }
    if let Json::Array(items) = &json {
        let items: Option<Vec<String>> = items.iter().map(scalar).collect();
        if let Some(items) = items
            && !items.iter().any(|item| item.contains(',') || item.is_empty())
        {
            return items.join(",");
        }
    }
    json.to_string()
}
