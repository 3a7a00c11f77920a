//! Answers as CSV: the rows of one table.

use csv::Writer;

use crate::exit::{Code, Failure};
use crate::rows::{Cell, Content, Sheet, Table};

/// A table with a header line: the one called `main`, else that with most rows; the facts if there is no table. Gives a note on
/// what is left out.
pub(crate) fn render(sheet: &Sheet, main: Option<&str>) -> Result<(String, Option<String>), Failure> {
    let main = sheet.tables.iter().find(|table| main == Some(table.name.as_str()));
    // of several that are as long, the first: what is below a record is not worth more than the record
    let longest = || sheet.tables.iter().rev().max_by_key(|table| table.rows.len());
    let table = main.or_else(longest);
    // those that were named; without names, tables are what CSV is for
    let facts = sheet.facts.iter().filter(|_| sheet.is_selected && table.is_some()).map(|(column, _)| &*column.name);
    let others: Vec<&str> = sheet
        .tables
        .iter()
        .filter(|other| !other.rows.is_empty() && !table.is_some_and(|table| std::ptr::eq(table, *other)))
        .map(|table| table.name.as_str())
        .chain(facts)
        .collect();
    let note = (!others.is_empty()).then(|| format!("CSV holds one table; not in it: {}", others.join(", ")));
    Ok((text(sheet, table)?, note))
}

fn text(sheet: &Sheet, table: Option<&Table>) -> Result<String, Failure> {
    let mut writer = Writer::from_writer(Vec::new());
    let failure = |error: csv::Error| Failure::new(Code::Answer, error.to_string());
    match table {
        Some(table) => {
            writer.write_record(table.columns.iter().map(|column| &column.name)).map_err(failure)?;
            for row in &table.rows {
                let cells = row.iter().zip(&table.columns).map(|(cell, column)| field(cell, column.content));
                writer.write_record(cells).map_err(failure)?;
            }
        }
        None if sheet.facts.is_empty() => {}
        None => {
            writer.write_record(sheet.facts.iter().map(|(column, _)| &column.name)).map_err(failure)?;
            let cells = sheet.facts.iter().map(|(column, cell)| field(cell, column.content));
            writer.write_record(cells).map_err(failure)?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| Failure::new(Code::Answer, error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Texts that a spreadsheet would run as a formula get a quote in front; numbers stay numbers.
fn field(cell: &Cell, content: Content) -> String {
    let text = cell.text();
    match (cell, content) {
        (Cell::Text(_), Content::Text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        _ => text,
    }
}
