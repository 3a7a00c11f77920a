//! What a key is made of.

/// What is wrong with a key, a secret or a token: keys are printable ASCII, and whatever else is in one came by copying or by a
/// tool that ends lines. An empty one is a variable that was not set. Nothing of the text is told but that character.
pub(super) fn flaw(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("is empty".to_owned());
    }
    let (at, found) = text.char_indices().find(|(_, c)| !c.is_ascii_graphic())?;
    let what = match found {
        '\n' | '\r' => "a line break".to_owned(),
        ' ' | '\t' => "white space".to_owned(),
        other => format!("the character U+{:04X}", u32::from(other)),
    };
    let place = match text[at..].trim_matches(|c: char| !c.is_ascii_graphic()) {
        _ if at == 0 => "at its start",
        "" => "at its end",
        _ => "in it",
    };
    Some(format!("has {what} {place}, which no key has"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_printable_ascii() {
        for (text, flaw_is) in [
            ("AKIDEXAMPLE+/=\"'~!", ""),
            ("", "is empty"),
            ("key\n", "has a line break at its end, which no key has"),
            ("key \r\n", "has white space at its end, which no key has"),
            (" key", "has white space at its start, which no key has"),
            ("k ey", "has white space in it, which no key has"),
            ("k\tey\n", "has white space in it, which no key has"),
            ("k\0ey", "has the character U+0000 in it, which no key has"),
            ("key\u{7f}", "has the character U+007F at its end, which no key has"),
            ("\u{feff}key", "has the character U+FEFF at its start, which no key has"),
            ("k\u{200b}ey", "has the character U+200B in it, which no key has"),
        ] {
            assert_eq!(flaw(text).unwrap_or_default(), flaw_is, "{text:?}");
        }
    }
}
