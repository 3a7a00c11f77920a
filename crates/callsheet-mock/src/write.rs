//! From a record to the body of an answer: the inverse of the core's decoders.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callsheet::decode::whole_body;
use callsheet::schema::{AnswerStyle, Field, Format, Kind, Operation, TimeFormat};
use callsheet::time;
use callsheet::value::{Record, Ref};
use serde_json::{Map as Members, Value as Json};

/// The body of an answer of `operation` that says `output`.
///
/// What XML has no form for (JSON values, monitor series, an empty list without an element of its own) is left out there.
pub fn answer(operation: &'static Operation, output: &dyn Record) -> Vec<u8> {
    answer_with(operation, output, None)
}

/// As [`answer`], with a request id where the service has one in the body.
pub fn answer_with(operation: &'static Operation, output: &dyn Record, request_id: Option<&str>) -> Vec<u8> {
    if operation.whole_body
        && let Some(body) = whole_body(output)
    {
        return body.to_vec();
    }
    let api = operation.api;
    let wrapper = operation.result.unwrap_or(api.answer.result).replace("{action}", operation.name);
    let path: Vec<&str> = wrapper.split('/').filter(|name| !name.is_empty()).collect();
    let request_id = request_id.and_then(|id| Some((crate::failure::id_path(api, path.is_empty())?, id)));
    match api.answer.reader.format {
        Format::Json => json(operation, &path, output, request_id),
        Format::Xml => xml(operation, &path, output, request_id),
    }
}

fn json(
    operation: &'static Operation,
    path: &[&str],
    output: &dyn Record,
    request_id: Option<(&[&str], &str)>,
) -> Vec<u8> {
    let mut root = callsheet_dynamic::answer_json(output, &operation.api.answer);
    for name in path.iter().rev() {
        let mut outer = Members::new();
        outer.insert((*name).to_owned(), root);
        root = Json::Object(outer);
    }
    if let Some((path, id)) = request_id {
        insert(&mut root, path, Json::from(id));
    }
    if let (Some((name, good)), Json::Object(members)) = (operation.api.errors.unless, &mut root)
        && !members.contains_key(name)
    {
        members.insert(name.to_owned(), plain(good));
    }
    root.to_string().into_bytes()
}

