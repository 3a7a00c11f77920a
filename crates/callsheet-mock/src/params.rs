//! From `name=value` pairs back to a record: the inverse of the core's encoder.

use std::collections::{BTreeMap, BTreeSet};

use callsheet::schema::{Field, Kind, List, ListForm, Map, RequestStyle, Shape, StructForm, TimeFormat};
use callsheet::time;
use callsheet_dynamic::{DynRecord, Names, ParameterError, Reading, Value};

/// Levels of structures; a structure may contain itself, and a request could go down for as long as its head may be.
const DEPTH: usize = 64;

/// Reads parameters into a record of `shape`. Gives it with the names that the shape does not know.
///
/// Values have to be as `style` has them: a boolean that is sent as `true` where the service takes `1` is an error here.
pub fn decode_pairs(
    shape: &'static Shape,
    style: &'static RequestStyle,
    pairs: impl IntoIterator<Item = (String, String)>,
) -> Result<(DynRecord, Vec<String>), ParameterError> {
    let mut decoder = Decoder { style, pairs: BTreeMap::new(), used: BTreeSet::new() };
    for (name, value) in pairs {
        decoder.pairs.entry(name).or_default().push(value);
    }
    let record = decoder.record(shape, "", DEPTH)?;
    let unknown = decoder.pairs.keys().filter(|name| !decoder.used.contains(*name)).cloned().collect();
    Ok((record, unknown))
}

/// JSON in requests: names as sent, members that are not parameters skipped.
pub(crate) fn wire_reading(style: &RequestStyle) -> Reading {
    Reading { names: Names::Send, times: style.timestamps, unchecked: false, skip_unknown: true }
}

struct Decoder {
    style: &'static RequestStyle,
    /// Values by name; a name may be there several times.
    pairs: BTreeMap<String, Vec<String>>,
    used: BTreeSet<String>,
}

