//! Skipping a JSON value, which has to be right all the same.
//!
//! Each function takes the text from some place on, and gives what is behind what it skips; `None` if that is wrong.

use super::json::{behind_blanks, end_of_part};

/// Behind a value, whose lists and objects may open so many levels.
#[inline(always)]
pub(super) fn value(text: &[u8], levels: usize) -> Option<&[u8]> {
    match text {
        [b'"', content @ ..] => string(content),
        _ => other(text, levels),
    }
}

/// Behind a value that is no text.
fn other(text: &[u8], levels: usize) -> Option<&[u8]> {
    match text {
        [b'{', items @ ..] => members(items, levels.checked_sub(1)?),
        [b'[', items @ ..] => list(items, levels.checked_sub(1)?),
        [b'n', ..] => text.strip_prefix(b"null"),
        [b't', ..] => text.strip_prefix(b"true"),
        [b'f', ..] => text.strip_prefix(b"false"),
        _ => number(text),
    }
}

/// Behind an object, whose bracket was read.
fn members(text: &[u8], levels: usize) -> Option<&[u8]> {
    let mut text = behind_blanks(text);
    if let [b'}', rest @ ..] = text {
        return Some(rest);
    }
    loop {
        let [b'"', name @ ..] = text else { return None };
        let [b':', member @ ..] = behind_blanks(string(name)?) else { return None };
        match behind_blanks(value(behind_blanks(member), levels)?) {
            [b',', rest @ ..] => text = behind_blanks(rest),
            [b'}', rest @ ..] => return Some(rest),
            _ => return None,
        }
    }
}

/// Behind a list, whose bracket was read.
fn list(text: &[u8], levels: usize) -> Option<&[u8]> {
    let mut text = behind_blanks(text);
    if let [b']', rest @ ..] = text {
        return Some(rest);
    }
    loop {
        match behind_blanks(value(text, levels)?) {
            [b',', rest @ ..] => text = behind_blanks(rest),
            [b']', rest @ ..] => return Some(rest),
            _ => return None,
        }
    }
}

/// Behind a text, whose opening quote was read.
#[inline]
pub(super) fn string(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        match end_of_part(text)? {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', rest @ ..] => text = escape(rest)?,
            _ => return None,
        }
    }
}

/// Behind an escape, whose backslash was read. It may be half a character: what is skipped need not be one.
fn escape(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => Some(rest),
        [b'u', rest @ ..] => {
            let (digits, rest) = rest.split_first_chunk::<4>()?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(rest)
        }
        _ => None,
    }
}

fn number(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let mut rest = match text {
        // zeros may not lead
        [b'0', rest @ ..] => rest,
        _ => digits(text)?,
    };
    if let [b'.', fraction @ ..] = rest {
        rest = digits(fraction)?;
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        rest = match exponent {
            [b'+' | b'-', exponent @ ..] => digits(exponent)?,
            exponent => digits(exponent)?,
        };
    }
    // another digit behind the zero is no number
    (!matches!(rest, [b'0'..=b'9', ..])).then_some(rest)
}

/// Behind all digits, of which there is at least one.
#[inline]
fn digits(text: &[u8]) -> Option<&[u8]> {
    let [b'0'..=b'9', rest @ ..] = text else { return None };
    let mut rest = rest;
    while let [b'0'..=b'9', behind @ ..] = rest {
        rest = behind;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    /// One a line, by the grammar of RFC 8259.
    const VALUES: &str = r#"null
true
false
0
-0
10
-1.50
0.5
1e5
0E+1
2.5e-10
""
"\"\\\/\b\f\n\r\t"
"\u00e9\ud800"
[]
[ ]
[1 , "]"]
{}
{ }
{"a":{"b":[1,{}]} , "\u0041" : "}"}
[[[[]]]]"#;

    const NO_VALUES: &str = r#"
nul
True
+1
-
.5
01
-01
1.
1.e5
1e
1e+
"
"	"
"\x"
"\u12g4"
"\
[
[1
[1,]
[,1]
[1 2]
[1}
{
{"a"}
{"a":}
{"a":1,}
{a:1}
{"a":1]
[[[[[]]]]]"#;

    #[test]
    fn skips_what_is_a_value() {
        for text in VALUES.lines() {
            for behind in ["", ",1", "}", " x"] {
                let whole = format!("{text}{behind}");
                assert_eq!(super::value(whole.as_bytes(), 4), Some(behind.as_bytes()), "{whole}");
            }
        }
        for text in NO_VALUES.lines() {
            assert_eq!(super::value(text.as_bytes(), 4), None, "{text}");
        }
    }
}
