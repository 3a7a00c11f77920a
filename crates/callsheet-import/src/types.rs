//! `types.toml`, and what a field says of its type.

use std::fmt::Write as _;

use indexmap::IndexSet;

use crate::ImportError;
use crate::model::{Kind, Reference, Shape};
use crate::shapes::{Member, Members, Shapes};
use crate::toml;
use crate::wire::time_format;

/// A longer type is refused by the loader, and none is that long.
const DEEPEST: usize = 8;

/// Where a field stands, which says which of its names and rules matter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sides {
    pub(crate) sent: bool,
    pub(crate) read: bool,
}

impl Sides {
    fn of(shape: &str, shapes: &Shapes<'_>) -> Self {
        Self { sent: shapes.is_sent(shape), read: shapes.is_read(shape) }
    }
}

/// `types.toml`; `None` if the service needs no types of its own.
pub(crate) fn text(shapes: &Shapes<'_>) -> Result<Option<String>, ImportError> {
    let mut enums = String::new();
    let mut structs = String::new();
    // lists and maps that need settings of their own because they stand inside others
    let mut aliases: IndexSet<&str> = IndexSet::new();
    for (name, shape) in &shapes.model.shapes {
        let sides = Sides::of(name, shapes);
        if !sides.sent && !sides.read {
            continue;
        }
        let within = |e: ImportError| e.within(&["shapes", name]);
        match &shape.kind {
            Kind::Text(values) if !values.is_empty() => {
                let values: IndexSet<&str> = values.iter().map(String::as_str).collect();
                enums.push_str(&toml::texts(shapes.name(name), values));
            }
            Kind::Structure { .. } => {
                let members = shapes.members(Some(name))?;
                let kind = if members.is_union { "union" } else { "struct" };
                let fields = fields(&members, name, sides, shapes).map_err(within)?;
                let _ = write!(structs, "\n[{kind}.{}]\n{fields}", shapes.name(name));
            }
            Kind::List(inner) | Kind::Map(_, inner) if !container(inner, shapes)?.is_empty() => {
                aliases.insert(&inner.shape);
            }
            _ => {}
        }
    }
    let mut text = String::new();
    if !aliases.is_empty() {
        text.push_str("[type]\n");
        for name in aliases {
            let shape = shapes.get(name)?;
            let ty = plain(name, shape, shapes, 0).map_err(|e| e.within(&["shapes", name]))?;
            text.push_str(&toml::field(shapes.name(name), &ty, &words(shape, Sides::of(name, shapes), shapes)));
        }
    }
    if !enums.is_empty() {
        let _ = write!(text, "{}[enum]\n{enums}", if text.is_empty() { "" } else { "\n" });
    }
    text.push_str(if text.is_empty() { structs.trim_start() } else { &structs });
    Ok((!text.is_empty()).then_some(text))
}

/// The lines of a structure. `owner` is its shape.
pub(crate) fn fields(
    members: &Members<'_>,
    owner: &str,
    sides: Sides,
    shapes: &Shapes<'_>,
) -> Result<String, ImportError> {
    let mut text = String::new();
    for member in &members.members {
        let line = field(member, members, owner, sides, shapes).map_err(|e| e.within(&["members", member.member]))?;
        text.push_str(&line);
    }
    Ok(text)
}

fn field(
    member: &Member<'_>,
    members: &Members<'_>,
    owner: &str,
    sides: Sides,
    shapes: &Shapes<'_>,
) -> Result<String, ImportError> {
    let reference = member.reference;
    let shape = shapes.get(&reference.shape)?;
    let mut ty = plain(&reference.shape, shape, shapes, 0)?;
    if shapes.of(reference, |traits| traits.json_value) == Some(true) && matches!(shape.kind, Kind::Text(_)) {
        ty = "json".to_owned();
    }
    // what a service promises to answer it does not always answer, so only requests hold on to it
    let is_label = shapes.of(reference, |traits| traits.host_label) == Some(true);
    let required = (is_label || members.required.iter().any(|name| name == member.member))
        && !sides.read
        && !members.is_union
        && !requires(&reference.shape, owner, shapes);
    let many = matches!(shape.kind, Kind::List(_) | Kind::Map(..));
    if required {
        ty.push('!');
    } else if many && !members.is_union {
        ty.push('?');
    }
    let mut settings = wire_names(member, sides, shapes);
    settings.extend(words(shape, sides, shapes));
    if many && shapes.of(reference, |traits| traits.flattened) == Some(true) {
        settings.push(("flat", "true".to_owned()));
    }
    settings.extend(leaf(reference, sides, shapes)?);
    for (key, set) in [
        ("token", shapes.of(reference, |traits| traits.token)),
        ("attribute", shapes.of(reference, |traits| traits.attribute)),
    ] {
        if set == Some(true) {
            settings.push((key, "true".to_owned()));
        }
    }
    if shapes.of(reference, |traits| traits.deprecated) == Some(true) {
        settings.push(("deprecated", toml::quoted("The vendor advises against it.")));
    }
    Ok(toml::field(&member.name, &ty, &settings))
}

