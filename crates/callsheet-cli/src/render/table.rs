//! Answers as tables for people.

use comfy_table::presets::{NOTHING, UTF8_FULL_CONDENSED};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, TableStyle, Width};

use crate::rows::{Cell, Column, Content, Sheet, Table};
use crate::terminal::{FAINT, HEADING, clean};

/// Facts, then tables. `width` is that of the terminal; without one, columns take the room that they need.
pub(crate) fn render(sheet: &Sheet, width: Option<usize>) -> String {
    let mut parts = Vec::new();
    let facts: Vec<&(Column, Cell)> = sheet.facts.iter().filter(|(_, cell)| *cell != Cell::Absent).collect();
    if !facts.is_empty() {
        let mut table = new(NOTHING, width);
        for (column, cell) in facts {
            table.add_row([column.heading(), shown(cell, true)]);
        }
        parts.push(trimmed(&table.to_string()));
    }
    for table in &sheet.tables {
        let mut part = String::new();
        if sheet.tables.len() > 1 {
            part.push_str(&format!("{HEADING}{}{HEADING:#}\n", table.name));
        }
        let has_values = || table.rows.iter().flatten().any(|cell| *cell != Cell::Absent);
        if table.rows.is_empty() || sheet.is_selected && !has_values() {
            let name = if sheet.tables.len() > 1 { String::new() } else { format!("{}: ", table.name) };
            part.push_str(&format!("{FAINT}{name}none{FAINT:#}"));
        } else {
            part.push_str(&grid(table, width));
        }
        parts.push(part);
    }
    let mut text = parts.join("\n\n");
    if text.is_empty() {
        text.push_str(match sheet.is_selected {
            true => "The answer has nothing in these columns.",
            false => "The answer says nothing but that the call was done.",
        });
    }
    text.push('\n');
    text
}

/// The columns of a table that has some content, and how they are laid out.
struct Layout<'a> {
    at: usize,
    column: &'a Column,
    cells: Vec<String>,
    /// The heading, in the pieces between which it may be broken.
    words: Vec<String>,
    /// As narrow as it can be read.
    least: usize,
    /// Says what the row is about: repeated where the table is too wide and its columns are shown in several parts.
    key: bool,
}

/// Texts longer than this may be wrapped.
const LONG: usize = 32;

impl<'a> Layout<'a> {
    fn of(table: &'a Table, at: usize, column: &'a Column) -> Option<Self> {
        if table.rows.iter().all(|row| row.get(at).is_none_or(|cell| *cell == Cell::Absent)) {
            return None;
        }
        // seconds only where there are any
        let seconds = table
            .rows
            .iter()
            .any(|row| matches!(row.get(at), Some(Cell::Time(time)) if time.timestamp_millis() % 60_000 != 0));
        let cells: Vec<String> =
            table.rows.iter().map(|row| row.get(at).map_or_else(String::new, |cell| shown(cell, seconds))).collect();
        let words = pieces(&clean(&column.heading()));
        let widest = cells.iter().map(|cell| width_of(cell)).max().unwrap_or_default();
        let widest = if column.content == Content::Text { widest.min(LONG) } else { widest };
        let least = words.iter().map(|word| width_of(word.trim_end())).max().unwrap_or_default().max(widest);
        Some(Self { at, column, cells, words, least, key: false })
    }
}

/// Between two cells.
const GAP: usize = 3;

/// More parts than this are harder to read than one record below the other.
const MOST_PARTS: usize = 3;

