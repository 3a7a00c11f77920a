//! XML answers, read with quick-xml.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::scalar::{expected, put_text};
use super::{Limits, Outcome, Problem, Seen, Step};
use crate::schema::{AnswerStyle, Api, Field, Kind, List, Map, Operation, Shape};
use crate::value::{ListSlot, MapSlot, Record, Slot};

/// Reads an answer: its output, or word that it is an error.
pub(crate) fn decode(
    operation: &'static Operation,
    body: &[u8],
    limits: Limits,
    output: &mut dyn Record,
) -> Result<Outcome, Problem> {
    let api = operation.api;
    let mut decoder = Decoder::new(&api.answer, body, limits)?;
    let root = decoder.root()?;
    if api.errors.at.iter().any(|path| path.first().is_some_and(|name| *name == local(&root))) {
        return Ok(Outcome::Error);
    }
    let expected = operation.root.unwrap_or(api.answer.root).replace("{action}", operation.name);
    if !expected.is_empty() && local(&root) != expected {
        let reason = format!("expected element {expected}, found element {}", local(&root));
        return Err(decoder.locate(Problem::new(reason)));
    }
    let wrapper = operation.result.unwrap_or(api.answer.result).replace("{action}", operation.name);
    let path: Vec<&str> = wrapper.split('/').filter(|name| !name.is_empty()).collect();
    let marked = !expected.is_empty();
    decoder.at_path(root, &path, marked, output).map_err(|problem| decoder.locate(problem))?;
    decoder.finish().map_err(|problem| decoder.locate(problem))?;
    Ok(Outcome::Output)
}

/// Reads the members of an error.
pub(crate) fn decode_error(api: &'static Api, body: &[u8], members: &mut dyn Record) -> Result<(), Problem> {
    for path in api.errors.at {
        let mut decoder = Decoder::new(&api.answer, body, Limits::default())?;
        let root = decoder.root()?;
        let Some((first, rest)) = path.split_first() else { continue };
        if *first == local(&root) {
            return decoder.at_path(root, rest, true, members).map_err(|problem| decoder.locate(problem));
        }
    }
    Err(Problem::new("the answer holds no error element"))
}

struct Decoder<'a> {
    style: &'static AnswerStyle,
    reader: Reader<&'a [u8]>,
    depth: usize,
    limit: usize,
}

impl<'a> Decoder<'a> {
    fn new(style: &'static AnswerStyle, body: &'a [u8], limits: Limits) -> Result<Self, Problem> {
        let text = std::str::from_utf8(body).map_err(|e| {
            let mut problem = Problem::new("expected XML in UTF-8, found other bytes");
            problem.offset = Some(e.valid_up_to() as u64);
            problem
        })?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Ok(Self { style, reader, depth: 0, limit: limits.depth })
    }

    /// Says where in the body the problem is, unless it is known already.
    fn locate(&self, mut problem: Problem) -> Problem {
        problem.offset.get_or_insert(self.reader.buffer_position());
        problem
    }

