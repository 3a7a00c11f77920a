//! Plain XML: elements without prefixes, texts with no more than the five entities of XML in them.

use std::borrow::Cow;

use super::super::scalar::{put_text, trim};
use super::super::xml::repeats;
use super::super::{Limits, Seen};
use super::{LEVELS, bytes, find, is_word, path};
use crate::schema::{AnswerStyle, Field, Kind, List, Map, Operation};
use crate::value::{ListSlot, MapSlot, Record, Slot};

/// Reads an output; `None` if the answer is not plain, or no output, or wrong. The record is then to be emptied.
pub(in super::super) fn decode(
    operation: &'static Operation,
    body: &[u8],
    limits: Limits,
    output: &mut dyn Record,
) -> Option<()> {
    let text = std::str::from_utf8(body).ok()?;
    let api = operation.api;
    let mut scanner = Scanner { text, at: 0, style: &api.answer, levels: limits.depth.min(LEVELS) };
    scanner.prologue();
    let root = scanner.open()?;
    if api.errors.at.iter().any(|path| path.first().is_some_and(|name| *name == root.name)) {
        return None;
    }
    let expected = operation.root.unwrap_or(api.answer.root);
    if !expected.is_empty() && !is_word(root.name, expected, operation.name) {
        return None;
    }
    scanner.at_path(root, path(operation), operation.name, !expected.is_empty(), output)?;
    scanner.blanks();
    (scanner.at == text.len()).then_some(())
}

/// The start of an element.
#[derive(Clone, Copy)]
struct Tag<'a> {
    name: &'a str,
    /// `<name/>`: there is no end tag.
    empty: bool,
    attributes: bool,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    style: &'static AnswerStyle,
    /// Levels that may still be opened.
    levels: usize,
}

impl<'a> Scanner<'a> {
    /// Goes down `path` from `tag` and reads the record there; elements beside the path are skipped.
    fn at_path(
        &mut self,
        tag: Tag<'a>,
        mut path: impl Iterator<Item = &'static str>,
        action: &'static str,
        marked: bool,
        record: &mut dyn Record,
    ) -> Option<()> {
        let Some(word) = path.next() else {
            let seen = self.fields(tag, record)?;
            return (marked || seen.any()).then_some(());
        };
        self.enter()?;
        loop {
            let child = self.child(tag)?;
            if is_word(child.name, word, action) {
                self.at_path(child, path, action, true, record)?;
                break;
            }
            self.skip(child)?;
        }
        while let Some(child) = self.child_or_end(tag)? {
            self.skip(child)?;
        }
        self.leave();
        Some(())
    }

    /// Reads a record whose start was read.
    fn record(&mut self, tag: Tag<'a>, record: &mut dyn Record) -> Option<()> {
        self.fields(tag, record).map(drop)
    }

    /// Reads a record and tells which fields were there.
    #[inline]
    fn fields(&mut self, tag: Tag<'a>, record: &mut dyn Record) -> Option<Seen> {
        let fields = record.shape().fields();
        if tag.attributes && fields.iter().any(|field| field.attribute) {
            return None;
        }
        let mut seen = Seen::default();
        if !tag.empty {
            self.enter()?;
            let mut next = 0;
            loop {
                self.plain_ints(fields, record, &mut next, &mut seen)?;
                self.skip_to_markup()?;
                let (index, child) = match fields.get(next) {
                    Some(field) if self.opens(field) => {
                        (next, Tag { name: field.read, empty: false, attributes: false })
                    }
                    _ if self.closes(tag.name) => break,
                    _ => {
                        let child = self.open()?;
                        match find(fields, child.name, next, |field| !field.attribute) {
                            Some(index) => (index, child),
                            None => {
                                self.skip(child)?;
                                continue;
                            }
                        }
                    }
                };
                let field = fields.get(index)?;
                let repeats = repeats(field);
                if !seen.mark(index) && !repeats {
                    return None;
                }
                next = if repeats { index } else { index + 1 };
                self.field(field, record.slot(index), child)?;
            }
            self.leave();
        }
        seen.missing(fields).is_none().then_some(seen)
    }

    /// Reads elements from `next` on, as long as they are the expected ones and hold plain numbers: most of most large answers.
    #[inline]
    fn plain_ints(
        &mut self,
        fields: &'static [Field],
        record: &mut dyn Record,
        next: &mut usize,
        seen: &mut Seen,
    ) -> Option<()> {
        let all = self.text.as_bytes();
        let mut rest = all.get(self.at..)?;
        let mut index = *next;
        while let Some(field) = fields.get(index)
            && matches!(field.kind, Kind::Int)
            && !field.attribute
            && let Some((value, behind)) = plain_int(rest, field.read.as_bytes())
        {
            rest = behind;
            let Slot::Int(place) = record.slot(index) else { return None };
            place.put(value);
            if !seen.mark(index) {
                return None;
            }
            index += 1;
        }
        *next = index;
        self.at = all.len() - rest.len();
        Some(())
    }

