//! A parsed TOML file, with the place of everything in it.

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_parser::lexer::TokenKind;

use crate::context::Context;
use crate::files::{FileId, Files};
use crate::problems::Place;

/// A parsed TOML file.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    file: FileId,
    root: DeTable<'a>,
}

impl<'a> Document<'a> {
    /// Parses a file. What the parser could not make sense of is reported and left out.
    pub(crate) fn parse(file: FileId, cx: &mut Context<'a>) -> Option<Self> {
        let text = match cx.files.content(file) {
            Ok(text) => text,
            Err(message) => {
                cx.problems.error(Place::file(file), message);
                return None;
            }
        };
        if let Err(at) = check_depth(text) {
            let place = Place { file, start: at, end: at + 1 };
            cx.syntax_error(place, "keys and values are nested too deep", true);
            return None;
        }
        /// A file with more is no spec file at all.
        const MOST_ERRORS: usize = 50;

        let (root, errors) = DeTable::parse_recoverable(text);
        for error in errors.into_iter().take(MOST_ERRORS) {
            let span = error.span().unwrap_or_default();
            let place = Place { file, start: span.start, end: span.end.max(span.start + 1) };
            let word = text.get(span).unwrap_or_default();
            match error.message() {
                "duplicate key" => {
                    cx.problems.error_with(place, format!("`{word}` is there twice"), "remove one of the two");
                }
                message => {
                    cx.syntax_error(place, format!("TOML syntax: {message}"), message.contains("table"));
                }
            }
        }
        Some(Self { file, root: root.into_inner() })
    }

    pub(crate) fn root(&'a self) -> TableNode<'a> {
        TableNode { place: Place::file(self.file), table: &self.root }
    }
}

/// The parser bounds brackets, and the parts of a key, but not their product, which dropping the tree walks recursively.
fn check_depth(text: &str) -> Result<(), usize> {
    const DEEPEST: usize = 64;

    // what each open bracket added: itself and the dots of the key it belongs to
    let mut open: Vec<usize> = Vec::new();
    let mut depth = 0_usize;
    let mut dots = 0_usize;
    for token in toml_parser::Source::new(text).lex() {
        match token.kind() {
            TokenKind::Dot => dots += 1,
            TokenKind::Comma | TokenKind::Newline => dots = 0,
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                open.push(1 + dots);
                depth += 1 + dots;
                dots = 0;
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                depth -= open.pop().unwrap_or_default();
                dots = 0;
            }
            _ => {}
        }
        if depth + dots > DEEPEST {
            return Err(token.span().start());
        }
    }
    Ok(())
}

/// A value and the file it is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    file: FileId,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Node<'a> {
    pub(crate) fn place(self) -> Place {
        let span = self.value.span();
        Place { file: self.file, start: span.start, end: span.end }
    }

    /// The place of a part of a text, as far as the text stands in the file as it is.
    pub(crate) fn place_in(self, files: &Files, start: usize, end: usize) -> Place {
        let place = self.place();
        let literal = files.text(self.file).and_then(|text| text.get(place.start + 1..place.end.saturating_sub(1)));
        if self.text().is_some() && literal == self.text() {
            Place { file: place.file, start: place.start + 1 + start, end: place.start + 1 + end }
        } else {
            place
        }
    }

    pub(crate) fn value(self) -> &'a DeValue<'a> {
        self.value.get_ref()
    }

    pub(crate) fn text(self) -> Option<&'a str> {
        self.value().as_str()
    }

    pub(crate) fn boolean(self) -> Option<bool> {
        self.value().as_bool()
    }

    pub(crate) fn integer(self) -> Option<i64> {
        let integer = self.value().as_integer()?;
        i64::from_str_radix(integer.as_str(), integer.radix()).ok()
    }

    /// An integer or float.
    pub(crate) fn number(self) -> Option<f64> {
        match self.value() {
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => self.integer().map(|integer| integer as f64),
        }
    }

    /// A text, number or boolean as text.
    pub(crate) fn scalar(self) -> Option<String> {
        match self.value() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(_) => self.integer().map(|integer| integer.to_string()),
            DeValue::Float(float) => Some(float.as_str().to_owned()),
            DeValue::Boolean(boolean) => Some(boolean.to_string()),
            _ => None,
        }
    }

    /// A date-time with a zone, or a text, as text.
    pub(crate) fn instant(self) -> Option<String> {
        match self.value() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Datetime(time) => Some(time.to_string()),
            _ => None,
        }
    }

    /// The items of an array; nothing for anything else.
    pub(crate) fn items(self) -> impl Iterator<Item = Node<'a>> {
        let file = self.file;
        self.value().as_array().into_iter().flat_map(|items| items.iter()).map(move |value| Node { file, value })
    }

    pub(crate) fn is_array(self) -> bool {
        self.value().is_array()
    }

    pub(crate) fn table(self) -> Option<TableNode<'a>> {
        let table = self.value().as_table()?;
        Some(TableNode { place: self.place(), table })
    }

    /// As in messages.
    pub(crate) fn what(self) -> &'static str {
        match self.value() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }
}

