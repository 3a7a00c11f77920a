//! The small languages inside of texts: types, durations, zones, list forms, templates.

use chrono::format::{Item, StrftimeItems};

use crate::model::{ListForm, MapForm, Source, TimeFormat};

/// Why a text is not what it should be, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) message: String,
    pub(crate) hint: String,
}

fn refused<T>(message: impl Into<String>, hint: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { message: message.into(), hint: hint.into() })
}

/// `[Name]!`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeText<'a> {
    pub(crate) shape: TypeShape<'a>,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
}

/// A type without its suffix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TypeShape<'a> {
    Name {
        name: &'a str,
        /// Byte in the text.
        at: usize,
    },
    List(Box<TypeShape<'a>>),
    Map(Box<TypeShape<'a>>),
}

/// Reads the text of a type.
pub(crate) fn type_text(text: &str) -> Result<TypeText<'_>, Refused> {
    const DEEPEST: usize = 8;

    let (body, required, nullable) = if let Some(body) = text.strip_suffix('!') {
        (body, true, false)
    } else if let Some(body) = text.strip_suffix('?') {
        (body, false, true)
    } else {
        (text, false, false)
    };
    let depth = body.chars().take_while(|c| matches!(c, '[' | '{' | ' ')).count();
    if depth > DEEPEST {
        return refused("the type has too many brackets", "name the inner one in `[type]` or `[struct]`");
    }
    let shape = type_shape(body, 0)?;
    Ok(TypeText { shape, required, nullable })
}

fn type_shape(text: &str, at: usize) -> Result<TypeShape<'_>, Refused> {
    let at = at + (text.len() - text.trim_start().len());
    let text = text.trim();
    for (open, close, is_list) in [('[', ']', true), ('{', '}', false)] {
        if let Some(rest) = text.strip_prefix(open) {
            let Some(inner) = rest.strip_suffix(close) else {
                return refused(
                    format!("the type `{text}` lacks its `{close}`"),
                    "a list is `[T]`, a map is `{T}`; `!` and `?` come last",
                );
            };
            let inner = Box::new(type_shape(inner, at + 1)?);
            return Ok(if is_list { TypeShape::List(inner) } else { TypeShape::Map(inner) });
        }
    }
    if text.contains(['!', '?']) {
        return refused(
            "`!` and `?` belong at the end of the whole type",
            "items of lists and values of maps are always there: `[string]!`",
        );
    }
    if text.is_empty() {
        return refused("the name of a type is missing", "types look like `string`, `Name!`, `[Name]`, `{Name}`");
    }
    if !is_name(text) {
        return refused(
            format!("`{text}` is no name of a type"),
            "types look like `string`, `Name!`, `[Name]`, `{Name}`",
        );
    }
    Ok(TypeShape::Name { name: text, at })
}

/// Letters, digits and underscores, and no digit first.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && text.contains(|c: char| c.is_ascii_alphanumeric())
}

/// The same with dots and dashes, as in names of fields and actions.
pub(crate) fn is_wire_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
        && text.contains(|c: char| c.is_ascii_alphanumeric())
}

/// Whether two names would be one in Rust: `BucketName` and `bucket_name`.
pub(crate) fn folded_name(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// `5m`, `31d`: seconds.
pub(crate) fn duration(text: &str) -> Result<u64, Refused> {
    let refuse = || refused(format!("`{text}` is no duration"), "write a number and a unit: `90s`, `5m`, `1h`, `31d`");
    let Some((at, unit)) = text.char_indices().last() else {
        return refuse();
    };
    let unit = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return refuse(),
    };
    let digits = text.get(..at).unwrap_or_default();
    match digits.parse::<u64>().ok().and_then(|n| n.checked_mul(unit)) {
        Some(0) => refused("the duration is zero", ""),
        // a hundred years: what is longer is a mistake, and would overflow dates later
        Some(seconds) if seconds <= 36_525 * 86_400 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(seconds),
        _ => refuse(),
    }
}

