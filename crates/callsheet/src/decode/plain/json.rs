//! Plain JSON: names without escapes, whole numbers and short decimals, texts with the escapes of JSON.

use std::borrow::Cow;

use super::super::scalar::put_text;
use super::super::{Limits, Seen};
use super::unknown::Unknown;
use super::{LEVELS, bytes, is_word, path, series, skip};
use crate::schema::{Field, Kind, List, Map, Operation, TimeFormat};
use crate::series::Series;
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
    let levels = limits.depth.min(LEVELS);
    let times = api.answer.timestamps;
    let mut scanner =
        Scanner { text, at: 0, times, levels, scratch: String::new(), unknown: Unknown::new(), is_good: false };
    scanner.at_path(path(operation), operation.name, output, api.errors.unless)?;
    scanner.blanks();
    let marked = scanner.is_good || api.errors.mark().is_none();
    (marked && scanner.at == text.len()).then_some(())
}

/// Name and good value of the member that tells errors.
type Unless = Option<(&'static str, &'static str)>;

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    times: TimeFormat,
    /// Levels that may still be opened.
    levels: usize,
    /// The last text that had escapes, without them.
    scratch: String,
    unknown: Unknown<'a>,
    /// Whether the member that tells errors was there and told none.
    is_good: bool,
}

impl<'a> Scanner<'a> {
    /// Reads the object that stands here, or goes down `path` from it and reads the record there.
    fn at_path(
        &mut self,
        mut path: impl Iterator<Item = &'static str>,
        action: &'static str,
        record: &mut dyn Record,
        unless: Unless,
    ) -> Option<()> {
        let Some(word) = path.next() else { return self.record(record, unless) };
        let mut path = Some(path);
        self.open(b'{')?;
        let mut more = self.first(b'}')?;
        while more {
            let key = self.key()?;
            match path.take_if(|_| is_word(key, word, action)) {
                Some(path) => self.at_path(path, action, record, None)?,
                None if unless.is_some_and(|(name, _)| name == key) => drop(self.good(unless)?),
                None => self.skip()?,
            }
            more = self.more(b'}')?;
        }
        self.levels += 1;
        path.is_none().then_some(())
    }

    fn record(&mut self, record: &mut dyn Record, unless: Unless) -> Option<()> {
        self.open(b'{')?;
        let fields = record.shape().fields();
        let mut seen = Seen::default();
        let mut next = 0;
        let mut skipped = 0;
        let mut more = self.first(b'}')?;
        while more {
            if unless.is_none() {
                let start = self.at;
                if self.expected_members(fields, record, &mut next, &mut seen)?
                    || self.skip_as_before(fields, next, &mut skipped)?
                {
                    more = self.more(b'}')?;
                    continue;
                }
                if self.at > start {
                    continue;
                }
            }
            let key = self.key()?;
            match self.unknown.find(fields, key, next) {
                Some(index) => {
                    next = index + 1;
                    self.member(fields.get(index)?, record, index, unless, &mut seen)?;
                }
                None if unless.is_some_and(|(name, _)| name == key) => drop(self.good(unless)?),
                None => {
                    self.unknown.note(fields, next, skipped, key);
                    skipped += 1;
                    self.skip()?;
                }
            }
            more = self.more(b'}')?;
        }
        self.levels += 1;
        seen.missing(fields).is_none().then_some(())
    }