/// The names of a field on the wire, as far as they are not those that it has anyway.
fn wire_names(member: &Member<'_>, sides: Sides, shapes: &Shapes<'_>) -> Vec<(&'static str, String)> {
    let reference = member.reference;
    let location = shapes.of(reference, |traits| traits.location_name.as_deref());
    let read = match flat_item(reference, shapes) {
        Some(item) => item,
        None => location.unwrap_or(member.member),
    };
    let send = match shapes.of(reference, |traits| traits.query_name.as_deref()).filter(|_| shapes.profile.capitalized)
    {
        Some(name) => name.to_owned(),
        None if shapes.profile.capitalized => shapes.profile.sent(location.unwrap_or(member.member)),
        None => read.to_owned(),
    };
    let usual = shapes.profile.sent(&member.name);
    let mut names = Vec::new();
    let differs = (sides.sent && send != usual, sides.read && read != member.name);
    // one word for both, where that cannot be mistaken for another field's name in requests
    let one = match (sides.sent, sides.read) {
        (true, true) => (send == read).then_some(read),
        (true, false) => Some(send.as_str()),
        (false, _) => Some(read).filter(|name| shapes.profile.sent(name) != *name || !shapes.profile.capitalized),
    };
    match (differs, one) {
        ((false, false), _) => {}
        (_, Some(name)) => names.push(("wire", toml::quoted(name))),
        ((send_differs, read_differs), None) => {
            if send_differs {
                names.push(("send", toml::quoted(&send)));
            }
            if read_differs {
                names.push(("read", toml::quoted(read)));
            }
        }
    }
    names
}

/// A list whose own shape is flat takes the name of its items, where they have one; a list that only the reference makes flat
/// does not.
fn flat_item<'a>(reference: &'a Reference, shapes: &Shapes<'a>) -> Option<&'a str> {
    if reference.traits.flattened.is_some() {
        return None;
    }
    let shape = shapes.model.shapes.get(&reference.shape).filter(|shape| shape.traits.flattened == Some(true))?;
    match &shape.kind {
        Kind::List(item) => item.traits.location_name.as_deref(),
        _ => None,
    }
}

/// The text of a type, without what its settings say.
fn plain(name: &str, shape: &Shape, shapes: &Shapes<'_>, depth: usize) -> Result<String, ImportError> {
    if depth >= DEEPEST {
        return Err(ImportError::new("lists and maps are nested too deep"));
    }
    let inner = |reference: &Reference| -> Result<String, ImportError> {
        if !container(reference, shapes)?.is_empty() {
            return Ok(shapes.name(&reference.shape).to_owned());
        }
        plain(&reference.shape, shapes.get(&reference.shape)?, shapes, depth + 1)
    };
    Ok(match &shape.kind {
        Kind::Structure { .. } => shapes.name(name).to_owned(),
        Kind::Text(values) if !values.is_empty() => shapes.name(name).to_owned(),
        Kind::Text(_) => "string".to_owned(),
        Kind::Integer => "integer".to_owned(),
        Kind::Float => "float".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Blob => "blob".to_owned(),
        Kind::Timestamp => "timestamp".to_owned(),
        Kind::Document => "document".to_owned(),
        Kind::List(item) => format!("[{}]", inner(item)?),
        Kind::Map(_, value) => format!("{{{}}}", inner(value)?),
    })
}

/// The words of a list or map that stands inside another.
fn container(reference: &Reference, shapes: &Shapes<'_>) -> Result<Vec<(&'static str, String)>, ImportError> {
    Ok(words(shapes.get(&reference.shape)?, Sides::of(&reference.shape, shapes), shapes))
}