fn grid(table: &Table, width: Option<usize>) -> String {
    let columns = table.columns.iter().enumerate();
    let mut columns: Vec<Layout<'_>> = columns.filter_map(|(at, column)| Layout::of(table, at, column)).collect();
    mark_keys(table, &mut columns);
    let all: Vec<&Layout<'_>> = columns.iter().collect();
    let Some(width) = width else { return part(&all, table.rows.len(), None) };
    let needs = |columns: &[&Layout<'_>]| 1 + columns.iter().map(|column| column.least + GAP).sum::<usize>();
    if needs(&all) <= width {
        return part(&all, table.rows.len(), Some(width));
    }
    // several parts, in each of which the keys are repeated
    let (keys, others): (Vec<_>, Vec<_>) = all.iter().copied().partition(|column| column.key);
    let fits = |some: &[&Layout<'_>]| needs(&keys) + needs(some) - 1 <= width;
    let Some(count) = (2..=MOST_PARTS).find(|count| others.chunks(others.len().div_ceil(*count).max(1)).all(fits))
    else {
        return records(table, &all, width);
    };
    let parts = others.chunks(others.len().div_ceil(count).max(1)).map(|some| {
        let mut columns = [keys.as_slice(), some].concat();
        columns.sort_by_key(|column| column.at);
        part(&columns, table.rows.len(), Some(width))
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// What says which row it is: the records around it, and its time where it has one, else its first column.
fn mark_keys(table: &Table, columns: &mut [Layout<'_>]) {
    let own = table.own;
    let is_time = |column: &Layout<'_>| column.at >= own && matches!(column.column.content, Content::Time(_));
    let one_time = columns.iter().filter(|column| is_time(column)).count() == 1;
    let first = columns.iter().find(|column| column.at >= own).map(|column| column.at);
    for column in columns {
        column.key = column.at < own || if one_time { is_time(column) } else { Some(column.at) == first };
    }
}

/// One record below the other, one line per value.
fn records(table: &Table, columns: &[&Layout<'_>], width: usize) -> String {
    let mut list = new(NOTHING, Some(width));
    for (index, row) in table.rows.iter().enumerate() {
        if index > 0 {
            list.add_row(["", ""]);
        }
        for column in columns {
            let absent = row.get(column.at).is_none_or(|cell| *cell == Cell::Absent);
            if let (false, Some(cell)) = (absent, column.cells.get(index)) {
                list.add_row([clean(&column.column.heading()), cell.clone()]);
            }
        }
    }
    trimmed(&list.to_string())
}

/// Some columns of a table. Headings get as many lines as they need, numbers and times are not broken.
fn part(columns: &[&Layout<'_>], rows: usize, width: Option<usize>) -> String {
    let mut grid = new(UTF8_FULL_CONDENSED, width);
    let heading = |longest: usize| -> Vec<String> {
        columns.iter().map(|column| packed(&column.words, longest.max(column.least))).collect()
    };
    let needs = |headings: &[String]| -> usize {
        let widths = headings.iter().zip(columns).map(|(heading, column)| {
            let heading = heading.lines().map(width_of).max().unwrap_or_default();
            heading.max(column.least) + GAP
        });
        1 + widths.sum::<usize>()
    };
    let longest = match width {
        None => usize::MAX,
        Some(width) => (1..=60).rev().find(|longest| needs(&heading(*longest)) <= width).unwrap_or_default(),
    };
    grid.set_header(heading(longest));
    for (position, column) in columns.iter().enumerate() {
        let Some(target) = grid.column_mut(position) else { continue };
        if column.column.content == Content::Number {
            target.set_cell_alignment(CellAlignment::Right);
        }
        if column.column.content != Content::Text {
            let least = u16::try_from(column.least + 2).unwrap_or(u16::MAX);
            target.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        }
    }
    for row in 0..rows {
        grid.add_row(columns.iter().map(|column| column.cells.get(row).cloned().unwrap_or_default()));
    }
    grid.to_string()
}

/// `NonInternetUploadBW (B/s)` as `Non`, `Internet`, `Upload`, `BW `, `(B/s)`.
fn pieces(heading: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut before = ' ';
    for c in heading.chars() {
        let breaks = matches!(before, ' ' | '.' | '_' | '/' | '-') || (before.is_lowercase() && c.is_uppercase());
        // what stands in brackets stays together
        let inside = pieces.last().is_some_and(|piece| piece.starts_with('('));
        if breaks && !inside && pieces.last().is_some_and(|piece| !piece.is_empty()) {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
        before = c;
    }
    pieces
}

/// The pieces on lines of at most this width.
fn packed(pieces: &[String], width: usize) -> String {
    let mut lines = vec![String::new()];
    for piece in pieces {
        let fits =
            lines.last().is_some_and(|line| line.is_empty() || width_of(line) + width_of(piece.trim_end()) <= width);
        if !fits {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(piece);
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn width_of(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// A table without content. Texts wrap where the terminal ends.
pub(crate) fn new(style: TableStyle, width: Option<usize>) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(style);
    match width {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    table
}

/// Without the blanks that a table without lines has at both ends of its lines.
pub(crate) fn trimmed(table: &str) -> String {
    let lines: Vec<&str> = table.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    lines.join("\n")
}

fn shown(cell: &Cell, seconds: bool) -> String {
    match cell {
        Cell::Missing => "NA".to_owned(),
        Cell::Time(time) if !seconds => time.format("%Y-%m-%d %H:%M").to_string(),
        Cell::Time(time) => time.format("%Y-%m-%d %H:%M:%S%.f").to_string(),
        cell => clean(&cell.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_break_between_words() {
        let pieces = pieces("NonInternetUploadBW (B/s)");
        assert_eq!(pieces, ["Non", "Internet", "Upload", "BW ", "(B/s)"]);
        assert_eq!(packed(&pieces, 8), "Non\nInternet\nUploadBW\n(B/s)");
        assert_eq!(packed(&pieces, 100), "NonInternetUploadBW (B/s)");
        assert_eq!(super::pieces("Date (UTC+08:00)"), ["Date ", "(UTC+08:00)"]);
    }
}
