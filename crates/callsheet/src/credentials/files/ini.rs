//! Sections of `key = value` lines, as the AWS programs have them.

use zeroize::Zeroizing;

use super::{Said, Trouble, lines};

/// What a file with sections says.
#[derive(Default)]
pub(in super::super) struct Sections<'a> {
    /// Names of all sections, each once.
    pub(in super::super) names: Vec<&'a str>,
    /// What the section that was asked for says, if it is there.
    pub(in super::super) said: Option<Said>,
}

/// Reads a section. Lines that are indented deeper than the first of the section belong to the key above, as Python reads it.
pub(in super::super) fn ini<'a>(text: &'a str, section: &str, keys: &[&'static str]) -> Result<Sections<'a>, Trouble> {
    let mut sections = Sections::default();
    let mut inside = false;
    let mut indent = None;
    let mut above_is_asked = false;
    for (number, line) in lines(text) {
        let trouble = |what: &str| Trouble::new(number, what);
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if let Some(rest) = content.strip_prefix('[') {
            let name = rest.strip_suffix(']').ok_or_else(|| trouble("a section without its `]`"))?.trim();
            // the form of the other one of the two files of the AWS programs
            let name = name.strip_prefix("profile ").map_or(name, str::trim);
            if !sections.names.contains(&name) {
                sections.names.push(name);
            }
            inside = name == section;
            indent = None;
            if inside {
                sections.said.get_or_insert_default();
            }
            continue;
        }
        let Some(said) = sections.said.as_mut().filter(|_| inside) else { continue };
        let depth = line.len() - line.trim_start().len();
        if depth > *indent.get_or_insert(depth) {
            if above_is_asked {
                return Err(trouble("the value above goes on here; it has to be on one line"));
            }
            continue;
        }
        let (key, value) = content.split_once('=').ok_or_else(|| trouble("expected `key = value`"))?;
        let asked = keys.iter().find(|asked| !asked.is_empty() && **asked == key.trim_end());
        above_is_asked = asked.is_some();
        if let Some(key) = asked {
            let value = unquoted(value.trim()).ok_or_else(|| trouble("a quote that is not closed, or not opened"))?;
            said.keep(key, number, Zeroizing::new(value.to_owned()))?;
        }
    }
    Ok(sections)
}

/// A value without the quotes around it.
fn unquoted(text: &str) -> Option<&str> {
    for quote in ['\'', '"'] {
        match (text.strip_prefix(quote), text.strip_suffix(quote)) {
            (None, None) => {}
            (Some(rest), Some(_)) => return rest.strip_suffix(quote),
            _ => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[&str] = &["key_id", "secret", ""];

    #[test]
    fn files_have_profiles() {
        let text = "[default]\nkey_id = D\nsecret=DS\n\n; work\n[profile work]\nkey_id = W\nsecret = W=S==\n#key_id = X\n\
                    [empty]\n[ quoted ]\r\nkey_id = \"a\"\r\n secret='b'\r\n[indented]\n  key_id = I\n  secret = IS\n\
                    [nested]\nsettings =\n  key_id = no\nkey_id = yes\n[broken]\nno key\n";
        let of = |profile: &str| ini(text, profile, KEYS).map(|sections| format!("{:?}", sections.said));
        let some = |text: &str| Ok(format!("Some({text})"));
        assert_eq!(of("work"), some("{\"key_id\": \"W\", \"secret\": \"W=S==\"}"));
        assert_eq!(of("default"), some("{\"key_id\": \"D\", \"secret\": \"DS\"}"));
        assert_eq!(of("empty"), some("{}"));
        assert_eq!(of("indented"), some("{\"key_id\": \"I\", \"secret\": \"IS\"}"));
        assert_eq!(of("nested"), some("{\"key_id\": \"yes\"}"));
        assert_eq!(of("home"), Ok("None".to_owned()));
        let names = ini(text, "home", KEYS).unwrap().names;
        assert_eq!(names, ["default", "work", "empty", "quoted", "indented", "nested", "broken"]);
        // of others, nobody asks
        assert_eq!(of("broken"), Err(Trouble::new(22, "expected `key = value`")));
    }

    #[test]
    fn what_is_not_read_is_refused_with_its_line() {
        for (text, line, message) in [
            ("[default]\nkey_id = 'x\n", 2, "a quote"),
            ("[default]\nkey_id = x\"\n", 2, "a quote"),
            ("[default]\nkey_id = '\n", 2, ""),
            ("[default]\nkey_id = x\n  y\n", 3, "the value above"),
            ("[default]\nkey_id =\n  y\n", 3, "the value above"),
            ("[default]\nkey_id: x\n", 2, "expected"),
            ("[default\nkey_id = x\n", 1, "a section"),
            ("[default]\nkey_id = x\n[other]\n[default]\nkey_id = y\n", 5, "key_id is there for the second time"),
            ("[work]\nkey_id = x\n[profile work]\nkey_id = y\n", 4, "key_id is there for the second time"),
        ] {
            let profile = if text.contains("work") { "work" } else { "default" };
            match ini(text, profile, KEYS) {
                Err(trouble) => assert!(trouble.line == line && trouble.what.starts_with(message), "{trouble:?}"),
                Ok(sections) => panic!("{text:?} gives {:?}", sections.said),
            }
        }
    }
}
