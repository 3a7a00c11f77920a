//! Flat `key: value` lines, which is all that the vendors' YAML files have.

use zeroize::Zeroizing;

use super::{Said, Trouble, lines};

/// What belongs to the key above, if it goes on in further lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Above {
    /// There is no key yet.
    Nothing,
    /// A key that is asked for: all of its value was on its line.
    Asked,
    /// Another one: whatever it has is passed over.
    Other,
}

/// Reads a file. The subset: one value to a line, plain or in quotes; what else stands below keys that are not asked for is passed
/// over; brackets, anchors, tags and whatever else begins in one line and ends in another are refused.
pub(in super::super) fn yaml(text: &str, keys: &[&'static str]) -> Result<Said, Trouble> {
    let mut said = Said::default();
    let mut above = Above::Nothing;
    for (number, line) in lines(text) {
        let trouble = |what: &str| Trouble::new(number, what);
        let content = line.trim_start_matches(' ');
        if content.trim().is_empty() || content.starts_with('#') {
            continue;
        }
        if content.len() < line.len() || line == "-" || line.starts_with("- ") {
            match above {
                Above::Other => continue,
                Above::Asked => return Err(trouble("the value above goes on here; it has to be on one line")),
                Above::Nothing => return Err(trouble("expected `key: value` at the start of the line")),
            }
        }
        if line.trim_end() == "---" && above == Above::Nothing {
            continue;
        }
        let (key, rest) = key(line).map_err(trouble)?;
        let asked = keys.iter().find(|asked| !asked.is_empty() && **asked == key.as_str());
        above = if asked.is_some() { Above::Asked } else { Above::Other };
        match (value(rest).map_err(trouble)?, asked) {
            (Scalar::Text(text), Some(key)) => said.keep(key, number, text)?,
            (Scalar::Block, Some(_)) => return Err(trouble("a block (`|`, `>`); the value has to be on this line")),
            (_, None) => {}
        }
    }
    Ok(said)
}

/// The key at the start of a line, and what is behind its colon.
fn key(line: &str) -> Result<(Zeroizing<String>, &str), &'static str> {
    const EXPECTED: &str = "expected `key: value`, with a space behind the colon";
    let (key, rest) = match line.chars().next() {
        Some('{' | '[') => return Err("brackets; write `key: value`, each on a line of its own"),
        Some('\'' | '"') => quoted(line)?,
        Some(first) if is_indicator(first) => return Err(EXPECTED),
        _ => {
            let ends = |(at, _): &(usize, &str)| line[at + 1..].is_empty() || line[at + 1..].starts_with([' ', '\t']);
            let (at, _) = line.match_indices(':').find(ends).ok_or(EXPECTED)?;
            (Zeroizing::new(line[..at].trim_end().to_owned()), &line[at..])
        }
    };
    let rest = rest.trim_start().strip_prefix(':').ok_or(EXPECTED)?;
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) || key.contains(" #") {
        return Err(EXPECTED);
    }
    if key.as_str() == "<<" || key.starts_with("? ") || key.starts_with("- ") {
        return Err("a merge, a list or a key of several lines; write `key: value`");
    }
    Ok((key, rest))
}

enum Scalar {
    Text(Zeroizing<String>),
    /// It follows in the next lines.
    Block,
}

/// What stands behind a colon.
fn value(text: &str) -> Result<Scalar, &'static str> {
    let text = text.trim();
    let first = text.chars().next();
    let is_comment =
        |text: &str| text.is_empty() || text.starts_with([' ', '\t']) && text.trim_start().starts_with('#');
    match first {
        None | Some('#') => Ok(Scalar::Text(Zeroizing::default())),
        Some('\'' | '"') => match quoted(text)? {
            (value, rest) if is_comment(rest) => Ok(Scalar::Text(value)),
            _ => Err("something follows the closing quote"),
        },
        Some('|' | '>') => Ok(Scalar::Block),
        Some('{' | '[') => Err("brackets; only plain values and values in quotes are read"),
        Some('&' | '*' | '!') => Err("an anchor, an alias or a tag; only plain values and values in quotes are read"),
        Some(first) if is_indicator(first) => Err("a plain value does not begin so; put it in quotes"),
        Some(_) => {
            let end = text.match_indices('#').find(|(at, _)| text[..*at].ends_with([' ', '\t'])).map(|(at, _)| at);
            let plain = text[..end.unwrap_or(text.len())].trim_end();
            if plain.ends_with(':') || plain.contains(": ") || plain.contains(":\t") || plain.starts_with("- ") {
                return Err("a plain value has no colon with a space behind it and is no list; put it in quotes");
            }
            // how YAML writes that there is no value
            let none = ["~", "null", "Null", "NULL"].contains(&plain);
            Ok(Scalar::Text(Zeroizing::new(if none { String::new() } else { plain.to_owned() })))
        }
    }
}