    /// The next event that is not a comment or an instruction. Document types are refused: entities could expand without bound.
    fn next(&mut self) -> Result<Event<'a>, Problem> {
        loop {
            let event = self.reader.read_event().map_err(|e| self.malformed(&e))?;
            match &event {
                Event::Comment(_) | Event::PI(_) => {}
                Event::Decl(declaration) => {
                    if let Some(encoding) = declaration.encoding() {
                        let encoding = encoding.map_err(|e| Problem::new(format!("malformed XML declaration: {e}")))?;
                        if !encoding.eq_ignore_ascii_case("utf-8") {
                            return Err(Problem::new(format!("expected XML in UTF-8, found encoding {encoding:?}")));
                        }
                    }
                }
                Event::DocType(_) => return Err(Problem::new("a document type declaration (DTD) is not allowed")),
                Event::Start(_) => {
                    self.depth += 1;
                    if self.depth > self.limit {
                        return Err(Problem::new(format!("elements are nested deeper than {} levels", self.limit)));
                    }
                    return Ok(event);
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(event);
                }
                _ => return Ok(event),
            }
        }
    }

    fn malformed(&self, error: &quick_xml::Error) -> Problem {
        let mut problem = Problem::new(format!("malformed XML: {error}"));
        problem.offset = Some(self.reader.error_position());
        problem
    }

    /// The root element's start.
    fn root(&mut self) -> Result<BytesStart<'a>, Problem> {
        loop {
            match self.next().map_err(|problem| self.locate(problem))? {
                Event::Start(root) => return Ok(root),
                Event::Eof => return Err(self.locate(Problem::new("expected XML, found no element"))),
                Event::Text(text) if !blank(&text) => {
                    return Err(self.locate(Problem::new("expected XML, found text before the first element")));
                }
                _ => {}
            }
        }
    }

    /// Nothing but white space may follow the root.
    fn finish(&mut self) -> Result<(), Problem> {
        loop {
            match self.next()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if blank(&text) => {}
                _ => return Err(Problem::new("there is something after the end of the root element")),
            }
        }
    }

    /// Goes down `path` from `start` and reads the record there; elements beside the path are skipped. `marked`: what was read so
    /// far shows that it is an answer of the service, so the rest may be absent.
    fn at_path(
        &mut self,
        start: BytesStart<'a>,
        path: &[&str],
        marked: bool,
        record: &mut dyn Record,
    ) -> Result<(), Problem> {
        let shape = record.shape();
        let Some((name, rest)) = path.split_first() else {
            let seen = self.fields(&start, record)?;
            return if marked || seen.any() || shape.fields().is_empty() {
                Ok(())
            } else {
                Err(unknown(&start, shape))
            };
        };
        let mut seen = false;
        self.children(|decoder, child| {
            if local(&child) == *name && !seen {
                seen = true;
                decoder.at_path(child, rest, true, record)
            } else {
                decoder.skip()
            }
        })?;
        if seen {
            return Ok(());
        }
        // an answer without the wrapper is one in which nothing is set
        match Seen::default().missing(shape.fields()) {
            None if marked || shape.fields().is_empty() => Ok(()),
            _ => Err(Problem::new(format!("element {name} is missing in element {}", local(&start)))),
        }
    }

    /// Calls `each` for every child element, whose end `each` has to consume, up to the end of the parent.
    fn children(
        &mut self,
        mut each: impl FnMut(&mut Self, BytesStart<'a>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        loop {
            match self.next()? {
                Event::Start(child) => each(self, child)?,
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(Problem::new("the XML ends in the middle of an element")),
                // a structure or list may have a text between its elements that says nothing
                _ => {}
            }
        }
    }

    /// Skips to the end of an element whose start was read.
    fn skip(&mut self) -> Result<(), Problem> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if matches!(self.next()?, Event::Eof) {
                return Err(Problem::new("the XML ends in the middle of an element"));
            }
        }
        Ok(())
    }

    /// Reads a record whose start was read.
    fn record(&mut self, start: &BytesStart<'a>, record: &mut dyn Record) -> Result<(), Problem> {
        self.fields(start, record).map(drop)
    }

    /// Reads a record and tells which fields were there.
    fn fields(&mut self, start: &BytesStart<'a>, record: &mut dyn Record) -> Result<Seen, Problem> {
        let shape = record.shape();
        let mut seen = Seen::default();
        self.attributes(start, shape, record, &mut seen)?;
        // fields come in the order of the table as a rule: the search begins behind the one before
        let mut expected = 0;
        self.children(|decoder, child| {
            let name = local(&child);
            let Some(index) = find(shape, name, expected) else { return decoder.skip() };
            let field = &shape.fields()[index];
            expected = if repeats(field) { index } else { index + 1 };
            if !seen.mark(index) && !repeats(field) {
                return Err(Problem::new("the element is there twice").below(Step::Name(field.name)));
            }
            decoder
                .field(field, record.slot(index), &child)
                .and_then(|set| if field.required { filled(field.kind, set) } else { Ok(()) })
                .map_err(|problem| problem.below(Step::Name(field.name)))
        })?;
        match seen.missing(shape.fields()) {
            Some(name) => Err(Problem::new("the element is missing").below(Step::Name(name))),
            None => Ok(seen),
        }
    }

    fn attributes(
        &mut self,
        start: &BytesStart<'a>,
        shape: &'static Shape,
        record: &mut dyn Record,
        seen: &mut Seen,
    ) -> Result<(), Problem> {
        if !shape.fields().iter().any(|field| field.attribute) {
            return Ok(());
        }
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| Problem::new(format!("malformed XML: {e}")))?;
            // "xsi:type" is known to its table with or without the prefix
            let named = |field: &Field| {
                field.attribute
                    && (field.read == attribute.key.0 || unprefixed(field.read) == attribute.key.local_name().as_ref())
            };
            let Some(index) = shape.fields().iter().position(named) else { continue };
            let field = &shape.fields()[index];
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|e| Problem::new(format!("malformed XML: {e}")).below(Step::Name(field.name)))?;
            seen.mark(index);
            put_text(record.slot(index), field.kind, value, self.style.timestamps)
                .map_err(|reason| Problem::new(reason).below(Step::Name(field.name)))?;
        }
        Ok(())
    }

    /// Reads an element into the field that it belongs to: a flat list or map gets one more entry, anything else its value.
    fn field(&mut self, field: &'static Field, slot: Slot<'_>, start: &BytesStart<'a>) -> Result<bool, Problem> {
        match (field.kind, slot) {
            (Kind::List(list), Slot::List(items)) if list.flat => {
                items.open();
                let index = items.len();
                self.value(list.item, items.push(), start)
                    .and_then(|set| filled(list.item, set))
                    .map_err(|problem| problem.below(Step::Index(index)))?;
                Ok(true)
            }
            (Kind::Map(map), Slot::Map(entries)) if map.flat => {
                entries.open();
                self.entry(map, entries)?;
                Ok(true)
            }
            (kind, slot) => self.value(kind, slot, start),
        }
    }

    /// Whether anything was set: an empty element sets no number, time or boolean.
    fn value(&mut self, kind: Kind, slot: Slot<'_>, start: &BytesStart<'a>) -> Result<bool, Problem> {
        match (kind, slot) {
            (Kind::Record(_), Slot::Record(place)) => self.record(start, place.open())?,
            (Kind::List(list), Slot::List(items)) => self.list(list, items)?,
            (Kind::Map(map), Slot::Map(entries)) => {
                entries.open();
                self.children(|decoder, child| {
                    if local(&child) == decoder.style.maps.entry { decoder.entry(map, entries) } else { decoder.skip() }
                })?;
            }
            (Kind::Document | Kind::Series(_), _) => {
                return Err(Problem::new(format!("{} cannot be read from XML", expected(kind))));
            }
            (kind, slot) => {
                let text = self.text(kind)?;
                let text = if self.style.trim { trim(text) } else { text };
                return put_text(slot, kind, text, self.style.timestamps).map_err(Problem::new);
            }
        }
        Ok(true)
    }

    fn list(&mut self, list: &'static List, items: &mut dyn ListSlot) -> Result<(), Problem> {
        items.open();
        let name = if list.name.is_empty() { self.style.item } else { list.name };
        self.children(|decoder, child| {
            if local(&child) != name {
                return decoder.skip();
            }
            let index = items.len();
            decoder
                .value(list.item, items.push(), &child)
                .and_then(|set| filled(list.item, set))
                .map_err(|problem| problem.below(Step::Index(index)))
        })
    }

    /// Reads one entry of a map, whose start was read.
    fn entry(&mut self, map: &'static Map, entries: &mut dyn MapSlot) -> Result<(), Problem> {
        let words = self.style.maps;
        let key_name = if map.key_name.is_empty() { words.key } else { map.key_name };
        let value_name = if map.value_name.is_empty() { words.value } else { map.value_name };
        let mut key: Option<String> = None;
        let mut has_value = false;
        self.children(|decoder, child| {
            let name = local(&child);
            if name == key_name && key.is_none() {
                key = Some(decoder.text(Kind::Text)?.into_owned());
                Ok(())
            } else if name == value_name {
                let Some(key) = key.clone() else {
                    return Err(Problem::new("a map entry has its value before its key"));
                };
                has_value = true;
                decoder
                    .value(map.value, entries.insert(key.clone()), &child)
                    .and_then(|set| filled(map.value, set))
                    .map_err(|problem| problem.below(Step::Key(key)))
            } else {
                decoder.skip()
            }
        })?;
        match key {
            None => Err(Problem::new(format!("a map entry has no element {key_name}"))),
            Some(key) if !has_value => {
                Err(Problem::new(format!("the entry has no element {value_name}")).below(Step::Key(key)))
            }
            Some(_) => Ok(()),
        }
    }

    /// The text of an element whose start was read.
    fn text(&mut self, kind: Kind) -> Result<Cow<'a, str>, Problem> {
        let mut text = Cow::Borrowed("");
        loop {
            let part = match self.next()? {
                Event::Text(part) => part.xml10_content(),
                Event::CData(part) => part.xml10_content(),
                Event::GeneralRef(name) => reference(&name)?,
                Event::End(_) => return Ok(text),
                Event::Start(child) => {
                    return Err(Problem::new(format!("expected {}, found element {}", expected(kind), local(&child))));
                }
                _ => return Err(Problem::new("the XML ends in the middle of a text")),
            };
            if text.is_empty() {
                text = part;
            } else {
                text.to_mut().push_str(&part);
            }
        }
    }
}

