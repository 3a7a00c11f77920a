//! Types, rules and settings in words.

use callsheet_spec::model::{Field, Group, Meaning, Order, Rule, TimeFormat, Type};
use chrono::{DateTime, FixedOffset, Offset as _, Utc};

use crate::rows::zone_name;

/// What a parameter is typed as, or what a field of an answer holds.
pub(crate) fn type_words(ty: &Type) -> String {
    match ty {
        Type::Text => "text".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::Float => "number".to_owned(),
        Type::Boolean => "true or false".to_owned(),
        Type::Blob => "bytes, in base64".to_owned(),
        Type::Timestamp(_) => "time".to_owned(),
        Type::Document | Type::JsonText => "JSON".to_owned(),
        Type::Series(_) => "series".to_owned(),
        Type::Struct(_) => "structure".to_owned(),
        Type::Enum(_) => "word".to_owned(),
        Type::List(list) => format!("list of {}", plural(&list.item)),
        Type::Map(map) => format!("map of {}", plural(&map.value)),
    }
}

fn plural(ty: &Type) -> String {
    match ty {
        Type::Text => "texts".to_owned(),
        Type::Integer => "integers".to_owned(),
        Type::Float => "numbers".to_owned(),
        Type::Boolean => "true or false".to_owned(),
        Type::Timestamp(_) => "times".to_owned(),
        Type::Series(_) => "series".to_owned(),
        Type::Struct(_) => "structures".to_owned(),
        Type::Enum(_) => "words".to_owned(),
        Type::List(list) => format!("lists of {}", plural(&list.item)),
        Type::Map(map) => format!("maps of {}", plural(&map.value)),
        Type::Blob | Type::Document | Type::JsonText => type_words(ty),
    }
}

/// How a time may be written, with an example.
pub(crate) fn time_words(format: &TimeFormat) -> String {
    match format {
        TimeFormat::Pattern { pattern, offset } => {
            let zone = FixedOffset::east_opt(*offset).unwrap_or_else(|| Utc.fix());
            let sample = DateTime::from_timestamp(1_545_813_900, 0).unwrap_or_default().with_timezone(&zone);
            let (rfc3339, sent) = (sample.format("%Y-%m-%dT%H:%M:%S%:z"), sample.format(pattern));
            format!("As RFC 3339 ({rfc3339}), or as it is sent, in {}: {sent}.", zone_name(zone))
        }
        _ => "As RFC 3339 (2018-12-26T08:45:00Z).".to_owned(),
    }
}

/// The rules of a field, one sentence each.
pub(crate) fn rules(field: &Field) -> Vec<String> {
    field.rules.iter().map(rule).collect()
}

fn rule(rule: &Rule) -> String {
    match rule {
        Rule::Length { min, max } => between(*min, *max, "character"),
        Rule::Items { min, max } => between(*min, *max, "item"),
        Rule::Range { min, max } => match (min, max) {
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => "any number".to_owned(),
        },
        Rule::Chars(set) => format!("only the characters `{set}`"),
        Rule::Tick { seconds } => format!("a multiple of {} since midnight", duration(u64::from(*seconds))),
        Rule::NotAfterNow => "not after now (only warned of)".to_owned(),
        Rule::MaxAge { seconds } => format!("at most {} old (only warned of)", duration(*seconds)),
    }
}

/// A rule about two parameters.
pub(crate) fn order(order: &Order) -> String {
    let relation = if order.or_equal { "must not be after" } else { "must be before" };
    format!("{} {relation} {}", order.before, order.after)
}

/// `3 to 63 characters`, `at least 1 item`
fn between(min: u64, max: Option<u64>, what: &str) -> String {
    let (words, last) = match (min, max) {
        (min, None) => (format!("at least {min}"), min),
        (0, Some(max)) => (format!("at most {max}"), max),
        (min, Some(max)) if min == max => (min.to_string(), max),
        (min, Some(max)) => (format!("{min} to {max}"), max),
    };
    format!("{words} {what}{}", if last == 1 { "" } else { "s" })
}

/// `1 line`, `2 lines`
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// `5 minutes`, `31 days`
pub(crate) fn duration(seconds: u64) -> String {
    let (number, unit) = match seconds {
        s if s > 0 && s % 86_400 == 0 => (s / 86_400, "day"),
        s if s > 0 && s % 3600 == 0 => (s / 3600, "hour"),
        s if s > 0 && s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// What an error means for the caller, in a few words.
pub(crate) fn meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Invalid => "wrong request",
        Meaning::Auth => "wrong credentials",
        Meaning::Denied => "not allowed",
        Meaning::NotFound => "not found",
        Meaning::Conflict => "conflict",
        Meaning::Quota => "used up",
        Meaning::Throttled => "try later",
        Meaning::Skewed => "wrong clock",
        Meaning::Transient => "try again",
        Meaning::Other => "",
    }
}

/// The first sentence of a documentation text, on one line.
pub(crate) fn summary(doc: &str) -> String {
    let paragraph = doc.trim().split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.find(". ") {
        Some(end) => line[..=end].to_owned(),
        None => line,
    }
}

/// The name of a group for people: `oos/statistics`.
pub(crate) fn path(service: &str, group: &Group) -> String {
    if group.id.is_empty() { service.to_owned() } else { format!("{service}/{}", group.id) }
}

/// What else is read where credentials are found.
pub(crate) fn beside<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() { String::new() } else { format!("; beside them {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_end_with_the_first_sentence() {
        assert_eq!(summary("Reads the\nbandwidth. Of a bucket.\n\nMore."), "Reads the bandwidth.");
        assert_eq!(summary("Sent as 1.5 only"), "Sent as 1.5 only");
    }
}
