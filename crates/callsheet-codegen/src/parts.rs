//! Modules that are too large for one file.

use callsheet_spec::model::{Group, NamedKind};

/// Lines of a file, more or less: a part ends with the first item that reaches it.
const LINES: usize = 2500;

/// Whether the module of a group gets several files.
pub(crate) fn is_large(group: &Group) -> bool {
    // a field has a line of documentation and one of code, one in the table, and setters where it is sent
    const OF_FIELD: usize = 9;
    const OF_STRUCTURE: usize = 25;
    let of_fields = |count: usize| OF_STRUCTURE + count * OF_FIELD;
    let actions: usize =
        group.actions.iter().map(|action| of_fields(action.input.len()) + of_fields(action.output.len())).sum();
    let types = group.types.values().map(|named| match &named.kind {
        NamedKind::Struct(fields) | NamedKind::Union(fields) => of_fields(fields.len()),
        NamedKind::Enum(values) => 2 * values.len(),
    });
    actions + types.sum::<usize>() > 2 * LINES
}

/// Items put together to files, each with its name: `actions_01`.
pub(crate) fn of(stem: &str, items: Vec<String>) -> impl Iterator<Item = (String, String)> {
    let mut parts: Vec<(usize, String)> = Vec::new();
    for item in items {
        let lines = item.lines().count();
        match parts.last_mut() {
            Some((count, text)) if *count < LINES => {
                *count += lines;
                text.push_str(&item);
            }
            _ => parts.push((lines, item)),
        }
    }
    let stem = stem.to_owned();
    parts.into_iter().enumerate().map(move |(number, (_, text))| (format!("{stem}_{:02}", number + 1), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stay_whole_and_in_order() {
        let items: Vec<String> = (0..5).map(|number| format!("// {number}\n").repeat(1000)).collect();
        let parts: Vec<(String, usize)> =
            of("types", items.clone()).map(|(name, text)| (name, text.lines().count())).collect();
        assert_eq!(parts, [("types_01".to_owned(), 3000), ("types_02".to_owned(), 2000)]);
        let all: String = of("types", items.clone()).map(|(_, text)| text).collect();
        assert_eq!(all, items.concat());
        assert_eq!(of("types", Vec::new()).count(), 0);
    }
}