/// Characters that mean something at the start of a value.
fn is_indicator(first: char) -> bool {
    matches!(first, '{' | '}' | '[' | ']' | ',' | '&' | '*' | '#' | '|' | '>' | '!' | '%' | '@' | '`' | '\t')
}

/// A text in quotes, which `text` begins with, and what follows it.
fn quoted(text: &str) -> Result<(Zeroizing<String>, &str), &'static str> {
    const OPEN: &str = "the quote is not closed in this line";
    let mut chars = text.char_indices();
    let quote = chars.next().map(|(_, quote)| quote);
    // no longer than its text, so nothing is left behind where it grew
    let mut value = Zeroizing::new(String::with_capacity(text.len()));
    while let Some((at, next)) = chars.next() {
        match next {
            // in single quotes, two of them stand for one
            '\'' if quote == Some('\'') => match text[at + 1..].starts_with('\'') {
                true => value.extend(chars.next().map(|(_, quote)| quote)),
                false => return Ok((value, &text[at + 1..])),
            },
            '"' if quote == Some('"') => return Ok((value, &text[at + 1..])),
            '\\' if quote == Some('"') => {
                let (_, name) = chars.next().ok_or(OPEN)?;
                let digits = match name {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => 0,
                };
                value.push(if digits == 0 { escape(name)? } else { code(&mut chars, digits)? });
            }
            other => value.push(other),
        }
    }
    Err(OPEN)
}

/// The character that a backslash and a letter stand for.
fn escape(name: char) -> Result<char, &'static str> {
    Ok(match name {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        ' ' | '"' | '/' | '\\' => name,
        _ => return Err("a backslash in double quotes, with nothing that YAML knows behind it"),
    })
}

