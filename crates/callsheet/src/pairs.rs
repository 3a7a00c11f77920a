//! The parameters of one request, percent-encoded once.

use std::cmp::Ordering;
use std::fmt::Write as _;

use percent_encoding::{percent_decode_str, percent_encode_byte};
use zeroize::Zeroize as _;

/// Appends `text` percent-encoded: everything but `A-Z a-z 0-9 - _ . ~` is written as `%XX`, upper case. The one encoder of what is
/// signed and of what is sent, so that the two cannot differ.
pub(crate) fn push_encoded(out: &mut String, text: &str) {
    // most texts need none, and to ask whether all of one is plain is quicker than to look for what is not
    if text.bytes().fold(true, |all, byte| all & IS_UNRESERVED[usize::from(byte)]) {
        out.push_str(text);
    } else {
        push_runs(out, text);
    }
}

/// Appends what is plain as it is, and what is not percent-encoded. Kept out of the way of texts that are plain.
#[inline(never)]
fn push_runs(out: &mut String, text: &str) {
    let mut rest = text;
    while !rest.is_empty() {
        // both ends are beside an ASCII character, so none is cut in two
        let (plain, behind) = rest.split_at(run(rest, true));
        out.push_str(plain);
        let (special, behind) = behind.split_at(run(behind, false));
        special.bytes().for_each(|byte| out.push_str(percent_encode_byte(byte)));
        rest = behind;
    }
}

/// How many bytes at the start of a text are unreserved, or are not.
fn run(text: &str, unreserved: bool) -> usize {
    text.bytes().position(|byte| IS_UNRESERVED[usize::from(byte)] != unreserved).unwrap_or(text.len())
}

static IS_UNRESERVED: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], 0);
    while byte < 256 {
        let character = byte as u8;
        table[byte] = character.is_ascii_alphanumeric() || matches!(character, b'-' | b'_' | b'.' | b'~');
        byte += 1;
    }
    table
};

/// `name=value` pairs in the order in which they are sent, held encoded in one buffer.
///
/// Encoding happens when a pair is pushed and never again: signers and the request line read the same bytes.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    text: String,
    spans: Vec<Span>,
    /// Memory for a text that is not yet encoded.
    plain: String,
    /// Memory for a name that is put together.
    name: String,
}

impl PartialEq for Pairs {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.spans) == (&other.text, &other.spans)
    }
}

impl Eq for Pairs {}

/// Where one pair lies in the buffer: `text[start..equals]` is the name, `text[equals + 1..end]` the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    /// The first eight bytes of the name, as a number: names are compared by it, and seldom need more.
    head: u64,
    start: usize,
    equals: usize,
    end: usize,
}

impl Span {
    fn new(text: &str, start: usize, equals: usize) -> Self {
        let name = &text.as_bytes()[start..equals];
        let head = name.first_chunk().copied().unwrap_or_else(|| {
            let mut head = [0; 8];
            head.iter_mut().zip(name).for_each(|(place, byte)| *place = *byte);
            head
        });
        Self { head: u64::from_be_bytes(head), start, equals, end: text.len() }
    }

    fn compare_names(&self, other: &Self, text: &str) -> Ordering {
        let name = |span: &Self| &text.as_bytes()[span.start..span.equals];
        self.head.cmp(&other.head).then_with(|| name(self).cmp(name(other)))
    }
}

impl Pairs {
    /// No pairs yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a pair; both texts are plain and get encoded here.
    pub fn push(&mut self, name: &str, value: &str) {
        self.push_with(name, |out| push_encoded(out, value));
    }

    /// Appends a pair whose value needs no encoding, such as a number.
    pub(crate) fn push_display(&mut self, name: &str, value: impl std::fmt::Display) {
        self.push_with(name, |out| {
            // writing to a String cannot fail
            let _ = write!(out, "{value}");
        });
    }

    /// Appends a pair whose plain value is what `write` appends.
    pub(crate) fn push_written(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        let mut plain = std::mem::take(&mut self.plain);
        plain.clear();
        write(&mut plain);
        self.push(name, &plain);
        self.plain = plain;
    }

    /// Lends memory for names; to be given back through [`Pairs::keep_name`].
    pub(crate) fn lend_name(&mut self) -> String {
        std::mem::take(&mut self.name)
    }

    pub(crate) fn keep_name(&mut self, mut name: String) {
        name.clear();
        self.name = name;
    }