    /// Reads members from `next` on, as long as they are the expected ones, without blanks between: most of most answers. Says whether
    /// it stands behind a member, and no longer before one.
    fn expected_members(
        &mut self,
        fields: &'static [Field],
        record: &mut dyn Record,
        next: &mut usize,
        seen: &mut Seen,
    ) -> Option<bool> {
        let mut rest = self.text.get(self.at..)?;
        // from there on all were set, and are to be marked
        let mut first = *next;
        let mut behind = false;
        while let Some(field) = fields.get(*next) {
            let Some(value) = behind_key(rest, field.read) else { break };
            let plain = match field.kind {
                Kind::Text => text_at(value, record, *next),
                Kind::Int => int_at(value, record, *next),
                Kind::Record(_) if value.starts_with('{') => Some(self.record_at(value, record, *next)?),
                _ => None,
            };
            rest = match plain {
                Some(rest) => rest,
                None => {
                    self.at = self.text.len() - value.len();
                    self.blanks();
                    if !self.set(field, record, *next)? {
                        if !seen.mark_all(first..*next) {
                            return None;
                        }
                        first = *next + 1;
                    }
                    self.text.get(self.at..)?
                }
            };
            *next += 1;
            match next_member(rest) {
                Some(member) => rest = member,
                None => {
                    behind = true;
                    break;
                }
            }
        }
        self.at = self.text.len() - rest.len();
        seen.mark_all(first..*next).then_some(behind)
    }

