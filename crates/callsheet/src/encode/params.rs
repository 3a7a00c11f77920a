//! From a record to `name=value` pairs.

use super::json::json_text;
use super::scalar::{scalar_text, time_format};
use crate::pairs::Pairs;
use crate::schema::{Field, Kind, List, ListForm, Map, RequestStyle, StructForm};
use crate::time;
use crate::value::{ListRef, MapRef, Record, Ref};

/// What the encoder needs beside the record.
#[derive(Clone, Copy, Debug)]
pub struct Encoding<'a> {
    /// The rules of the service.
    pub style: &'a RequestStyle,
    /// What absent idempotency tokens are filled with.
    pub token: Option<&'a str>,
}

/// Appends the parameters of `record` to `pairs`.
pub fn encode(record: &dyn Record, encoding: Encoding<'_>, pairs: &mut Pairs) {
    let mut encoder = Encoder { encoding, name: pairs.lend_name(), pairs };
    encoder.fields(record, false);
    let Encoder { pairs, name, .. } = encoder;
    pairs.keep_name(name);
}

struct Encoder<'a> {
    encoding: Encoding<'a>,
    pairs: &'a mut Pairs,
    /// Name of the parameter that is being written, grown and cut back on the way down and up.
    name: String,
}

impl Encoder<'_> {
    fn fields(&mut self, record: &dyn Record, in_item: bool) {
        for (index, field) in record.shape().fields().iter().enumerate() {
            let mut value = record.get(index);
            if let (Ref::Absent, true, Some(token)) = (value, field.token, self.encoding.token) {
                value = Ref::Text(token);
            }
            if !matches!(value, Ref::Absent) {
                self.field(field, value, in_item);
            }
        }
    }

    fn field(&mut self, field: &Field, value: Ref<'_>, in_item: bool) {
        let outer = self.name.len();
        if outer == 0 {
            self.name.push_str(field.send);
        } else {
            match self.encoding.style.structs {
                StructForm::Dotted => {
                    self.name.push('.');
                    self.name.push_str(field.send);
                }
                // JSON text is made before any member gets a name
                StructForm::Bracketed | StructForm::Json => {
                    self.name.push('[');
                    self.name.push_str(field.send);
                    self.name.push(']');
                }
            }
        }
        self.value(field.kind, value, in_item);
        self.name.truncate(outer);
    }

    fn value(&mut self, kind: Kind, value: Ref<'_>, in_item: bool) {
        let style = self.encoding.style;
        let as_json = in_item && style.nested_json;
        match (value, kind) {
            (Ref::List(_) | Ref::Record(_) | Ref::Map(_), _) if as_json => self.json(kind, value),
            (Ref::List(items), Kind::List(list)) => self.list(list, items),
            (Ref::Map(entries), Kind::Map(map)) => self.map(map, entries),
            (Ref::Record(_), _) if style.structs == StructForm::Json => self.json(kind, value),
            (Ref::Record(record), _) => self.fields(record, in_item),
            (Ref::Int(v), _) => self.pairs.push_display(&self.name, v),
            (Ref::Time(v), _) => {
                let format = time_format(kind, style.timestamps);
                self.pairs.push_written(&self.name, |out| time::write(out, v, format));
            }
            _ => {
                if let Some(text) = scalar_text(kind, value, style) {
                    self.pairs.push(&self.name, &text);
                }
            }
        }
    }

    fn json(&mut self, kind: Kind, value: Ref<'_>) {
        let text = json_text(kind, value, self.encoding);
        self.pairs.push(&self.name, &text);
    }

    fn list(&mut self, list: &'static List, items: &dyn ListRef) {
        let style = self.encoding.style;
        let form = list.form.unwrap_or(style.lists);
        if items.is_empty() {
            if style.empty_lists {
                self.pairs.push(&self.name, "");
            }
            return;
        }
        let outer = self.name.len();
        match form {
            ListForm::Json => return self.json(Kind::List(list), Ref::List(items)),
            ListForm::Delimited(separator) => {
                let mut joined = String::new();
                for i in 0..items.len() {
                    if i > 0 {
                        joined.push(separator);
                    }
                    match scalar_text(list.item, items.get(i), style) {
                        Some(text) => joined.push_str(&text),
                        None => joined.push_str(&json_text(list.item, items.get(i), self.encoding)),
                    }
                }
                return self.pairs.push(&self.name, &joined);
            }
            ListForm::Member { word, .. } if !list.flat => {
                self.name.push('.');
                self.name.push_str(if list.name.is_empty() { word } else { list.name });
            }
            _ => {}
        }
        let stem = self.name.len();
        for i in 0..items.len() {
            match form {
                ListForm::Indexed { base } | ListForm::Member { base, .. } => {
                    self.name.push('.');
                    push_number(&mut self.name, i + base as usize);
                }
                ListForm::Bracketed { base } => {
                    self.name.push('[');
                    push_number(&mut self.name, i + base as usize);
                    self.name.push(']');
                }
                ListForm::EmptyBrackets => self.name.push_str("[]"),
                ListForm::Repeated | ListForm::Delimited(_) | ListForm::Json => {}
            }
            self.value(list.item, items.get(i), true);
            self.name.truncate(stem);
        }
        self.name.truncate(outer);
    }

    fn map(&mut self, map: &'static Map, entries: &dyn MapRef) {
        let words = self.encoding.style.maps;
        let or_word = |own: &'static str, word: &'static str| if own.is_empty() { word } else { own };
        let (key_name, value_name) = (or_word(map.key_name, words.key), or_word(map.value_name, words.value));
        let outer = self.name.len();
        if !map.flat {
            self.name.push('.');
            self.name.push_str(words.entry);
        }
        let stem = self.name.len();
        let mut number = 0;
        entries.visit(&mut |key, value| {
            number += 1;
            self.name.push('.');
            push_number(&mut self.name, number);
            self.name.push('.');
            let entry = self.name.len();
            self.name.push_str(key_name);
            self.pairs.push(&self.name, key);
            self.name.truncate(entry);
            self.name.push_str(value_name);
            self.value(map.value, value, true);
            self.name.truncate(stem);
        });
        self.name.truncate(outer);
    }
}

/// Appends a number: as a rule one of one digit, for which a formatter would be much ado.
fn push_number(out: &mut String, number: usize) {
    if number > 9 {
        push_number(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}