impl Decoder {
    fn record(&mut self, shape: &'static Shape, prefix: &str, depth: usize) -> Result<DynRecord, ParameterError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(problem("", "is nested too deeply"));
        };
        let mut record = DynRecord::new(shape);
        let mut set = 0;
        for (index, field) in shape.fields().iter().enumerate() {
            let name = self.member(prefix, field.send);
            if let Some(value) = self.field(field, &name, depth).map_err(|e| e.within(field.name))? {
                // just made of that kind
                let _ = record.put(index, value);
                set += 1;
            }
        }
        if shape.union && set > 1 {
            return Err(problem("", "more than one member of a union is set"));
        }
        Ok(record)
    }

    fn member(&self, prefix: &str, name: &str) -> String {
        if prefix.is_empty() {
            return name.to_owned();
        }
        match self.style.structs {
            StructForm::Dotted => format!("{prefix}.{name}"),
            StructForm::Bracketed | StructForm::Json => format!("{prefix}[{name}]"),
        }
    }

    fn field(&mut self, field: &'static Field, name: &str, depth: usize) -> Result<Option<Value>, ParameterError> {
        self.value(field.kind, name, false, depth).map_err(|error| match field.sensitive {
            true => ParameterError { value: "<redacted>".to_owned(), suggestion: None, ..error },
            false => error,
        })
    }

    /// The value called `name`, or `None` when no parameter speaks of it.
    fn value(&mut self, kind: Kind, name: &str, in_item: bool, depth: usize) -> Result<Option<Value>, ParameterError> {
        let as_json = in_item && self.style.nested_json;
        match kind {
            Kind::List(_) | Kind::Record(_) | Kind::Map(_) if as_json => self.json(kind, name),
            Kind::List(list) => self.list(kind, list, name, depth),
            Kind::Map(map) => self.map(kind, map, name, depth),
            Kind::Record(_) if self.style.structs == StructForm::Json => self.json(kind, name),
            Kind::Record(shape) => {
                let dotted = self.style.structs == StructForm::Dotted;
                if !self.is_below(name, if dotted { '.' } else { '[' }) {
                    return Ok(None);
                }
                self.record(shape, name, depth).map(|record| Some(Value::Record(record)))
            }
            _ => match self.take(name)? {
                Some(text) => self.scalar(kind, &text).map(Some),
                None => Ok(None),
            },
        }
    }

    fn json(&mut self, kind: Kind, name: &str) -> Result<Option<Value>, ParameterError> {
        match self.take(name)? {
            Some(text) => Value::from_text(kind, &text, &wire_reading(self.style)).map(Some),
            None => Ok(None),
        }
    }

    fn scalar(&self, kind: Kind, text: &str) -> Result<Value, ParameterError> {
        let style = self.style;
        if matches!(kind, Kind::Bool) {
            let [no, yes] = style.booleans;
            return match text {
                _ if text == yes => Ok(Value::Bool(true)),
                _ if text == no => Ok(Value::Bool(false)),
                _ => Err(problem(text, format!("must be {yes} or {no}"))),
            };
        }
        let value = Value::from_text(kind, text, &wire_reading(style))?;
        // the reader is lenient about times; a service that has a pattern of its own is not
        let format = match kind {
            Kind::Time(TimeFormat::Inherit) => style.timestamps,
            Kind::Time(format) => format,
            _ => TimeFormat::Inherit,
        };
        if let (TimeFormat::Pattern { pattern, .. }, Some(instant)) = (format, value.as_time()) {
            let mut again = String::new();
            time::write(&mut again, instant, format);
            if again != text {
                return Err(problem(text, format!("must be a time of the form {pattern}")));
            }
        }
        Ok(value)
    }

    fn list(
        &mut self,
        kind: Kind,
        list: &'static List,
        name: &str,
        depth: usize,
    ) -> Result<Option<Value>, ParameterError> {
        let form = list.form.unwrap_or(self.style.lists);
        let texts = match form {
            ListForm::Json => return self.json_list(kind, name),
            ListForm::Delimited(separator) => match self.take(name)? {
                None => return Ok(None),
                Some(text) if text.is_empty() => Vec::new(),
                Some(text) => text.split(separator).map(str::to_owned).collect(),
            },
            ListForm::Repeated => match self.take_all(name) {
                texts if texts.is_empty() => return Ok(None),
                // one empty text is no item where empty lists are sent as `name=`
                texts if self.style.empty_lists && texts == [String::new()] => Vec::new(),
                texts => texts,
            },
            ListForm::EmptyBrackets => match self.take_all(&format!("{name}[]")) {
                texts if texts.is_empty() => return Ok(self.is_empty_list(name).then(|| Value::empty(kind))),
                texts => texts,
            },
            ListForm::Indexed { base } | ListForm::Member { base, .. } | ListForm::Bracketed { base } => {
                return self.numbered(kind, list, form, base, name, depth);
            }
        };
        let mut value = Value::empty(kind);
        for (index, text) in texts.iter().enumerate() {
            let item = match list.item {
                item @ (Kind::Record(_) | Kind::List(_) | Kind::Map(_)) => {
                    Value::from_text(item, text, &wire_reading(self.style))
                }
                item => self.scalar(item, text),
            };
            push(&mut value, item.map_err(|e| e.within(&format!("[{index}]")))?);
        }
        Ok(Some(value))
    }

    fn json_list(&mut self, kind: Kind, name: &str) -> Result<Option<Value>, ParameterError> {
        match self.take(name)? {
            // an empty list may be sent as nothing
            Some(text) if text.is_empty() => Ok(Some(Value::empty(kind))),
            Some(text) => Value::from_text(kind, &text, &wire_reading(self.style)).map(Some),
            None => Ok(None),
        }
    }

    fn numbered(
        &mut self,
        kind: Kind,
        list: &'static List,
        form: ListForm,
        base: u32,
        name: &str,
        depth: usize,
    ) -> Result<Option<Value>, ParameterError> {
        let stem = match form {
            ListForm::Member { word, .. } if !list.flat => {
                format!("{name}.{}", if list.name.is_empty() { word } else { list.name })
            }
            _ => name.to_owned(),
        };
        let bracketed = matches!(form, ListForm::Bracketed { .. });
        let numbers = self.numbers(&stem, bracketed);
        if numbers.is_empty() {
            return Ok(self.is_empty_list(name).then(|| Value::empty(kind)));
        }
        let mut value = Value::empty(kind);
        for (index, number) in numbers.into_iter().enumerate() {
            let wanted = base as usize + index;
            if number != wanted {
                return Err(problem("", format!("items are counted from {base} without gaps: {wanted} is missing")));
            }
            let item_name = if bracketed { format!("{stem}[{number}]") } else { format!("{stem}.{number}") };
            let item = self.value(list.item, &item_name, true, depth).map_err(|e| e.within(&format!("[{index}]")))?;
            match item {
                Some(item) => push(&mut value, item),
                None => return Err(problem("", "cannot be read").within(&format!("[{index}]"))),
            }
        }
        Ok(Some(value))
    }

    fn map(
        &mut self,
        kind: Kind,
        map: &'static Map,
        name: &str,
        depth: usize,
    ) -> Result<Option<Value>, ParameterError> {
        let words = self.style.maps;
        let key_name = if map.key_name.is_empty() { words.key } else { map.key_name };
        let value_name = if map.value_name.is_empty() { words.value } else { map.value_name };
        let stem = if map.flat { name.to_owned() } else { format!("{name}.{}", words.entry) };
        let numbers = self.numbers(&stem, false);
        if numbers.is_empty() {
            return Ok(None);
        }
        let mut result = Value::empty(kind);
        for (index, number) in numbers.into_iter().enumerate() {
            if number != index + 1 {
                return Err(problem("", format!("entries are counted from 1 without gaps: {} is missing", index + 1)));
            }
            let entry = format!("{stem}.{number}");
            let key = self.take(&format!("{entry}.{key_name}"))?;
            let key = key.ok_or_else(|| problem("", format!("entry {number} has no {key_name}")))?;
            let value = self
                .value(map.value, &format!("{entry}.{value_name}"), true, depth)
                .map_err(|e| e.within(&format!("[{key:?}]")))?
                .ok_or_else(|| problem("", format!("entry {number} has no {value_name}")))?;
            if let Value::Map(entries) = &mut result {
                if entries.entries().contains_key(&key) {
                    return Err(problem(&key, "the key is there twice"));
                }
                // just made of that kind
                let _ = entries.add(key, value);
            }
        }
        Ok(Some(result))
    }

    /// The numbers behind `stem`, in order.
    fn numbers(&self, stem: &str, bracketed: bool) -> BTreeSet<usize> {
        let start = format!("{stem}{}", if bracketed { '[' } else { '.' });
        let below = self.pairs.range(start.clone()..).map(|(name, _)| name).take_while(|name| name.starts_with(&start));
        below
            .filter_map(|name| {
                let rest = &name[start.len()..];
                let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                let (number, after) = rest.split_at(digits);
                // `meters.01` is no number of the encoder's, and `meters.1x` none at all
                let ends =
                    if bracketed { after.starts_with(']') } else { after.is_empty() || after.starts_with(['.', '[']) };
                let plain = number == "0" || !number.starts_with('0');
                if ends && plain { number.parse().ok() } else { None }
            })
            .collect()
    }

    /// Whether there is a parameter below `name`.
    fn is_below(&self, name: &str, separator: char) -> bool {
        let start = format!("{name}{separator}");
        self.pairs.range(start.clone()..).next().is_some_and(|(found, _)| found.starts_with(&start))
    }

    /// The value of a parameter that may be there but once.
    fn take(&mut self, name: &str) -> Result<Option<String>, ParameterError> {
        match self.pairs.get(name).map(Vec::as_slice) {
            None => Ok(None),
            Some([value]) => {
                self.used.insert(name.to_owned());
                Ok(Some(value.clone()))
            }
            Some(_) => Err(problem("", format!("{name} is there more than once"))),
        }
    }

    fn take_all(&mut self, name: &str) -> Vec<String> {
        let Some(values) = self.pairs.get(name) else { return Vec::new() };
        self.used.insert(name.to_owned());
        values.clone()
    }

    /// Whether there is a `name=`, which says that a list is empty.
    fn is_empty_list(&mut self, name: &str) -> bool {
        let said =
            self.style.empty_lists && self.pairs.get(name).is_some_and(|values| values.iter().all(String::is_empty));
        if said {
            self.used.insert(name.to_owned());
        }
        said
    }
}

fn push(list: &mut Value, item: Value) {
    if let Value::List(list) = list {
        // just made of that kind
        let _ = list.add(item);
    }
}

/// What is wrong with a value; its path is put in front on the way up.
pub(crate) fn problem(value: &str, rule: impl Into<String>) -> ParameterError {
    ParameterError { parameter: String::new(), value: value.to_owned(), rule: rule.into(), suggestion: None }
}