/// `+08:00`: seconds east of UTC.
pub(crate) fn zone(text: &str) -> Result<i32, Refused> {
    if text == "UTC" || text == "Z" {
        return Ok(0);
    }
    let parsed = (|| {
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let number = |digits: &str| {
            let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse::<i32>().ok().filter(|_| two)
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
    })();
    match parsed {
        Some(seconds) => Ok(seconds),
        None => refused(format!("`{text}` is no offset from UTC"), "write `+08:00`, `-03:30` or `UTC`"),
    }
}

/// `iso8601` and its like.
pub(crate) fn time_name(text: &str) -> Option<TimeFormat> {
    match text {
        "iso8601" => Some(TimeFormat::Iso8601),
        "rfc822" => Some(TimeFormat::Rfc822),
        "unix" => Some(TimeFormat::Unix),
        "unix-ms" => Some(TimeFormat::UnixMillis),
        _ => None,
    }
}

/// Looks at a strftime pattern. Says whether it holds an offset of its own.
pub(crate) fn time_pattern(pattern: &str) -> Result<bool, Refused> {
    if StrftimeItems::new(pattern).any(|item| matches!(item, Item::Error)) {
        let unknown = unknown_specifier(pattern);
        return refused(
            format!("the pattern has no specifier `{unknown}`"),
            "usual ones are %Y %m %d %H %M %S %3f %z; `%%` is a percent sign",
        );
    }
    // a pattern has to be of use in both directions
    let sample = chrono::DateTime::UNIX_EPOCH;
    let mut text = String::new();
    let readable = std::fmt::Write::write_fmt(&mut text, format_args!("{}", sample.format(pattern))).is_ok()
        && (chrono::NaiveDateTime::parse_from_str(&text, pattern).is_ok()
            || chrono::NaiveDate::parse_from_str(&text, pattern).is_ok());
    if !readable {
        return refused(
            format!("the pattern `{pattern}` does not give a whole date"),
            "it needs at least year, month and day: `%Y-%m-%d`",
        );
    }
    Ok(pattern.contains("%z") || pattern.contains("%:z") || pattern.contains("%s"))
}

fn unknown_specifier(pattern: &str) -> String {
    // the shortest part that is refused when it stands alone
    for (at, _) in pattern.match_indices('%') {
        let rest = pattern.get(at..).unwrap_or_default();
        let letters: String = rest.chars().take(2).collect();
        let modified = letters.len() == 2 && letters.ends_with(['-', '_', '0', ':', '.', '#', '3', '6', '9', '%']);
        if !modified && StrftimeItems::new(&letters).any(|item| matches!(item, Item::Error)) {
            return letters;
        }
    }
    "%".to_owned()
}

/// The text that a list called `name` gives.
pub(crate) fn list_form(text: &str) -> Result<ListForm, Refused> {
    let refuse = || {
        refused(
            format!("lists cannot be written as `{text}`"),
            "write what a list called `name` gives: `name.1`, `name.member.1`, `name[0]`, `name[]`, `name`, `a,b` or `json`",
        )
    };
    if text == "json" {
        return Ok(ListForm::Json);
    }
    if let Some(rest) = text.strip_prefix("name") {
        if rest.is_empty() {
            return Ok(ListForm::Repeated);
        }
        if rest == "[]" {
            return Ok(ListForm::EmptyBrackets);
        }
        if let Some(base) = rest.strip_prefix('[').and_then(|r| r.strip_suffix(']')) {
            return base.parse().map_or_else(|_| refuse(), |base| Ok(ListForm::Bracketed { base }));
        }
        let parts: Vec<&str> = rest.split('.').collect();
        return match parts.as_slice() {
            ["", base] => base.parse().map_or_else(|_| refuse(), |base| Ok(ListForm::Indexed { base })),
            ["", word, base] if !word.is_empty() => {
                base.parse().map_or_else(|_| refuse(), |base| Ok(ListForm::Member { word: (*word).to_owned(), base }))
            }
            _ => refuse(),
        };
    }
    let mut chars = text.chars();
    match (chars.next(), chars.next(), chars.next(), chars.next()) {
        (Some('a'), Some(delimiter), Some('b'), None) if !delimiter.is_alphanumeric() => {
            Ok(ListForm::Delimited(delimiter))
        }
        _ => refuse(),
    }
}

/// `name.entry.1.key/value`
pub(crate) fn request_maps(text: &str) -> Result<MapForm, Refused> {
    let parts: Vec<&str> = text.split('.').collect();
    let form = match parts.as_slice() {
        ["name", entry, "1", names] => map_form(entry, names),
        _ => None,
    };
    match form {
        Some(form) => Ok(form),
        None => refused(
            format!("maps cannot be written as `{text}`"),
            "write what a map called `name` gives: `name.entry.1.key/value`",
        ),
    }
}

/// `entry.key/value`
pub(crate) fn answer_maps(text: &str) -> Result<MapForm, Refused> {
    let form = text.split_once('.').and_then(|(entry, names)| map_form(entry, names));
    match form {
        Some(form) => Ok(form),
        None => refused(
            format!("`{text}` does not name entries, keys and values"),
            "write them like this: `entry.key/value`",
        ),
    }
}

fn map_form(entry: &str, names: &str) -> Option<MapForm> {
    let (key, value) = names.split_once('/')?;
    let plain = |name: &str| !name.is_empty() && !name.contains(['.', '/']);
    (plain(entry) && plain(key) && plain(value)).then(|| MapForm {
        entry: entry.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    })
}

/// `header:x-request-id` or `ResponseMetadata/RequestId`.
pub(crate) fn source(text: &str) -> Result<Source, Refused> {
    match text.strip_prefix("header:") {
        Some(name) if is_header_name(name) => Ok(Source::Header(name.to_owned())),
        Some("") => refused("the name of the header is missing", ""),
        Some(name) => refused(format!("`{name}` is no name of a header"), ""),
        None => path(text).map(Source::Path),
    }
}

/// `Error/Code`
pub(crate) fn path(text: &str) -> Result<Vec<String>, Refused> {
    if text.split('/').any(|part| part.trim().is_empty()) {
        return refused(format!("`{text}` is no path of names"), "names are separated with one `/` and are not empty");
    }
    Ok(text.split('/').map(str::to_owned).collect())
}

/// As HTTP has it.
pub(crate) fn is_header_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// The words in braces of a template.
pub(crate) fn template_words(text: &str) -> Result<Vec<&str>, Refused> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        let after = rest.get(open..).unwrap_or_default();
        let word =
            after.strip_prefix('{').and_then(|inner| inner.split_once('}')).filter(|(word, _)| !word.contains('{'));
        let Some((word, after)) = word else {
            return refused("a brace is not paired", "words of a template stand in `{` and `}`");
        };
        words.push(word);
        rest = after;
    }
    Ok(words)
}