    /// Reads the structure that stands here, and gives what is behind it.
    fn record_at(&mut self, text: &str, record: &mut dyn Record, index: usize) -> Option<&'a str> {
        let Slot::Record(place) = record.slot(index) else { return None };
        self.at = self.text.len() - text.len();
        self.record(place.open(), None)?;
        self.text.get(self.at..)
    }

    /// Skips members as long as they have the names that in an earlier record were skipped at the same places. Says whether it stands
    /// behind a member, and no longer before one.
    fn skip_as_before(&mut self, fields: &'static [Field], next: usize, skipped: &mut usize) -> Option<bool> {
        let mut rest = self.text.get(self.at..)?;
        let mut behind = false;
        while let Some(name) = self.unknown.noted(fields, next, *skipped) {
            let Some(value) = behind_key(rest, name) else { break };
            *skipped += 1;
            let left = skip::value(behind_blanks(value.as_bytes()), self.levels)?;
            rest = rest.get(rest.len() - left.len()..)?;
            match next_member(rest) {
                Some(member) => rest = member,
                None => {
                    behind = true;
                    break;
                }
            }
        }
        self.at = self.text.len() - rest.len();
        Some(behind)
    }

    /// Reads the value of any member.
    fn member(
        &mut self,
        field: &'static Field,
        record: &mut dyn Record,
        index: usize,
        unless: Unless,
        seen: &mut Seen,
    ) -> Option<()> {
        if unless.is_some_and(|(name, _)| name == field.read) {
            let text = self.good(unless)?;
            put_text(record.slot(index), field.kind, Cow::Borrowed(text), self.times).ok().filter(|set| *set)?;
            // it may come again: the last one counts
            seen.mark(index);
            return Some(());
        }
        let is_set = self.set(field, record, index)?;
        (!is_set || seen.mark(index)).then_some(())
    }

    /// Reads a value and puts it there; says whether there was one, since an unset member is null.
    fn set(&mut self, field: &'static Field, record: &mut dyn Record, index: usize) -> Option<bool> {
        if self.take(b"null") {
            return Some(false);
        }
        self.value(field.kind, record.slot(index)).map(|()| true)
    }

    /// Reads the member that tells errors, if it says that there is none.
    fn good(&mut self, unless: Unless) -> Option<&'a str> {
        let start = self.at;
        let text = match self.peek()? {
            b'"' => self.plain_string()?,
            _ => {
                self.int().filter(|_| !self.continues_number())?;
                self.text.get(start..self.at)?
            }
        };
        self.is_good = unless.is_some_and(|(_, good)| text == good);
        self.is_good.then_some(text)
    }

    /// Reads a value other than `null`, which sets something.
    fn value(&mut self, kind: Kind, slot: Slot<'_>) -> Option<()> {
        match (self.peek()?, kind, slot) {
            (b'"', Kind::Text, Slot::Text(place)) => place.put_copy(self.string()?),
            (_, Kind::Document, Slot::Json(place)) => {
                let start = self.at;
                self.skip()?;
                place.put(serde_json::from_str(self.text.get(start..self.at)?).ok()?);
            }
            (_, Kind::Document, _) => return None,
            (b'{', Kind::Record(_), Slot::Record(place)) => self.record(place.open(), None)?,
            (b'{', Kind::Map(map), Slot::Map(entries)) => self.map(map, entries)?,
            (b'[', Kind::List(list), Slot::List(items)) => self.list(list, items)?,
            (b'[', Kind::Series(_), Slot::Series(place)) => place.put(self.series()?),
            (_, Kind::Record(_) | Kind::Map(_) | Kind::List(_) | Kind::Series(_), _) => return None,
            (b'"', kind, slot) => {
                let times = self.times;
                let text = self.string()?;
                put_text(slot, kind, Cow::Borrowed(text), times).ok().filter(|set| *set)?;
            }
            (b'-' | b'0'..=b'9', kind, slot) => self.number(kind, slot)?,
            (b't' | b'f', Kind::Bool, Slot::Bool(place)) => place.put(self.boolean()?),
            _ => return None,
        }
        Some(())
    }

    fn number(&mut self, kind: Kind, slot: Slot<'_>) -> Option<()> {
        let start = self.at;
        let value = self.int()?;
        if self.continues_number() {
            let Slot::Float(place) = slot else { return None };
            self.at = start;
            place.put(self.decimal().filter(|_| matches!(kind, Kind::Float))?);
            return Some(());
        }
        match (kind, slot) {
            (Kind::Int, Slot::Int(place)) => place.put(value),
            (Kind::Float, Slot::Float(place)) => place.put(value as f64),
            (Kind::Text | Kind::Enum(_) | Kind::Bool | Kind::Time(_), slot) => {
                let digits = self.text.get(start..self.at)?;
                put_text(slot, kind, Cow::Borrowed(digits), self.times).ok().filter(|set| *set)?;
            }
            _ => return None,
        }
        Some(())
    }

    fn list(&mut self, list: &'static List, items: &mut dyn ListSlot) -> Option<()> {
        self.open(b'[')?;
        items.open();
        let mut more = self.first(b']')?;
        while more {
            // a null item is an error, and no value begins with `n`
            self.value(list.item, items.push())?;
            more = self.more(b']')?;
        }
        self.levels += 1;
        Some(())
    }

    fn map(&mut self, map: &'static Map, entries: &mut dyn MapSlot) -> Option<()> {
        self.open(b'{')?;
        entries.open();
        let mut more = self.first(b'}')?;
        while more {
            let key = self.key()?.to_owned();
            self.value(map.value, entries.insert(key))?;
            more = self.more(b'}')?;
        }
        self.levels += 1;
        Some(())
    }

    fn series(&mut self) -> Option<Series> {
        if let Some((series, rest)) = series::read(self.text.as_bytes().get(self.at..)?) {
            self.at = self.text.len() - rest.len();
            return Some(series);
        }
        // a rare kind of item: by serde, this series only
        let start = self.at;
        self.skip()?;
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    /// Skips a value, which has to be right all the same.
    fn skip(&mut self) -> Option<()> {
        let rest = skip::value(self.text.as_bytes().get(self.at..)?, self.levels)?;
        self.at = self.text.len() - rest.len();
        Some(())
    }

    fn skip_digits(&mut self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        self.at += count;
        count
    }

    /// The text that stands here.
    fn string(&mut self) -> Option<&str> {
        // the opening quote was seen
        self.at += 1;
        let start = self.at;
        match self.end_of_part()? {
            b'"' => self.text.get(start..self.at - 1),
            b'\\' => self.unescaped(start),
            _ => None,
        }
    }

    /// Copies a text to the scratch; it begins at `start`, and its first escape was reached.
    fn unescaped(&mut self, mut start: usize) -> Option<&str> {
        self.scratch.clear();
        loop {
            self.scratch.push_str(self.text.get(start..self.at - 1)?);
            let character = self.escape()??;
            self.scratch.push(character);
            start = self.at;
            match self.end_of_part()? {
                b'"' => {
                    self.scratch.push_str(self.text.get(start..self.at - 1)?);
                    return Some(&self.scratch);
                }
                b'\\' => {}
                _ => return None,
            }
        }
    }

    /// Goes behind the next quote, backslash or control character, and gives it.
    #[inline]
    fn end_of_part(&mut self) -> Option<u8> {
        let (byte, rest) = end_of_part(self.text.as_bytes().get(self.at..)?)?.split_first()?;
        self.at = self.text.len() - rest.len();
        Some(*byte)
    }

    /// Reads an escape, whose backslash was read. It is right, but no character, if it is a lone surrogate.
    fn escape(&mut self) -> Option<Option<char>> {
        let byte = self.peek()?;
        self.at += 1;
        Some(Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        }))
    }

    /// The character behind `\u`, which may be two surrogates.
    fn unicode(&mut self) -> Option<Option<char>> {
        let first = self.hex()?;
        if !(0xD800..0xDC00).contains(&first) {
            return Some(char::from_u32(first));
        }
        let behind = self.at;
        if self.take(b"\\u") {
            let second = self.hex()?;
            if (0xDC00..0xE000).contains(&second) {
                return Some(char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)));
            }
            self.at = behind;
        }
        Some(None)
    }

    /// Four hex digits.
    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..)?.first_chunk::<4>()?;
        let mut value = 0;
        for digit in digits {
            value = value * 16 + char::from(*digit).to_digit(16)?;
        }
        self.at += 4;
        Some(value)
    }

    /// A text without escapes.
    fn plain_string(&mut self) -> Option<&'a str> {
        self.at += 1;
        let start = self.at;
        (self.end_of_part()? == b'"').then(|| self.text.get(start..self.at - 1))?
    }

    /// The name of a member, and the colon behind it.
    fn key(&mut self) -> Option<&'a str> {
        let key = (self.peek()? == b'"').then(|| self.plain_string())??;
        self.colon()?;
        Some(key)
    }

    #[inline]
    fn colon(&mut self) -> Option<()> {
        self.blanks();
        self.take(b":").then(|| self.blanks())
    }

    /// A whole number of at most 18 digits. What follows may be a fraction.
    #[inline]
    fn int(&mut self) -> Option<i64> {
        let (value, rest) = int(self.text.as_bytes().get(self.at..)?)?;
        self.at = self.text.len() - rest.len();
        Some(value)
    }

    fn continues_number(&self) -> bool {
        matches!(self.peek(), Some(b'.' | b'e' | b'E'))
    }

    /// A number with a fraction, short enough that one division of exact numbers gives it exactly.
    fn decimal(&mut self) -> Option<f64> {
        let start = self.at;
        let negative = self.take(b"-");
        let whole = self.skip_digits();
        let fraction = self.take(b".").then(|| self.skip_digits()).filter(|count| *count > 0)?;
        if whole + fraction > 15 || self.continues_number() {
            return None;
        }
        let digits = self.text.get(start..self.at)?.bytes().filter(u8::is_ascii_digit);
        let value = digits.fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
        let value = value as f64 / 10_u64.pow(u32::try_from(fraction).ok()?) as f64;
        Some(if negative { -value } else { value })
    }

    fn boolean(&mut self) -> Option<bool> {
        if self.take(b"true") {
            return Some(true);
        }
        self.take(b"false").then_some(false)
    }

    /// Goes one level down.
    #[inline]
    fn open(&mut self, bracket: u8) -> Option<()> {
        self.blanks();
        self.levels = self.levels.checked_sub(1)?;
        self.take(&[bracket]).then_some(())
    }

    /// Whether there is a first item or member; goes to it, or behind the end.
    #[inline]
    fn first(&mut self, end: u8) -> Option<bool> {
        self.blanks();
        let none = self.peek()? == end;
        self.at += usize::from(none);
        Some(!none)
    }

    /// Whether there is one more item or member; goes to it, or behind the end.
    #[inline]
    fn more(&mut self, end: u8) -> Option<bool> {
        match self.text.as_bytes().get(self.at..)? {
            [b',', next, ..] if *next > b' ' => {
                self.at += 1;
                Some(true)
            }
            [byte, ..] if *byte == end => {
                self.at += 1;
                Some(false)
            }
            _ => self.more_behind_blanks(end),
        }
    }

    #[cold]
    fn more_behind_blanks(&mut self, end: u8) -> Option<bool> {
        self.blanks();
        let byte = self.peek()?;
        self.at += 1;
        if byte == b',' {
            self.blanks();
            return Some(true);
        }
        (byte == end).then_some(false)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn take(&mut self, expected: &[u8]) -> bool {
        let taken = self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(expected));
        if taken {
            self.at += expected.len();
        }
        taken
    }

    #[inline]
    fn blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }
}