/// The character with the number of the next hexadecimal digits.
fn code(chars: &mut std::str::CharIndices<'_>, digits: usize) -> Result<char, &'static str> {
    let number = chars.take(digits).try_fold((0_u32, 0), |(number, read), (_, digit)| {
        // eight digits at most, which fit
        Some((number << 4 | digit.to_digit(16)?, read + 1))
    });
    let number = number.filter(|(_, read)| *read == digits).map(|(number, _)| number);
    number.and_then(char::from_u32).ok_or("a backslash in double quotes, with no number of a character behind it")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[&str] = &["id", "secret", "token", "", "quoted key", "a:b"];

    fn read(text: &str) -> String {
        match yaml(text, KEYS) {
            Ok(said) => format!("{said:?}"),
            Err(Trouble { line, what }) => format!("line {line}: {what}"),
        }
    }

    /// Each as YAML 1.2 has it.
    #[test]
    fn plain_and_quoted_values_are_read() {
        for (text, value) in [
            ("id: 'ID#1' # mine", "ID#1"),
            ("id: \"s: x\"", "s: x"),
            ("id: plain # why", "plain"),
            ("id: plain\t# why", "plain"),
            ("id: a#b", "a#b"),
            ("id: a:b", "a:b"),
            ("id: it''s", "it''s"),
            ("id: 'it''s'", "it's"),
            ("id: '''both'''", "'both'"),
            ("id:   spaced\t ", "spaced"),
            ("id:\ttab", "tab"),
            ("id : before", "before"),
            ("'id': v", "v"),
            ("\"id\" : v", "v"),
            ("\"\\x69d\": v", "v"),
            ("id: -v", "-v"),
            ("id: ?v", "?v"),
            ("id: v\r", "v"),
            ("\u{feff}id: v", "v"),
            ("# comment\n---\n\nid: v\n   # indented\n", "v"),
            (r#"id: "QY\"ID""#, "QY\"ID"),
            (r#"id: "\\ \/ \x41 \u00e9 \U0001F600 \t""#, "\\ / A é 😀 \t"),
            ("id: \"QY'ID\"", "QY'ID"),
            ("id: 'QY\"\\ID'", "QY\"\\ID"),
        ] {
            assert_eq!(read(text), format!("{:?}", std::collections::BTreeMap::from([("id", value)])), "{text}");
        }
        for nothing in ["id:", "id: ~", "id: null", "id: ''", "id: # nothing", "id: \"\""] {
            assert!(yaml(nothing, KEYS).unwrap().get("id").is_none(), "{nothing}");
        }
        assert!(yaml("other: x\n: y\n", KEYS).unwrap().get("").is_none());
        assert_eq!(read("quoted key: 1\na:b: 2"), "{\"quoted key\": \"1\", \"a:b\": \"2\"}");
    }

    #[test]
    fn what_belongs_to_other_keys_is_passed_over() {
        let text = "list:\n- id: no\n  token: no\n-\nmap:\n  id: no\n  - token: no\ntext: |\n  id: no\n\n  # id: no\n\
                    long: this\n  id and that\nsecret: s\n";
        assert_eq!(read(text), "{\"secret\": \"s\"}");
    }

    /// A misread value was signed with.
    #[test]
    fn what_is_not_read_is_refused_with_its_line() {
        for (text, message) in [
            ("{id: x, secret: y}", "line 1: brackets"),
            ("[id, x]", "line 1: brackets"),
            ("- id: x", "line 1: expected `key: value`"),
            ("  id: x", "line 1: expected `key: value`"),
            ("id:x", "line 1: expected `key: value`"),
            ("id", "line 1: expected `key: value`"),
            ("id = x", "line 1: expected `key: value`"),
            ("\tid: x", "line 1: expected `key: value`"),
            ("? id\n: x", "line 1: expected `key: value`"),
            ("%YAML 1.2\n---\nid: x", "line 1: expected `key: value`"),
            ("a: 1\n---\nid: x", "line 2: expected `key: value`"),
            ("a # id: x", "line 1: expected `key: value`"),
            ("<<: *defaults", "line 1: a merge"),
            ("<<: {id: x}", "line 1: a merge"),
            ("secret: s\nid: |\n  x", "line 2: a block"),
            ("id: >-\n  x", "line 1: a block"),
            ("id: x\n  y", "line 2: the value above goes on here"),
            ("id:\n  x", "line 2: the value above goes on here"),
            ("id:\n- x", "line 2: the value above goes on here"),
            ("id: &a x", "line 1: an anchor"),
            ("a: &a x\nid: *a", "line 1: an anchor"),
            ("id: *a", "line 1: an anchor"),
            ("id: !!str x", "line 1: an anchor, an alias or a tag"),
            ("id: {a: b}", "line 1: brackets"),
            ("id: [x]", "line 1: brackets"),
            ("id: @x", "line 1: a plain value does not begin so"),
            ("id: `x`", "line 1: a plain value does not begin so"),
            ("id: %x", "line 1: a plain value does not begin so"),
            ("id: a: b", "line 1: a plain value has no colon"),
            ("id: a:", "line 1: a plain value has no colon"),
            ("id: - a", "line 1: a plain value has no colon"),
            ("id: 'x", "line 1: the quote is not closed"),
            ("id: 'x''", "line 1: the quote is not closed"),
            ("id: \"x", "line 1: the quote is not closed"),
            ("id: \"x\\", "line 1: the quote is not closed"),
            ("id: \"x\\\"", "line 1: the quote is not closed"),
            ("id: \"x\"y", "line 1: something follows the closing quote"),
            ("id: 'x'# y", "line 1: something follows the closing quote"),
            ("id: \"\\q\"", "line 1: a backslash in double quotes, with nothing"),
            ("id: \"\\x4\"", "line 1: a backslash in double quotes, with no number"),
            ("id: \"\\ud800\"", "line 1: a backslash in double quotes, with no number"),
            ("id: a\nid: b", "line 2: id is there for the second time, first in line 1"),
            // what would hide a key that is asked for
            ("a: \"x\nid: y\"", "line 1: the quote is not closed"),
            ("a: [x,\nid: y]", "line 1: brackets"),
        ] {
            let said = read(text);
            assert!(said.starts_with(message), "{text:?} gives {said}");
        }
    }
}
