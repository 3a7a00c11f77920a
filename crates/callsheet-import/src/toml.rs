//! Writes TOML as a person would.

use std::fmt::Write as _;

/// Lines that are longer are broken, where a list allows it.
const WIDTH: usize = 120;

/// A text in quotes.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                // writing to a String cannot fail
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A key, in quotes where it needs them.
pub(crate) fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { name.to_owned() } else { quoted(name) }
}

/// `name = ["a", "b"]`, on several lines if it is long.
pub(crate) fn texts<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    let values: Vec<String> = values.into_iter().map(quoted).collect();
    let line = format!("{} = [{}]\n", key(name), values.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let mut text = format!("{} = [\n", key(name));
    let mut line = String::new();
    for value in values {
        if !line.is_empty() && line.len() + value.len() > WIDTH - 6 {
            let _ = writeln!(text, "   {line}");
            line.clear();
        }
        let _ = write!(line, " {value},");
    }
    let _ = writeln!(text, "   {line}\n]");
    text
}

/// `name = "type"`, or `name = { type = "type", ... }` where there is more to say.
pub(crate) fn field(name: &str, ty: &str, settings: &[(&str, String)]) -> String {
    let (name, ty) = (key(name), quoted(ty));
    if settings.is_empty() {
        return format!("{name} = {ty}\n");
    }
    let settings: String = settings.iter().map(|(name, value)| format!(", {name} = {value}")).collect();
    format!("{name} = {{ type = {ty}{settings} }}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_toml_reads() {
        assert_eq!(quoted("a\"b\\c\n\u{1}é"), r#""a\"b\\c\n\u0001é""#);
        assert_eq!(key("a.b"), r#""a.b""#);
        assert_eq!(field("a", "[string]?", &[("item", quoted("i"))]), "a = { type = \"[string]?\", item = \"i\" }\n");
        let long = texts("a", ["abcdefghij"; 20]);
        assert!(long.lines().all(|line| line.len() <= WIDTH) && long.lines().count() == 5, "{long}");
    }
}