/// What is behind `"name":` and one blank, if that stands here.
#[inline(always)]
fn behind_key<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (key, value) = text.split_at_checked(name.len() + 3)?;
    match key.as_bytes() {
        [b'"', key @ .., b'"', b':'] if bytes::is_same(key, name.as_bytes()) => {
            Some(value.strip_prefix(' ').unwrap_or(value))
        }
        _ => None,
    }
}

/// Puts the text that stands here, and gives what is behind it; `None` if it has escapes, or is none.
#[inline(always)]
fn text_at<'a>(text: &'a str, record: &mut dyn Record, index: usize) -> Option<&'a str> {
    let content = text.strip_prefix('"')?;
    let length = content.len() - end_of_part(content.as_bytes())?.len();
    let (content, behind) = content.split_at_checked(length)?;
    let behind = behind.strip_prefix('"')?;
    let Slot::Text(place) = record.slot(index) else { return None };
    place.put_copy(content);
    Some(behind)
}

/// Puts the whole number that stands here, and gives what is behind it; `None` if it goes on, or is none.
#[inline(always)]
fn int_at<'a>(text: &'a str, record: &mut dyn Record, index: usize) -> Option<&'a str> {
    let (value, behind) = match text.as_bytes() {
        // flags, states and small counts are most of what there is
        [digit @ b'0'..=b'9', behind @ ..] if matches!(behind, [b',' | b'}', ..]) => (i64::from(digit - b'0'), behind),
        digits => int(digits)?,
    };
    if !matches!(behind, [b',' | b'}', ..]) {
        return None;
    }
    let Slot::Int(place) = record.slot(index) else { return None };
    place.put(value);
    text.get(text.len() - behind.len()..)
}

/// The member that follows at once, if one does.
#[inline(always)]
fn next_member(text: &str) -> Option<&str> {
    text.strip_prefix(',').filter(|member| member.starts_with('"'))
}

#[inline]
pub(super) fn behind_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

/// A whole number of at most 18 digits, and what follows.
#[inline(always)]
pub(super) fn int(text: &[u8]) -> Option<(i64, &[u8])> {
    if let [b'1'..=b'9', ..] = text {
        return bytes::digits(text);
    }
    odd_int(text)
}

/// A whole number that begins with a sign or with zero.
fn odd_int(text: &[u8]) -> Option<(i64, &[u8])> {
    // zeros may not lead; and "-0" is a float to serde_json
    match text {
        [b'0', b'0'..=b'9', ..] => None,
        [b'0', rest @ ..] => Some((0, rest)),
        [b'-', rest @ ..] if matches!(rest, [b'1'..=b'9', ..]) => {
            bytes::digits(rest).map(|(value, rest)| (-value, rest))
        }
        _ => None,
    }
}

/// The text from the next quote, backslash or control character on.
#[inline(always)]
pub(super) fn end_of_part(text: &[u8]) -> Option<&[u8]> {
    bytes::from_first(text, [b'"', b'\\'], 0x20)
}
