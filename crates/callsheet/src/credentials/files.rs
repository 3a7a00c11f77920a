//! Credential files: one key out of a text, nothing copied on the way.

use std::borrow::Cow;

/// The value of a key in the flat `key: value` lines of a YAML file, which is all that the vendors' files have.
pub(super) fn yaml<'a>(text: &'a str, key: &str) -> Option<Cow<'a, str>> {
    // the last one counts, as it does for YAML readers that allow two
    let found = lines(text).filter(|line| {
        // lines with an indent belong to something else
        !line.starts_with([' ', '\t', '#', '-'])
    });
    let found = found.filter_map(|line| line.split_once(':')).filter(|(name, _)| unquoted(name) == key).last();
    found.map(|(_, value)| scalar(value)).filter(|value| !value.is_empty())
}

/// The value of a key in the `key = value` lines of a section; the outer `None` if there is no such section.
pub(super) fn ini<'a>(text: &'a str, profile: &str, key: &str) -> Option<Option<Cow<'a, str>>> {
    let mut section = None;
    let mut inside = false;
    for line in lines(text).map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let name = name.trim();
            inside = name == profile || name.strip_prefix("profile ").is_some_and(|name| name.trim() == profile);
            if inside {
                section.get_or_insert(None);
            }
        } else if inside
            && !line.starts_with(['#', ';'])
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            let value = unquoted(value);
            section = Some((!value.is_empty()).then_some(Cow::Borrowed(value)));
        }
    }
    section
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.strip_prefix('\u{feff}').unwrap_or(text).lines()
}

/// A plain or quoted YAML scalar without the comment behind it.
fn scalar(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    match text.chars().next() {
        Some('\'') => single_quoted(&text[1..]),
        Some('"') => Cow::Borrowed(text[1..].split('"').next().unwrap_or_default()),
        Some('#') => Cow::Borrowed(""),
        _ => {
            let plain = text.split(" #").next().unwrap_or_default().trim_end();
            // how YAML writes that there is no value
            Cow::Borrowed(if plain == "~" || plain == "null" { "" } else { plain })
        }
    }
}

/// In single quotes, two of them stand for one.
fn single_quoted(text: &str) -> Cow<'_, str> {
    let mut end = 0;
    let mut doubled = false;
    while let Some(at) = text[end..].find('\'') {
        if text[end + at + 1..].starts_with('\'') {
            doubled = true;
            end += at + 2;
        } else {
            end += at;
            break;
        }
    }
    let inner = &text[..end];
    if doubled { Cow::Owned(inner.replace("''", "'")) } else { Cow::Borrowed(inner) }
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_lines_may_be_quoted_and_commented() {
        let text = "\u{feff}# the key\nkey_id: 'ID#1' # mine\nsecret: \"s: x\"\nother:\n  secret: no\n  - token: no\n\
                    token: plain # why\n'quoted': it''s\nboth: 'it''s'\nempty:\nnone: ~\nlate: # nothing\r\nkey_id2: a\r\n";
        for (key, value) in [
            ("key_id", Some("ID#1")),
            ("secret", Some("s: x")),
            ("token", Some("plain")),
            ("quoted", Some("it''s")),
            ("both", Some("it's")),
            ("key_id2", Some("a")),
            ("empty", None),
            ("none", None),
            ("late", None),
            ("other", None),
            ("missing", None),
        ] {
            assert_eq!(yaml(text, key).as_deref(), value, "{key}");
        }
        assert_eq!(yaml("a: 1\na: 2\n", "a").as_deref(), Some("2"));
        assert_eq!(yaml("a: '\n", "a"), None);
    }

    #[test]
    fn ini_files_have_profiles() {
        let text = "[default]\nkey_id = D\nsecret=DS\n\n; work\n[profile work]\nkey_id = W\nsecret = W=S==\n#key_id = X\n[empty]\n";
        let of = |profile: &str, key: &str| ini(text, profile, key).map(|value| value.map(Cow::into_owned));
        assert_eq!(of("work", "key_id"), Some(Some("W".to_owned())));
        assert_eq!(of("work", "secret"), Some(Some("W=S==".to_owned())));
        assert_eq!(of("default", "secret"), Some(Some("DS".to_owned())));
        assert_eq!(of("default", "token"), Some(None));
        assert_eq!(of("empty", "key_id"), Some(None));
        assert_eq!(of("home", "key_id"), None);
    }
}