/// The names of items, keys and values, where they are not the usual ones.
fn words(shape: &Shape, sides: Sides, shapes: &Shapes<'_>) -> Vec<(&'static str, String)> {
    let mut words = Vec::new();
    match &shape.kind {
        Kind::List(item) => {
            let item = item.traits.location_name.as_deref().unwrap_or("member");
            let in_answers = shapes.profile.is_xml && sides.read && item != shapes.item;
            let in_requests = shapes.profile.names_items && sides.sent && item != "member";
            if in_answers || in_requests {
                words.push(("item", toml::quoted(item)));
            }
        }
        Kind::Map(key, value) if shapes.profile.is_xml => {
            for (word, reference) in [("key", key), ("value", value)] {
                if let Some(name) = reference.traits.location_name.as_deref().filter(|name| *name != word) {
                    words.push((word, toml::quoted(name)));
                }
            }
        }
        _ => {}
    }
    words
}

/// What holds for the innermost values: formats, secrecy, rules.
fn leaf<'a>(
    reference: &'a Reference,
    sides: Sides,
    shapes: &Shapes<'a>,
) -> Result<Vec<(&'static str, String)>, ImportError> {
    let mut settings = Vec::new();
    let outer = shapes.get(&reference.shape)?;
    let mut sensitive = false;
    let mut innermost = reference;
    for _ in 0..DEEPEST {
        sensitive |= shapes.of(innermost, |traits| traits.sensitive) == Some(true);
        match &shapes.get(&innermost.shape)?.kind {
            Kind::List(inner) | Kind::Map(_, inner) => innermost = inner,
            _ => break,
        }
    }
    let shape = shapes.get(&innermost.shape)?;
    if matches!(shape.kind, Kind::Timestamp)
        && let Some(name) = shapes.of(innermost, |traits| traits.timestamp_format.as_deref())
    {
        let format = time_format(name)?;
        if format != shapes.profile.timestamps {
            settings.push(("format", toml::quoted(format)));
        }
    }
    if sides.sent && !sides.read {
        let json = shapes.of(innermost, |traits| traits.json_value) == Some(true);
        match &shape.kind {
            Kind::Text(values) if values.is_empty() && !json => settings.extend(count("length", shape)),
            Kind::Integer => settings.extend(range(shape, |bound| format!("{bound:.0}"))),
            Kind::Float => settings.extend(range(shape, |bound| format!("{bound:?}"))),
            _ => {}
        }
        if matches!(outer.kind, Kind::List(_) | Kind::Map(..)) {
            settings.extend(count("items", outer));
        }
    }
    if sensitive {
        settings.push(("sensitive", "true".to_owned()));
    }
    Ok(settings)
}

/// Bounds of a number of characters or items.
fn count(key: &'static str, shape: &Shape) -> Option<(&'static str, String)> {
    let whole = |bound: f64| (bound >= 0.0 && bound.fract() == 0.0 && bound <= 1e15).then_some(bound as u64);
    let min = shape.min.and_then(whole).unwrap_or_default();
    match shape.max.and_then(whole).filter(|max| *max >= min) {
        Some(max) => Some((key, format!("[{min}, {max}]"))),
        None if min > 0 => Some((key, format!("[{min}]"))),
        None => None,
    }
}

fn range(shape: &Shape, written: impl Fn(f64) -> String) -> Option<(&'static str, String)> {
    match (shape.min, shape.max) {
        (Some(min), Some(max)) if min <= max => Some(("range", format!("[{}, {}]", written(min), written(max)))),
        (Some(min), None) => Some(("range", format!("[{}]", written(min)))),
        (None, Some(max)) => Some(("range", format!("[-inf, {}]", written(max)))),
        _ => None,
    }
}

/// Whether a value of `shape` cannot be made without one of `owner`: then `owner` cannot require it.
fn requires(shape: &str, owner: &str, shapes: &Shapes<'_>) -> bool {
    let mut seen: IndexSet<&str> = IndexSet::new();
    let mut open = vec![shape];
    while let Some(name) = open.pop() {
        if name == owner {
            return true;
        }
        let Some(Kind::Structure { members, required, is_union: false }) =
            shapes.model.shapes.get(name).map(|shape| &shape.kind)
        else {
            continue;
        };
        if seen.insert(name) {
            open.extend(
                required.iter().filter_map(|member| members.get(member)).map(|reference| reference.shape.as_str()),
            );
        }
    }
    false
}