/// A table and the file it is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableNode<'a> {
    place: Place,
    table: &'a DeTable<'a>,
}

impl<'a> TableNode<'a> {
    pub(crate) fn place(self) -> Place {
        self.place
    }

    pub(crate) fn file(self) -> FileId {
        self.place.file
    }

    pub(crate) fn get(self, key: &str) -> Option<Node<'a>> {
        let value = self.table.get(key)?;
        Some(Node { file: self.place.file, value })
    }

    pub(crate) fn text(self, key: &str) -> Option<&'a str> {
        self.get(key)?.text()
    }

    pub(crate) fn table(self, key: &str) -> Option<TableNode<'a>> {
        self.get(key)?.table()
    }

    /// Where the key itself stands.
    pub(crate) fn key_place(self, key: &str) -> Option<Place> {
        let (key, _) = self.table.get_key_value(key)?;
        Some(self.place_of(key))
    }

    pub(crate) fn entries(self) -> impl Iterator<Item = Entry<'a>> {
        self.table.iter().map(move |(key, value)| Entry {
            name: key.get_ref(),
            place: self.place_of(key),
            node: Node { file: self.place.file, value },
        })
    }

    fn place_of<T>(self, key: &Spanned<T>) -> Place {
        let span = key.span();
        Place { file: self.place.file, start: span.start, end: span.end }
    }
}

/// A key with its value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    /// Of the key.
    pub(crate) place: Place,
    pub(crate) node: Node<'a>,
}

/// Tables laid over one another, the one that wins first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers<'a> {
    tables: Vec<TableNode<'a>>,
}

impl<'a> Layers<'a> {
    pub(crate) fn new(tables: impl IntoIterator<Item = TableNode<'a>>) -> Self {
        Self { tables: tables.into_iter().collect() }
    }

    pub(crate) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.tables.iter().find_map(|table| table.get(key))
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.text()
    }

    pub(crate) fn boolean(&self, key: &str) -> Option<bool> {
        self.get(key)?.boolean()
    }

    /// The tables of that name, laid over one another.
    pub(crate) fn layers(&self, key: &str) -> Layers<'a> {
        Self::new(self.tables.iter().filter_map(|table| table.table(key)))
    }

    /// The uppermost table of that name, alone.
    pub(crate) fn uppermost(&self, key: &str) -> Option<TableNode<'a>> {
        self.get(key)?.table()
    }

    pub(crate) fn key_place(&self, key: &str) -> Option<Place> {
        self.tables.iter().find_map(|table| table.key_place(key))
    }

    /// The lowest table comes first, as its keys do; each key once, with the value that wins.
    pub(crate) fn entries(&self) -> Vec<Entry<'a>> {
        let mut entries: IndexMap<&'a str, Entry<'a>> = IndexMap::new();
        for table in self.tables.iter().rev() {
            for entry in table.entries() {
                entries.insert(entry.name, entry);
            }
        }
        entries.into_values().collect()
    }

    /// The tables, the one that wins first.
    pub(crate) fn tables(&self) -> &[TableNode<'a>] {
        &self.tables
    }
}
