//! `from = "body"`: an answer that is taken as it came, because no document says what is in it.

use crate::context::Context;
use crate::document::{Node, TableNode};
use crate::fields::is_unresolved;
use crate::model::{Field, Type};

/// Keys of a field that say where in an answer it is found.
const PLACES: &[&str] = &["wire", "send", "read", "attribute"];

/// Whether a field of the output takes the whole body.
pub(crate) fn read(root: TableNode<'_>, output: &[Field], cx: &mut Context<'_>) -> bool {
    let table = |field: &Field| root.table("output")?.get(&field.name).and_then(Node::table);
    let taker = output.iter().find_map(|field| {
        let table = table(field)?;
        (table.text("from") == Some("body")).then_some((field, table))
    });
    let Some((field, table)) = taker else { return false };
    let place = table.key_place("from").unwrap_or_else(|| table.place());
    if let Some(other) = output.iter().find(|other| other.name != field.name) {
        cx.problems.error_with(
            place,
            format!("`{}` takes the whole body, and nothing is left for `{}`", field.name, other.name),
            "leave out `from` where the answer is documented, or all other fields where it is not",
        );
    }
    let type_place = table.get("type").map_or(place, Node::place);
    if !matches!(field.ty, Type::Text | Type::Blob) && !is_unresolved(field) {
        cx.problems.error_with(
            type_place,
            "a body is a text or bytes",
            "write `string!` for what is UTF-8, or `blob!` for whatever comes",
        );
    } else if !field.required && !is_unresolved(field) {
        cx.problems.error_with(type_place, "every answer has a body, if an empty one", "write a `!` behind the type");
    }
    for key in PLACES {
        if let Some(place) = table.key_place(key) {
            cx.problems.error(place, format!("`{key}` means nothing beside `from`"));
        }
    }
    if let Some(place) = root.key_place("result") {
        cx.problems.error(place, format!("`result` means nothing: `{}` takes the whole body", field.name));
    }
    true
}