    #[inline]
    fn field(&mut self, field: &'static Field, slot: Slot<'_>, tag: Tag<'a>) -> Option<()> {
        match (field.kind, slot) {
            (Kind::List(list), Slot::List(items)) if list.flat => {
                items.open();
                self.value(list.item, items.push(), tag)
            }
            (Kind::Map(map), Slot::Map(entries)) if map.flat => {
                entries.open();
                self.entry(map, entries, tag)
            }
            (kind, slot) => self.value(kind, slot, tag),
        }
    }

    fn value(&mut self, kind: Kind, slot: Slot<'_>, tag: Tag<'a>) -> Option<()> {
        match (kind, slot) {
            (Kind::Record(_), Slot::Record(place)) => self.record(tag, place.open()),
            (Kind::List(list), Slot::List(items)) => self.list(list, items, tag),
            (Kind::Map(map), Slot::Map(entries)) => {
                entries.open();
                self.enter()?;
                while let Some(child) = self.child_or_end(tag)? {
                    if child.name == self.style.maps.entry {
                        self.entry(map, entries, child)?;
                    } else {
                        self.skip(child)?;
                    }
                }
                self.leave();
                Some(())
            }
            (Kind::Document | Kind::Series(_), _) => None,
            (kind, slot) => self.scalar(kind, slot, tag),
        }
    }

    #[inline]
    fn scalar(&mut self, kind: Kind, slot: Slot<'_>, tag: Tag<'a>) -> Option<()> {
        let text = match self.text(tag)? {
            Cow::Borrowed(text) if self.style.trim => Cow::Borrowed(trim(text)),
            Cow::Owned(text) if self.style.trim => Cow::Owned(trim(&text).to_owned()),
            text => text,
        };
        // nothing set: whether that is an error is for the reader of record to say
        put_text(slot, kind, text, self.style.timestamps).ok().filter(|set| *set).map(drop)
    }

    fn list(&mut self, list: &'static List, items: &mut dyn ListSlot, tag: Tag<'a>) -> Option<()> {
        items.open();
        let name = if list.name.is_empty() { self.style.item } else { list.name };
        self.enter()?;
        while let Some(child) = self.child_or_end(tag)? {
            if child.name == name {
                self.value(list.item, items.push(), child)?;
            } else {
                self.skip(child)?;
            }
        }
        self.leave();
        Some(())
    }

    /// Reads one entry of a map: its key, then its value.
    fn entry(&mut self, map: &'static Map, entries: &mut dyn MapSlot, tag: Tag<'a>) -> Option<()> {
        let words = self.style.maps;
        let key_name = if map.key_name.is_empty() { words.key } else { map.key_name };
        let value_name = if map.value_name.is_empty() { words.value } else { map.value_name };
        self.enter()?;
        let key = self.child(tag).filter(|child| child.name == key_name)?;
        let key = self.text(key)?.into_owned();
        let value = self.child(tag).filter(|child| child.name == value_name)?;
        self.value(map.value, entries.insert(key), value)?;
        self.leave();
        self.child_or_end(tag)?.is_none().then_some(())
    }