/// Puts a value at a path, unless there is one already.
pub(crate) fn insert(root: &mut Json, path: &[&str], value: Json) {
    let Json::Object(members) = root else { return };
    let Some((name, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        members.entry(*name).or_insert(value);
    } else {
        insert(members.entry(*name).or_insert_with(|| Json::Object(Members::new())), rest, value);
    }
}

/// A number if the text is one.
pub(crate) fn plain(text: &str) -> Json {
    text.parse::<i64>().map_or_else(|_| Json::from(text), Json::from)
}

fn xml(
    operation: &'static Operation,
    path: &[&str],
    output: &dyn Record,
    request_id: Option<(&[&str], &str)>,
) -> Vec<u8> {
    let root = match operation.root.unwrap_or(operation.api.answer.root) {
        "" => "{action}Response",
        root => root,
    };
    let root = root.replace("{action}", operation.name);
    let mut writer = Xml::new(&operation.api.answer);
    let names: Vec<&str> = [root.as_str()].into_iter().chain(path.iter().copied()).collect();
    let (innermost, outer) = names.split_last().unwrap_or((&"", &[]));
    for name in outer {
        writer.open(name);
    }
    writer.start(innermost, output);
    writer.members(output);
    // the id stands directly in the root or beside the result
    if path.is_empty() {
        writer.texts(request_id);
    }
    writer.close(innermost);
    for (depth, name) in outer.iter().enumerate().rev() {
        if depth == 0 {
            writer.texts(request_id);
        }
        writer.close(name);
    }
    writer.text.into_bytes()
}

/// XML as text.
pub(crate) struct Xml {
    style: &'static AnswerStyle,
    pub(crate) text: String,
}

impl Xml {
    pub(crate) fn new(style: &'static AnswerStyle) -> Self {
        Self { style, text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned() }
    }

    pub(crate) fn open(&mut self, name: &str) {
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    /// Elements at a path with a text inside, if there is one.
    fn texts(&mut self, texts: Option<(&[&str], &str)>) {
        let Some((path, text)) = texts else { return };
        for name in path {
            self.open(name);
        }
        escape(&mut self.text, text);
        for name in path.iter().rev() {
            self.close(name);
        }
    }

    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.open(name);
        escape(&mut self.text, text);
        self.close(name);
    }

    /// Opens the element of a record, with its attributes.
    fn start(&mut self, name: &str, record: &dyn Record) {
        self.text.push('<');
        self.text.push_str(name);
        for (index, field) in record.shape().fields().iter().enumerate().filter(|(_, field)| field.attribute) {
            if let Some(text) = scalar(self.style, field.kind, record.get(index)) {
                self.text.push(' ');
                self.text.push_str(field.read);
                self.text.push_str("=\"");
                escape(&mut self.text, &text);
                self.text.push('"');
            }
        }
        self.text.push('>');
    }

    fn members(&mut self, record: &dyn Record) {
        for (index, field) in record.shape().fields().iter().enumerate().filter(|(_, field)| !field.attribute) {
            self.field(field, record.get(index));
        }
    }

    fn field(&mut self, field: &'static Field, value: Ref<'_>) {
        match (field.kind, value) {
            (_, Ref::Absent) => {}
            (Kind::List(list), Ref::List(items)) if list.flat => {
                for index in 0..items.len() {
                    self.element(field.read, list.item, items.get(index));
                }
            }
            (Kind::Map(map), Ref::Map(entries)) if map.flat => {
                entries.visit(&mut |key, value| self.entry(field.read, map, key, value));
            }
            (kind, value) => self.element(field.read, kind, value),
        }
    }

    /// An element that holds one value.
    fn element(&mut self, name: &str, kind: Kind, value: Ref<'_>) {
        match (kind, value) {
            (_, Ref::Record(record)) => {
                self.start(name, record);
                self.members(record);
                self.close(name);
            }
            (Kind::List(list), Ref::List(items)) => {
                self.open(name);
                let item_name = if list.name.is_empty() { self.style.item } else { list.name };
                for index in 0..items.len() {
                    self.element(item_name, list.item, items.get(index));
                }
                self.close(name);
            }
            (Kind::Map(map), Ref::Map(entries)) => {
                self.open(name);
                entries.visit(&mut |key, value| self.entry(self.style.maps.entry, map, key, value));
                self.close(name);
            }
            (kind, value) => {
                if let Some(text) = scalar(self.style, kind, value) {
                    self.leaf(name, &text);
                }
            }
        }
    }

    fn entry(&mut self, name: &str, map: &'static callsheet::schema::Map, key: &str, value: Ref<'_>) {
        let words = self.style.maps;
        self.open(name);
        self.leaf(if map.key_name.is_empty() { words.key } else { map.key_name }, key);
        self.element(if map.value_name.is_empty() { words.value } else { map.value_name }, map.value, value);
        self.close(name);
    }
}

/// The text of a scalar; `None` for what has none in XML.
fn scalar(style: &AnswerStyle, kind: Kind, value: Ref<'_>) -> Option<String> {
    Some(match value {
        Ref::Bool(v) => v.to_string(),
        Ref::Int(v) => v.to_string(),
        Ref::Float(v) if v.is_finite() => v.to_string(),
        Ref::Float(v) if v.is_nan() => "NaN".to_owned(),
        Ref::Float(v) => if v > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        Ref::Text(v) => v.to_owned(),
        Ref::Blob(v) => STANDARD.encode(v),
        Ref::Time(v) => {
            let format = match kind {
                Kind::Time(TimeFormat::Inherit) => style.timestamps,
                Kind::Time(format) => format,
                _ => style.timestamps,
            };
            let mut text = String::new();
            time::write(&mut text, v, format);
            text
        }
        Ref::Json(v) if matches!(kind, Kind::JsonText) => v.text(),
        _ => return None,
    })
}

/// Appends a text so that it reads back as it was: white space that a reader would make blanks or line feeds of is written by number.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
}
