//! Action files.

use std::fmt::Write as _;

use crate::model::Operation;
use crate::pages::{self, Pages};
use crate::shapes::Shapes;
use crate::types::{self, Sides};
use crate::waiters::{self, Waiters};
use crate::{ImportError, service, toml};

/// Operations whose names begin like this change nothing.
const READS: [&str; 3] = ["Describe", "Get", "List"];

pub(crate) fn text(
    name: &str,
    operation: &Operation,
    shapes: &Shapes<'_>,
    pages: &Pages,
    waiters: &Waiters,
) -> Result<String, ImportError> {
    let input = shapes.members(operation.input.as_deref())?;
    let output = shapes.members(operation.output.as_deref())?;
    let mut text = String::new();
    if let Some(uid) = &shapes.model.metadata.uid {
        let _ = writeln!(text, "link = {}", toml::quoted(&service::link(uid, name)));
    }
    if operation.idempotent || READS.iter().any(|read| name.starts_with(read)) {
        text.push_str("safe = true\n");
    }
    match operation.method.as_str() {
        "POST" => {}
        "GET" => text.push_str("method = \"GET\"\nplace = \"query\"\n"),
        other => {
            return Err(ImportError::new(format!("the method is {other}; GET and POST can be imported")).within(&[
                "operations",
                name,
                "http",
                "method",
            ]));
        }
    }
    if let Some(wrapper) = operation.result_wrapper.as_deref().filter(|wrapper| *wrapper != format!("{name}Result")) {
        let _ = writeln!(text, "result = {}", toml::quoted(wrapper));
    }
    if let Some(prefix) = &operation.host_prefix {
        let mut prefix = prefix.clone();
        for member in &input.members {
            prefix = prefix.replace(&format!("{{{}}}", member.member), &format!("{{{}}}", member.name));
        }
        let _ = writeln!(text, "host_prefix = {}", toml::quoted(&prefix));
    }
    if operation.deprecated {
        let _ = writeln!(text, "deprecated = {}", toml::quoted("The vendor advises against it."));
    }
    let is_own = |shape: Option<&str>| shape.is_some_and(|shape| operation.errors.iter().any(|own| own == shape));
    let codes: Vec<&str> = shapes.codes.iter().filter(|code| is_own(code.shape)).map(|code| code.code).collect();
    if !codes.is_empty() {
        text.push_str(&toml::texts("errors", codes));
    }
    pages::write(&mut text, name, &input, &output, pages, shapes)?;
    if !input.members.is_empty() {
        let owner = operation.input.as_deref().unwrap_or_default();
        let within = |e: ImportError| e.within(&["shapes", owner]);
        let sides = Sides { sent: true, read: false };
        let fields = types::fields(&input, owner, sides, shapes).map_err(within)?;
        let _ = write!(text, "\n[input]\n{fields}");
    }
    if !output.members.is_empty() {
        let owner = operation.output.as_deref().unwrap_or_default();
        let within = |e: ImportError| e.within(&["shapes", owner]);
        let sides = Sides { sent: false, read: true };
        let fields = types::fields(&output, owner, sides, shapes).map_err(within)?;
        let _ = write!(text, "\n[output]\n{fields}");
    }
    waiters::write(&mut text, name, &output, waiters, shapes)?;
    Ok(text)
}
