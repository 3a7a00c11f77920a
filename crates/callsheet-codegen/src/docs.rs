//! Doc comments: what it means, the rule, the unit, the form on the wire.

use std::fmt::Write as _;

use callsheet_spec::model::{
    Action, EnumValue, Field, Format, Group, Meaning, NamePlace, NamedType, Place, Rule, Service, Sign, TimeFormat,
    Type,
};
use proc_macro2::TokenStream;
use quote::quote;

use crate::example;
use crate::module::Scope;

/// `#[doc]` attributes, one per line.
pub(crate) fn lines(text: &str) -> TokenStream {
    let lines = text.trim_end().lines().map(|line| {
        // prettyplease turns " text" into "/// text"
        let line = if line.is_empty() { String::new() } else { format!(" {line}") };
        quote!(#[doc = #line])
    });
    quote!(#(#lines)*)
}

pub(crate) fn deprecated(why: Option<&str>) -> Option<TokenStream> {
    why.map(|why| quote!(#[deprecated = #why]))
}

/// The module of a service; `errors` is a group that has its error codes.
pub(crate) fn service(service: &Service, errors: Option<&Group>) -> String {
    let text = paragraphs(&[&service.title, &escape(&service.doc)]);
    text + &errors.map(error_codes).unwrap_or_default()
}

/// The module of a group: what it is, how it is spoken, its error codes, unless they are those of the module above.
pub(crate) fn group(group: &Group, above: Option<&Group>) -> String {
    let settings = &group.settings;
    let mut text = paragraphs(&[&group.title, &escape(&group.doc)]);
    text.push('\n');
    let _ = writeln!(text, "| | |\n| --- | --- |");
    let _ = writeln!(text, "| endpoint | `{}` |", settings.endpoint);
    if !settings.regions.is_empty() {
        let regions: Vec<String> =
            settings.regions.iter().map(|region| format!("`{}` ({})", region.id, region.doc)).collect();
        let _ = writeln!(text, "| regions | {} |", cell(&regions.join(", ")));
    }
    let place = match settings.request.place {
        Place::Query => "parameters in the query",
        Place::Form => "parameters in a form body",
        Place::Json => "a JSON body",
    };
    let action = match &settings.request.action {
        NamePlace::Parameter(name) => format!("action named by the parameter `{name}`"),
        NamePlace::Header(name) => format!("action named by the header `{name}`"),
    };
    let _ = writeln!(text, "| request | {place}, {action} |");
    let sign = match &settings.sign {
        Sign::None => "none".to_owned(),
        Sign::ParameterHmac(words) => {
            format!("HMAC over the sorted parameters, sent as the parameter `{}`", words.signature)
        }
        Sign::SigV4 { service, .. } => format!("AWS Signature Version 4, service word `{service}`"),
        Sign::AwsV2 => "AWS Signature Version 2".to_owned(),
    };
    let _ = writeln!(text, "| signature | {sign} |");
    let format = match settings.answer.format {
        Format::Json => "JSON",
        Format::Xml => "XML",
    };
    let _ = writeln!(text, "| answer | {format} |");
    for field in &settings.common {
        let _ = writeln!(text, "| common parameter | `{}`: {} |", field.name, cell(&field.doc));
    }
    if let Some(quota) = settings.quota {
        let _ = writeln!(text, "| quota | {} calls in {} |", quota.calls, duration(quota.seconds.into()));
    }
    if let Some(link) = &settings.link {
        let _ = writeln!(text, "| documentation | <{link}> |");
    }
    let codes = error_codes(group);
    if !codes.is_empty() && above.is_some_and(|above| error_codes(above) == codes) {
        text.push_str("\nErrors are those of [the service](../index.html#errors).\n");
    } else {
        text.push_str(&codes);
    }
    text
}

/// The section on the codes of errors; empty if none is documented.
fn error_codes(group: &Group) -> String {
    let mut text = String::new();
    let codes: Vec<_> = group.settings.errors.codes.iter().filter(|code| !code.doc.is_empty()).collect();
    if !codes.is_empty() {
        let _ = writeln!(text, "\n# Errors\n\n| code | what it says | what it means |\n| --- | --- | --- |");
        for code in codes {
            let _ = writeln!(text, "| `{}` | {} | {} |", code.code, cell(&code.doc), meaning(code.means));
        }
    }
    text
}

fn meaning(means: Meaning) -> &'static str {
    match means {
        Meaning::Invalid => "correct the request",
        Meaning::Auth => "check the credentials",
        Meaning::Denied => "not allowed, or not now",
        Meaning::NotFound => "does not exist",
        Meaning::Conflict => "exists already or is in use",
        Meaning::Quota => "quota or balance used up",
        Meaning::Throttled => "repeat later",
        Meaning::Skewed => "check the clock, sign anew",
        Meaning::Transient => "repeat",
        Meaning::Other => "",
    }
}

pub(crate) fn constructor(group: &Group) -> String {
    if group.settings.endpoint.contains("{region}") {
        format!("{} in a region, by its id; empty for the usual one.", group.title)
    } else {
        format!("{}.", group.title)
    }
}

/// The struct of an action: what it does, its errors, an example.
pub(crate) fn action(action: &Action, scope: &Scope<'_>) -> String {
    let mut text = if action.doc.is_empty() { format!("The action `{}`.", action.name) } else { escape(&action.doc) };
    let safe = if action.safe { "Repeating it does no harm." } else { "Repeating it may act twice." };
    let _ = write!(text, "\n\nOn the wire: `{}`. {safe}", action.name);
    for order in &action.rules {
        let relation = if order.or_equal { "must not be before" } else { "must be after" };
        let _ = write!(text, "\n\n`{}` {relation} `{}`.", order.after, order.before);
    }
    if let Some(link) = &action.link {
        let _ = write!(text, "\n\nDocumented at <{link}>.");
    }
    if !action.errors.is_empty() {
        let errors: Vec<String> = action.errors.iter().map(|code| format!("`{code}`")).collect();
        let _ = write!(text, "\n\nErrors of its own: {}.", errors.join(", "));
    }
    if let Some(example) = example::doc(action, scope) {
        let _ = write!(text, "\n\n# Example\n\n```\n{example}```");
    }
    text
}

/// A named type.
pub(crate) fn named(name: &str, named: &NamedType) -> String {
    if named.doc.is_empty() { format!("`{name}`.") } else { escape(&named.doc) }
}

pub(crate) fn value(value: &EnumValue) -> String {
    if value.doc.is_empty() {
        format!("`{}`", value.wire)
    } else {
        format!("{} (`{}`)", escape(value.doc.trim_end_matches('.')), value.wire)
    }
}

/// A field: what it means, then what is known of its form.
pub(crate) fn field(field: &Field) -> String {
    let mut text = escape(&field.doc);
    let mut facts = Vec::new();
    if let Some(unit) = &field.unit {
        facts.push(format!("Unit: {unit}."));
    }
    facts.extend(field.rules.iter().map(rule));
    if let Type::Timestamp(Some(format)) = &field.ty {
        facts.push(time(format));
    }
    if let Some(default) = &field.default {
        facts.push(format!("When absent: `{default}`."));
    }
    if field.expected {
        facts.push("Usually required: its absence is warned about.".to_owned());
    }
    if field.sensitive {
        facts.push("Secret: never shown.".to_owned());
    }
    if field.idempotency_token {
        facts.push("Idempotency token: filled in when absent.".to_owned());
    }
    let wire = if field.send == field.read {
        format!("`{}`", field.send)
    } else {
        format!("`{}` in requests, `{}` in answers", field.send, field.read)
    };
    facts.push(format!("Wire: {wire}, {}.", wire_type(&field.ty)));
    if text.is_empty() {
        facts.join(" ")
    } else {
        let _ = write!(text, "\n\n{}", facts.join(" "));
        text
    }
}

fn wire_type(ty: &Type) -> String {
    match ty {
        Type::Text => "text".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::Float => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Blob => "base64".to_owned(),
        Type::Timestamp(_) => "time".to_owned(),
        Type::Document => "any JSON".to_owned(),
        Type::JsonText => "JSON text".to_owned(),
        Type::Series(_) => "monitor series".to_owned(),
        Type::Struct(_) => "structure".to_owned(),
        Type::Enum(_) => "text of an open set".to_owned(),
        Type::List(_) => "list".to_owned(),
        Type::Map(_) => "map".to_owned(),
    }
}

fn rule(rule: &Rule) -> String {
    match rule {
        Rule::Length { min, max } => format!("{} characters.", between(*min, *max)),
        Rule::Items { min, max } => format!("{} items.", between(*min, *max)),
        Rule::Range { min: Some(min), max: Some(max) } => format!("From {min} to {max}."),
        Rule::Range { min: Some(min), max: None } => format!("At least {min}."),
        Rule::Range { max: Some(max), .. } => format!("At most {max}."),
        Rule::Range { .. } => String::new(),
        Rule::Chars(set) => format!("Only the characters `{set}`."),
        Rule::Tick { seconds } => format!("A multiple of {} since midnight.", duration(u64::from(*seconds))),
        Rule::NotAfterNow => "Not after now (left to the service to judge).".to_owned(),
        Rule::MaxAge { seconds } => format!("Not older than {} (left to the service to judge).", duration(*seconds)),
    }
}

fn between(min: u64, max: Option<u64>) -> String {
    match max {
        Some(max) => format!("{min} to {max}"),
        None => format!("At least {min}"),
    }
}

fn duration(seconds: u64) -> String {
    let (number, unit) = match seconds {
        s if s > 0 && s % 86_400 == 0 => (s / 86_400, "day"),
        s if s > 0 && s % 3600 == 0 => (s / 3600, "hour"),
        s if s > 0 && s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

fn time(format: &TimeFormat) -> String {
    match format {
        TimeFormat::Iso8601 => "Written as ISO 8601 in UTC.".to_owned(),
        TimeFormat::Rfc822 => "Written as an RFC 822 date.".to_owned(),
        TimeFormat::Unix => "Written as seconds since 1970.".to_owned(),
        TimeFormat::UnixMillis => "Written as milliseconds since 1970.".to_owned(),
        TimeFormat::Pattern { pattern, offset } => {
            let sign = if *offset < 0 { '-' } else { '+' };
            let minutes = offset.unsigned_abs() / 60;
            format!("Written as `{pattern}` in UTC{sign}{:02}:{:02}.", minutes / 60, minutes % 60)
        }
    }
}

fn paragraphs(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(part.trim_end());
        text.push('\n');
    }
    text
}

/// Text for a table cell.
fn cell(text: &str) -> String {
    escape(text).split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Markdown in which `[text]` is no link and `<text>` no tag, but for code between backquotes and `<https://...>`.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match c {
            '`' => in_code = !in_code,
            '<' if !in_code && !rest.starts_with("<http") => out.push('\\'),
            '[' if !in_code && !rest[1..].contains("](") => out.push('\\'),
            _ => {}
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}