/// A root element in which nothing is known.
fn unknown(root: &BytesStart<'_>, shape: &'static Shape) -> Problem {
    let names: Vec<&str> = shape.fields().iter().map(|field| field.read).take(4).collect();
    let more = if shape.fields().len() > names.len() { " or another that the spec names" } else { "" };
    let names = names.join(", ");
    Problem::new(format!("expected an element of the output ({names}{more}), found none in element {}", local(root)))
}

/// An empty element where a number, time or boolean must be is an error: nothing would be set, and nobody would know.
fn filled(kind: Kind, set: bool) -> Result<(), Problem> {
    if set { Ok(()) } else { Err(Problem::new(format!("expected {}, found an empty element", expected(kind)))) }
}

/// The text that a character or entity reference stands for: only those of XML itself are known.
pub(super) fn reference(name: &quick_xml::events::BytesRef<'_>) -> Result<Cow<'static, str>, Problem> {
    if let Some(character) = name.resolve_char_ref().map_err(|e| Problem::new(format!("malformed XML: {e}")))? {
        return Ok(Cow::Owned(character.to_string()));
    }
    quick_xml::escape::resolve_xml_entity(name)
        .map(Cow::Borrowed)
        .ok_or_else(|| Problem::new(format!("unknown entity &{};", &**name)))
}

fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The name of an element without its prefix.
pub(super) fn local<'a>(start: &'a BytesStart<'_>) -> &'a str {
    unprefixed(start.name().0)
}

fn unprefixed(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The field called `name`, searched from `from` on and around.
fn find(shape: &'static Shape, name: &str, from: usize) -> Option<usize> {
    let fields = shape.fields();
    let from = from.min(fields.len());
    let named = |field: &Field| !field.attribute && field.read == name;
    (from..fields.len()).find(|i| named(&fields[*i])).or_else(|| (0..from).find(|i| named(&fields[*i])))
}

/// Whether the elements of a field may stand side by side.
pub(super) fn repeats(field: &Field) -> bool {
    match field.kind {
        Kind::List(list) => list.flat,
        Kind::Map(map) => map.flat,
        _ => false,
    }
}
