//! How answers that come in pages go on: `paginators-1.json`.

use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::model::Kind;
use crate::paths::path;
use crate::shapes::{Members, Shapes};
use crate::{ImportError, Source, json, toml};

/// By operation.
#[derive(Debug, Default)]
pub(crate) struct Pages(IndexMap<String, Entry>);

#[derive(Debug)]
struct Entry {
    inputs: Vec<String>,
    outputs: Vec<String>,
    more: Option<String>,
    items: Vec<String>,
    limit: Option<String>,
}

pub(crate) fn read(source: Source<'_>) -> Result<Pages, ImportError> {
    let root = json::root(source)?;
    let entries = json::objects(&root, "pagination").map_err(|e| e.in_file(source.name))?;
    let mut pages = IndexMap::new();
    for (operation, node) in entries {
        let entry = || -> Result<Entry, ImportError> {
            Ok(Entry {
                inputs: json::texts(node, "input_token")?,
                outputs: json::texts(node, "output_token")?,
                more: json::text(node, "more_results")?,
                items: json::texts(node, "result_key")?,
                limit: json::text(node, "limit_key")?,
            })
        };
        let entry = entry().map_err(|e| e.within(&["pagination", operation]).in_file(source.name))?;
        pages.insert(operation.to_owned(), entry);
    }
    Ok(Pages(pages))
}

/// Writes `[pages]` of an operation, or a comment if the model says something that a spec cannot.
pub(crate) fn write<'a>(
    text: &mut String,
    operation: &str,
    input: &Members<'a>,
    output: &Members<'a>,
    pages: &Pages,
    shapes: &Shapes<'a>,
) -> Result<(), ImportError> {
    let Some(entry) = pages.0.get(operation) else { return Ok(()) };
    let parameter =
        |name: &String| input.members.iter().find(|member| member.member == name).map(|member| member.name.clone());
    let inputs: Option<Vec<String>> = entry.inputs.iter().map(parameter).collect();
    let mut outputs = Vec::new();
    for expression in &entry.outputs {
        outputs.extend(path(expression, output, shapes)?.map(|path| path.text));
    }
    let whole = outputs.len() == entry.outputs.len() && !outputs.is_empty();
    let Some(inputs) = inputs.filter(|inputs| whole && inputs.len() == outputs.len()) else {
        let said = format!("{} -> {}", entry.outputs.join(", "), entry.inputs.join(", "));
        let _ = writeln!(text, "# The model says how pages go on, but not as a way from field to parameter: {said}");
        return Ok(());
    };
    let _ = write!(text, "\n[pages]\n{}{}", one_or_more("input", &inputs), one_or_more("output", &outputs));
    if let Some(more) = &entry.more
        && let Some(path) = path(more, output, shapes)?.filter(|path| matches!(path.shape.kind, Kind::Boolean))
    {
        let _ = writeln!(text, "more = {}", toml::quoted(&path.text));
    }
    let mut items = Vec::new();
    for expression in &entry.items {
        // sums over all pages are among them too
        let many =
            path(expression, output, shapes)?.filter(|path| matches!(path.shape.kind, Kind::List(_) | Kind::Map(..)));
        items.extend(many.map(|path| path.text));
    }
    if !items.is_empty() {
        text.push_str(&one_or_more("items", &items));
    }
    if let Some(limit) = entry.limit.as_ref().and_then(parameter) {
        let _ = writeln!(text, "limit = {}", toml::quoted(&limit));
    }
    Ok(())
}

fn one_or_more(key: &str, values: &[String]) -> String {
    match values {
        [one] => format!("{key} = {}\n", toml::quoted(one)),
        several => toml::texts(key, several.iter().map(String::as_str)),
    }
}