    /// The text of an element that holds nothing else.
    #[inline]
    fn text(&mut self, tag: Tag<'_>) -> Option<Cow<'a, str>> {
        if tag.empty {
            return Some(Cow::Borrowed(""));
        }
        let start = self.at;
        self.at = end_of_part(self.text.as_bytes(), start)?;
        let part = self.text.get(start..self.at)?;
        if self.closes(tag.name) {
            return Some(Cow::Borrowed(part));
        }
        self.text_with_entities(part, tag).map(Cow::Owned)
    }

    /// The text that begins with `part`, behind which something else than the end stands.
    #[cold]
    fn text_with_entities(&mut self, part: &str, tag: Tag<'_>) -> Option<String> {
        let mut text = part.to_owned();
        loop {
            match self.text.as_bytes().get(self.at)? {
                b'&' => text.push(self.entity()?),
                b'<' => return self.closes(tag.name).then_some(text),
                // line ends other than a line feed become one
                _ => return None,
            }
            let start = self.at;
            self.at = end_of_part(self.text.as_bytes(), start)?;
            text.push_str(self.text.get(start..self.at)?);
        }
    }

    /// Reads one of the five entities of XML.
    fn entity(&mut self) -> Option<char> {
        let rest = self.text.get(self.at..)?;
        let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&apos;", '\'')];
        let (name, character) = known.into_iter().find(|(name, _)| rest.starts_with(name))?;
        self.at += name.len();
        Some(character)
    }

    /// The next child of `parent`, which has one.
    fn child(&mut self, parent: Tag<'_>) -> Option<Tag<'a>> {
        if parent.empty {
            return None;
        }
        self.skip_to_markup()?;
        self.open()
    }

    /// The next child of `parent`, or its end.
    fn child_or_end(&mut self, parent: Tag<'_>) -> Option<Option<Tag<'a>>> {
        if parent.empty {
            return Some(None);
        }
        self.skip_to_markup()?;
        if self.closes(parent.name) { Some(None) } else { self.open().map(Some) }
    }

    /// Skips to the end of an element whose start was read.
    fn skip(&mut self, tag: Tag<'a>) -> Option<()> {
        if tag.empty {
            return Some(());
        }
        self.enter()?;
        while let Some(child) = self.child_or_end(tag)? {
            self.skip(child)?;
        }
        self.leave();
        Some(())
    }

    /// Goes to the next `<`. A text between elements says nothing.
    #[inline]
    fn skip_to_markup(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        // as a rule there is a line feed, or nothing
        while let Some(b'\n' | b' ') = bytes.get(self.at) {
            self.at += 1;
        }
        if bytes.get(self.at) != Some(&b'<') {
            self.at += bytes::count_before(bytes.get(self.at..)?, [b'<', b'&'], 0)?;
            if bytes.get(self.at) == Some(&b'&') {
                return None;
            }
        }
        Some(())
    }

    /// Reads `<name>`, if it is there.
    #[inline]
    fn opens(&mut self, field: &'static Field) -> bool {
        let name = field.read.as_bytes();
        let rest = self.text.as_bytes().get(self.at + 1..).unwrap_or_default();
        let opens = rest.get(name.len()) == Some(&b'>') && rest.starts_with(name) && !field.attribute;
        if opens {
            self.at += name.len() + 2;
        }
        opens
    }

    /// Reads `</name>`, if it is there.
    #[inline]
    fn closes(&mut self, name: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let closes = rest.get(name.len() + 2) == Some(&b'>')
            && rest.starts_with(b"</")
            && rest[2..].starts_with(name.as_bytes());
        if closes {
            self.at += name.len() + 3;
        }
        closes
    }

    /// Reads the start of an element.
    fn open(&mut self) -> Option<Tag<'a>> {
        let rest = self.text.as_bytes().get(self.at..)?.strip_prefix(b"<")?;
        let length = rest.iter().position(|byte| !is_name(*byte)).filter(|length| *length > 0)?;
        let start = self.at + 1;
        let name = self.text.get(start..start + length)?;
        self.at = start + length;
        let attributes = matches!(rest.get(length), Some(b' ' | b'\n' | b'\r' | b'\t'));
        if attributes {
            self.attributes()?;
        }
        let empty = self.take(b"/");
        self.take(b">").then_some(Tag { name, empty, attributes })
    }

    /// Skips attributes: those that a table wants are left to the other path.
    #[cold]
    fn attributes(&mut self) -> Option<()> {
        loop {
            self.blanks();
            let rest = self.text.as_bytes().get(self.at..)?;
            if let Some(b'>' | b'/') = rest.first() {
                return Some(());
            }
            let length = rest.iter().position(|byte| !is_name(*byte) && *byte != b':').filter(|length| *length > 0)?;
            let value = rest.get(length..)?.strip_prefix(b"=")?;
            let quote = value.first().copied().filter(|byte| matches!(byte, b'"' | b'\''))?;
            let end = value[1..].iter().position(|byte| *byte == quote)?;
            // name, `=`, quote, value, quote
            self.at += length + 1 + 1 + end + 1;
        }
    }

    /// Skips white space and a declaration of the usual kind.
    fn prologue(&mut self) {
        const DECLARATIONS: [&str; 5] = [
            r#"<?xml version="1.0" encoding="UTF-8"?>"#,
            r#"<?xml version="1.0" encoding="utf-8"?>"#,
            r#"<?xml version="1.0"?>"#,
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            "<?xml version='1.0' encoding='UTF-8'?>",
        ];
        self.blanks();
        if DECLARATIONS.iter().any(|declaration| self.take(declaration.as_bytes())) {
            self.blanks();
        }
    }

    fn blanks(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += rest.iter().position(|byte| !blank(byte)).unwrap_or(rest.len());
    }

    fn take(&mut self, expected: &[u8]) -> bool {
        let taken = self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(expected));
        if taken {
            self.at += expected.len();
        }
        taken
    }

    /// Goes one level down: into an element that may have children, which count one more.
    fn enter(&mut self) -> Option<()> {
        self.levels = self.levels.checked_sub(1).filter(|levels| *levels > 0)?;
        Some(())
    }

    fn leave(&mut self) {
        self.levels += 1;
    }
}

/// The number in `<name>123</name>`, and what follows.
#[inline(always)]
fn plain_int<'a>(text: &'a [u8], name: &[u8]) -> Option<(i64, &'a [u8])> {
    let text = text.strip_prefix(b"\n").unwrap_or(text);
    let ([b'<', opened @ .., b'>'], content) = text.split_at_checked(name.len() + 2)? else { return None };
    if !bytes::is_same(opened, name) {
        return None;
    }
    let (value, content) = bytes::digits(content)?;
    let ([b'<', b'/', closed @ .., b'>'], rest) = content.split_at_checked(name.len() + 3)? else { return None };
    bytes::is_same(closed, name).then_some((value, rest))
}

/// Where the next markup, entity or carriage return is.
#[inline]
fn end_of_part(text: &[u8], at: usize) -> Option<usize> {
    bytes::count_before(text.get(at..)?, [b'<', b'&', b'\r'], 0).map(|count| at + count)
}

/// Whether a byte is part of a plain name: a prefix is not.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