    /// Takes all pairs out, keeping the memory.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
    }

    /// Overwrites the memory.
    pub(crate) fn wipe(&mut self) {
        self.spans.clear();
        for text in [&mut self.text, &mut self.plain, &mut self.name] {
            text.zeroize();
        }
    }

    fn push_with(&mut self, name: &str, value: impl FnOnce(&mut String)) {
        if !self.spans.is_empty() {
            self.text.push('&');
        }
        let start = self.text.len();
        push_encoded(&mut self.text, name);
        let equals = self.text.len();
        self.text.push('=');
        value(&mut self.text);
        self.spans.push(Span::new(&self.text, start, equals));
    }

    /// Parses `a=b&c=d`, decoding and encoding each part anew, so that any spelling becomes the canonical one.
    /// A part without `=` gets an empty value. With `plus_is_space`, `+` reads as a blank (the rule of HTML forms).
    pub fn parse(text: &str, plus_is_space: bool) -> Self {
        let mut pairs = Self::new();
        for part in text.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let decode = |text: &str| {
                let text = if plus_is_space { text.replace('+', " ") } else { text.to_owned() };
                percent_decode_str(&text).decode_utf8_lossy().into_owned()
            };
            pairs.push(&decode(name), &decode(value));
        }
        pairs
    }

    /// `name=value&name=value`, in the order of pushing.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Name and value of each pair, as encoded.
    pub fn encoded(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.spans.iter().map(|span| (self.name(span), self.value(span)))
    }

    /// Name and value of each pair, decoded.
    pub fn decoded(&self) -> impl Iterator<Item = (String, String)> {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        self.encoded().map(move |(name, value)| (decode(name), decode(value)))
    }

    /// The decoded value of the first pair called `name`.
    pub fn get(&self, name: &str) -> Option<String> {
        self.decoded().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// Appends the pairs to `out`, sorted by encoded name, then by encoded value (the order of AWS signatures).
    pub(crate) fn write_sorted_encoded(&self, out: &mut String) {
        const NONE: &Span = &Span { head: 0, start: 0, equals: 0, end: 0 };
        // on the stack, unless there are many
        let (mut few, mut many) = ([NONE; 32], Vec::new());
        let spans = match few.get_mut(..self.spans.len()) {
            Some(few) => {
                few.iter_mut().zip(&self.spans).for_each(|(place, span)| *place = span);
                few
            }
            None => {
                many.extend(&self.spans);
                &mut many[..]
            }
        };
        let value = |span: &Span| &self.text.as_bytes()[span.equals..span.end];
        spans.sort_unstable_by(|a, b| a.compare_names(b, &self.text).then_with(|| value(a).cmp(value(b))));
        for (i, span) in spans.iter().enumerate() {
            if i > 0 {
                out.push('&');
            }
            out.push_str(&self.text[span.start..span.end]);
        }
    }

    /// Puts the pairs in the order of the bytes of the plain name (the order of QingCloud signatures);
    /// pairs of one name keep their order. `spare` lends its memory and gets the old text for it.
    pub(crate) fn sort_plain(&mut self, spare: &mut String) {
        let text = &self.text;
        let plain = |span: &Span| percent_decode_str(&text[span.start..span.equals]);
        // the place breaks ties, so that no stable sort and its memory is needed
        if self.spans.iter().any(|span| text.as_bytes()[span.start..span.equals].contains(&b'%')) {
            self.spans.sort_unstable_by(|a, b| plain(a).cmp(plain(b)).then(a.start.cmp(&b.start)));
        } else {
            self.spans.sort_unstable_by(|a, b| a.compare_names(b, text).then(a.start.cmp(&b.start)));
        }
        spare.clear();
        spare.reserve(text.len());
        for span in &mut self.spans {
            if !spare.is_empty() {
                spare.push('&');
            }
            let start = spare.len();
            spare.push_str(&text[span.start..span.end]);
            *span = Span { start, equals: start + (span.equals - span.start), end: spare.len(), ..*span };
        }
        std::mem::swap(&mut self.text, spare);
    }

    fn name(&self, span: &Span) -> &str {
        &self.text[span.start..span.equals]
    }

    fn value(&self, span: &Span) -> &str {
        &self.text[span.equals + 1..span.end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_everything_but_unreserved() {
        let mut pairs = Pairs::new();
        pairs.push("a", "x y+z*~/é");
        pairs.push("b", "");
        assert_eq!(pairs.as_str(), "a=x%20y%2Bz%2A~%2F%C3%A9&b=");
        assert_eq!(pairs.get("a").as_deref(), Some("x y+z*~/é"));
        let mut text = String::new();
        push_encoded(&mut text, "éé-ü");
        assert_eq!(text, "%C3%A9%C3%A9-%C3%BC");
    }

    #[test]
    fn long_names_and_many_are_sorted_too() {
        // names that begin alike, and more of them than are sorted on the stack
        let numbers = (0..40).map(|number| format!("parameter{number:02}"));
        let names: Vec<String> =
            ["a", "param", "paramete", "parameter"].map(str::to_owned).into_iter().chain(numbers).collect();
        let mut pairs = Pairs::new();
        names.iter().rev().for_each(|name| pairs.push(name, "2"));
        pairs.push("a", "10");
        let (mut encoded, mut sorted) = (String::new(), Vec::new());
        pairs.write_sorted_encoded(&mut encoded);
        sorted.extend(names.iter().map(|name| format!("{name}=2")));
        sorted.insert(0, "a=10".to_owned());
        assert_eq!(encoded, sorted.join("&"));
        // those of one name keep their order
        pairs.sort_plain(&mut String::new());
        sorted.swap(0, 1);
        assert_eq!(pairs.as_str(), sorted.join("&"));
    }

    #[test]
    fn plain_order_is_not_encoded_order() {
        let mut pairs = Pairs::new();
        // ':' is 0x3A and sorts after '1' (0x31), its encoded form "%3A" before
        pairs.push("a:", "2");
        pairs.push("a1", "1");
        let mut encoded = String::new();
        pairs.write_sorted_encoded(&mut encoded);
        pairs.sort_plain(&mut String::new());
        assert_eq!(encoded, "a%3A=2&a1=1");
        assert_eq!(pairs.as_str(), "a1=1&a%3A=2");
        assert_eq!(pairs.get("a:").as_deref(), Some("2"));
    }
}