/// A set of characters: `a-z0-9.-`.
pub(crate) fn chars(text: &str) -> Result<CharSet, Refused> {
    let mut ranges = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let mut rest = chars.as_slice();
    while let [first, tail @ ..] = rest {
        match tail {
            ['-', last, tail @ ..] => {
                if first > last {
                    return refused(
                        format!("the range `{first}-{last}` runs backwards"),
                        "a dash that is meant as itself stands at either end",
                    );
                }
                ranges.push((*first, *last));
                rest = tail;
            }
            _ => {
                ranges.push((*first, *first));
                rest = tail;
            }
        }
    }
    if ranges.is_empty() {
        return refused("no character is allowed", "leave `chars` out");
    }
    Ok(CharSet { ranges })
}

/// What `chars` allows.
#[derive(Clone, Debug)]
pub(crate) struct CharSet {
    ranges: Vec<(char, char)>,
}

impl CharSet {
    pub(crate) fn contains(&self, c: char) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&c))
    }
}

/// `a <= b`: both names and whether they may be equal.
pub(crate) fn order(text: &str) -> Result<(&str, &str, bool), Refused> {
    let refuse = || refused(format!("`{text}` is no rule about two parameters"), "write `Begin <= End` or `a < b`");
    if text.contains('>') {
        return refused(format!("`{text}` is the wrong way round"), "write the smaller one first: `Begin <= End`");
    }
    let Some((before, after)) = text.split_once('<') else {
        return refuse();
    };
    let (after, or_equal) = match after.strip_prefix('=') {
        Some(after) => (after, true),
        None => (after, false),
    };
    let (before, after) = (before.trim(), after.trim());
    if before.is_empty() || after.is_empty() || after.contains(['<', '=']) {
        return refuse();
    }
    Ok((before, after, or_equal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::{BUILTIN_TYPES, Kind, LISTS, TYPE};

    fn words(kind: &Kind) -> &'static [&'static str] {
        match kind {
            Kind::Syntax { words, .. } => words,
            kind => panic!("{kind:?}"),
        }
    }

    #[test]
    fn list_forms() {
        let member = |base| ListForm::Member { word: "member".to_owned(), base };
        let cases = [
            ("name.1", ListForm::Indexed { base: 1 }),
            ("name.0", ListForm::Indexed { base: 0 }),
            ("name.member.1", member(1)),
            ("name.member.0", member(0)),
            ("name[0]", ListForm::Bracketed { base: 0 }),
            ("name[1]", ListForm::Bracketed { base: 1 }),
            ("name[]", ListForm::EmptyBrackets),
            ("name", ListForm::Repeated),
            ("a,b", ListForm::Delimited(',')),
            ("a|b", ListForm::Delimited('|')),
            ("a+b", ListForm::Delimited('+')),
            ("json", ListForm::Json),
        ];
        for (text, form) in cases {
            assert_eq!(list_form(text), Ok(form), "{text}");
        }
        for text in ["", "name.", "name.x", "name..1", "name.a.b.1", "name[", "name[x]", "ab", "axb", "a,,b", "list.1"]
        {
            assert!(list_form(text).is_err(), "{text}");
        }
    }

    /// What editors offer must be what the loader takes.
    #[test]
    fn words_of_the_schema_are_read() {
        for word in words(&LISTS) {
            assert!(list_form(word).is_ok(), "{word}");
        }
        for word in words(&TYPE) {
            let text = type_text(word).unwrap();
            let mut shape = &text.shape;
            while let TypeShape::List(inner) | TypeShape::Map(inner) = shape {
                shape = inner;
            }
            let TypeShape::Name { name, .. } = shape else { panic!("{word}") };
            assert!(BUILTIN_TYPES.iter().any(|(builtin, _)| builtin == name), "{word}");
        }
        for (name, _) in BUILTIN_TYPES {
            assert!(words(&TYPE).contains(name), "{name} is not offered");
        }
    }

    #[test]
    fn type_texts() {
        let text = type_text("[ {Name} ]?").unwrap();
        assert!(text.nullable && !text.required);
        let TypeShape::List(map) = text.shape else { panic!("a list") };
        let TypeShape::Map(name) = *map else { panic!("a map") };
        assert_eq!(*name, TypeShape::Name { name: "Name", at: 3 });
    }

    #[test]
    fn durations() {
        assert_eq!(duration("90s"), Ok(90));
        assert_eq!(duration("5m"), Ok(300));
        assert_eq!(duration("1h"), Ok(3600));
        assert_eq!(duration("31d"), Ok(31 * 86_400));
        for text in ["", "m", "5", "5w", "-5m", "+5m", "0s", "1.5h", "99999999999999999999s", "9999999d", "5é"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn zones() {
        assert_eq!(zone("+08:00"), Ok(8 * 3600));
        assert_eq!(zone("-03:30"), Ok(-(3 * 3600 + 30 * 60)));
        assert_eq!(zone("UTC"), Ok(0));
        for text in ["", "+8", "08:00", "+08:60", "+19:00", "+08:0", "+0800", "é08:00", "+-1:00"] {
            assert!(zone(text).is_err(), "{text}");
        }
    }

    #[test]
    fn character_sets() {
        let set = chars("a-z0-9.-").unwrap();
        assert!("az09.-".chars().all(|c| set.contains(c)));
        assert!(!"AZ_/ é".chars().any(|c| set.contains(c)));
        let set = chars("-+").unwrap();
        assert!(set.contains('-') && set.contains('+') && !set.contains(','));
    }

    #[test]
    fn templates() {
        assert_eq!(template_words("{a}-x-{b}"), Ok(vec!["a", "b"]));
        assert_eq!(template_words("plain"), Ok(vec![]));
        for text in ["{a", "a}", "{a{b}}", "}{"] {
            assert!(template_words(text).is_err(), "{text}");
        }
    }

    #[test]
    fn time_patterns() {
        assert_eq!(time_pattern("%Y-%m-%d-%H-%M"), Ok(false));
        assert_eq!(time_pattern("%Y-%m-%dT%H:%M:%S%.3f%z"), Ok(true));
        assert_eq!(time_pattern("%s"), Ok(true));
        assert!(time_pattern("%Y-%m-%d-%Q").unwrap_err().message.contains("`%Q`"));
        assert!(time_pattern("%H:%M").is_err());
        assert!(time_pattern("no specifier").is_err());
    }
}
