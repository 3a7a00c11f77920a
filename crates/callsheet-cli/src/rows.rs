//! Answers as rows: what tables, CSV and charts are made of.
//!
//! An answer is a tree. Here it becomes facts (single values) and tables with one row per innermost record, in which the values of
//! the records around it are repeated: one row per sample of every region, with the region's name in front. Monitor series become
//! one row per time and one column per meter.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use callsheet::schema::{Kind, TimeFormat};
use callsheet::series::{Sample, Series};
use callsheet::value::{Record, Ref};
use callsheet_spec::model::{Field, Group, NamedKind, Type};
use chrono::{DateTime, FixedOffset, Offset as _, TimeDelta, Utc};

use crate::words::count;

/// An answer as rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    /// Values that stand alone.
    pub(crate) facts: Vec<(Column, Cell)>,
    /// Lists of records.
    pub(crate) tables: Vec<Table>,
    /// What has to be said about them.
    pub(crate) notes: Vec<String>,
    /// Whether it has only what was named.
    pub(crate) is_selected: bool,
}

/// Rows of the same columns.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Path of the list: `Region.Data`.
    pub(crate) name: String,
    /// What the cells of a row are.
    pub(crate) columns: Vec<Column>,
    /// Columns before this one belong to records around that of the row.
    pub(crate) own: usize,
    /// Cells in the order of the columns.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// What the cells of a column are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Column {
    /// Name in the spec; with the path when it comes from a record around that of the row.
    pub(crate) name: String,
    /// Unit of the numbers.
    pub(crate) unit: Option<String>,
    /// The series that a part belongs to: `traffic` of `traffic[0]`.
    pub(crate) series: Option<String>,
    /// What the cells hold, as far as it matters for layout.
    pub(crate) content: Content,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Content {
    /// Words.
    #[default]
    Text,
    /// Numbers.
    Number,
    /// Times, shown in the zone of the field.
    Time(FixedOffset),
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// The answer has none.
    Absent,
    /// The answer says that there is none: a gap in a series.
    Missing,
    /// Words, or anything that has no better form.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// An instant.
    Time(DateTime<FixedOffset>),
}

impl Cell {
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(v) => Some(*v as f64),
            Self::Number(v) => Some(*v),
            _ => None,
        }
    }

    /// For tables and CSV. Times are RFC 3339.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Absent | Self::Missing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(v) => v.to_string(),
            Self::Number(v) => v.to_string(),
            Self::Time(v) => v.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        }
    }
}

impl Column {
    /// As a heading: with unit or zone.
    pub(crate) fn heading(&self) -> String {
        match (&self.unit, self.content) {
            (_, Content::Time(zone)) => format!("{} ({})", self.name, zone_name(zone)),
            (Some(unit), _) => format!("{} ({unit})", self.name),
            _ => self.name.clone(),
        }
    }

    /// Whether the user means this column: by full name, by its last part, or by its series.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let last = self.name.rsplit('.').next().unwrap_or_default();
        [self.name.as_str(), last].iter().any(|own| own.eq_ignore_ascii_case(name))
            || self.series.as_ref().is_some_and(|series| series.eq_ignore_ascii_case(name))
    }
}

/// `UTC`, `UTC+08:00`
pub(crate) fn zone_name(zone: FixedOffset) -> String {
    if zone.local_minus_utc() == 0 { "UTC".to_owned() } else { format!("UTC{zone}") }
}

/// The zone in which times of a format are shown.
pub(crate) fn zone_of(format: TimeFormat, inherited: TimeFormat) -> FixedOffset {
    let offset = match (format, inherited) {
        (TimeFormat::Pattern { offset, .. }, _) | (TimeFormat::Inherit, TimeFormat::Pattern { offset, .. }) => offset,
        _ => 0,
    };
    FixedOffset::east_opt(offset).unwrap_or_else(|| Utc.fix())
}

impl Sheet {
    /// Keeps the named columns, and the tables that have one of their own. Gives the names that no column has.
    pub(crate) fn select(&mut self, names: &[String]) -> Vec<String> {
        self.pick(names, false)
    }

    /// As [`Sheet::select`], for a chart: the times and what tells its lines apart stay.
    pub(crate) fn select_drawn(&mut self, names: &[String]) -> Vec<String> {
        self.pick(names, true)
    }

    fn pick(&mut self, names: &[String], with_keys: bool) -> Vec<String> {
        if names.is_empty() {
            return Vec::new();
        }
        self.is_selected = true;
        let is_named = |column: &Column| names.iter().any(|name| column.is_called(name));
        let unknown =
            names.iter().filter(|name| !self.columns().any(|column| column.is_called(name))).cloned().collect();
        let owned = |table: &Table, name: &str| table.columns.iter().skip(table.own).any(|own| own.is_called(name));
        // where a column is a table's own, tables that repeat it in front of theirs are not meant
        let repeated: Vec<&String> =
            names.iter().filter(|name| !self.tables.iter().any(|table| owned(table, name))).collect();
        self.tables.retain(|table| {
            names.iter().any(|name| owned(table, name))
                || table.columns.iter().any(|column| repeated.iter().any(|name| column.is_called(name)))
        });
        self.facts.retain(|(column, _)| is_named(column));
        for table in &mut self.tables {
            let is_key = |at: usize, column: &Column| {
                with_keys && (at < table.own || matches!(column.content, Content::Time(_)))
            };
            let kept: Vec<bool> =
                table.columns.iter().enumerate().map(|(at, column)| is_key(at, column) || is_named(column)).collect();
            // times at which only other series have samples
            let has_series = table.columns.iter().any(|column| column.series.is_some() && is_named(column));
            let columns = &table.columns;
            table.rows.retain(|row| {
                !has_series
                    || row
                        .iter()
                        .zip(columns)
                        .any(|(cell, column)| column.series.is_some() && is_named(column) && *cell != Cell::Absent)
            });
            table.own = kept.iter().take(table.own).filter(|kept| **kept).count();
            retain_where(&kept, &mut table.columns);
            table.rows.iter_mut().for_each(|row| retain_where(&kept, row));
        }
        unknown
    }

    /// Puts another answer behind this one; `name` tells its facts and tables from those that are there.
    pub(crate) fn append(&mut self, name: &str, other: Self) {
        let facts = other.facts.into_iter().map(|(column, cell)| {
            let full = format!("{name}.{}", column.name);
            (Column { name: full, ..column }, cell)
        });
        self.facts.extend(facts);
        let tables = other.tables.into_iter().map(|table| Table { name: format!("{name}.{}", table.name), ..table });
        self.tables.extend(tables);
        self.notes.extend(other.notes);
    }

    /// The names of all columns.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.columns().map(|column| column.name.as_str()).collect()
    }

    fn columns(&self) -> impl Iterator<Item = &Column> {
        let facts = self.facts.iter().map(|(column, _)| column);
        facts.chain(self.tables.iter().flat_map(|table| &table.columns))
    }
}

/// Keeps the items whose place says so.
fn retain_where<T>(kept: &[bool], items: &mut Vec<T>) {
    let mut kept = kept.iter();
    items.retain(|_| kept.next().copied().unwrap_or_default());
}

/// Whether an answer itself names some of its columns: series are called what it calls them, entries of maps have keys.
pub(crate) fn are_named_by_answers(group: &Group, fields: &[Field]) -> bool {
    fn any<'a>(group: &'a Group, fields: &'a [Field], seen: &mut Vec<&'a str>) -> bool {
        fields.iter().any(|field| {
            let name = match &field.ty {
                Type::Series(_) => return true,
                Type::Map(map) if matches!(map.value, Type::Struct(_)) => return true,
                Type::List(list) => match &list.item {
                    Type::Struct(name) => name,
                    _ => return false,
                },
                Type::Struct(name) => name,
                _ => return false,
            };
            let is_new = !seen.contains(&name.as_str());
            seen.push(name);
            is_new && any(group, members(group, name), seen)
        })
    }
    any(group, fields, &mut Vec::new())
}

/// What rows are made with, beside the answer itself.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Named types of the action.
    pub(crate) group: &'a Group,
    /// The request: it says how series are spaced.
    pub(crate) input: &'a dyn Record,
    /// How timestamps of the answer are read where a field does not say otherwise.
    pub(crate) timestamps: TimeFormat,
}

impl Context<'_> {
    /// The distance between two samples, as the request has it.
    pub(crate) fn step(&self, parameter: &str) -> Option<TimeDelta> {
        let index = self.input.shape().fields().iter().position(|field| field.name == parameter)?;
        match self.input.get(index) {
            Ref::Text(text) => callsheet::series::step(text),
            Ref::Int(seconds) if seconds > 0 => TimeDelta::try_seconds(seconds),
            _ => None,
        }
    }
}

/// Spreads an answer over rows.
pub(crate) fn sheet(context: Context<'_>, fields: &[Field], answer: &dyn Record) -> Sheet {
    let mut spread = Spread { context, tables: Vec::new(), notes: Vec::new() };
    let parts = Parts::of(context.group, fields);
    let columns = spread.columns(&parts, "");
    let facts = columns.into_iter().zip(spread.cells(&parts, Some(answer))).collect();
    for branch in &parts.branches {
        let value = follow(Some(answer), &branch.path);
        spread.branch(branch, "", &[], false, vec![(Vec::new(), value)]);
    }
    Sheet { facts, tables: spread.tables, notes: spread.notes, is_selected: false }
}

/// The fields of a structure, told apart: those that make cells, and those that make rows.
struct Parts<'a> {
    leaves: Vec<Part<'a>>,
    branches: Vec<Part<'a>>,
}

/// A field, reached through structures: `["Owner", "Name"]`.
struct Part<'a> {
    path: Vec<&'a str>,
    field: &'a Field,
}

/// Structures in structures are followed this deep; what is deeper is shown as JSON.
const DEPTH: usize = 6;

impl<'a> Parts<'a> {
    fn of(group: &'a Group, fields: &'a [Field]) -> Self {
        let mut parts = Self { leaves: Vec::new(), branches: Vec::new() };
        parts.add(group, fields, &[]);
        parts
    }

    fn add(&mut self, group: &'a Group, fields: &'a [Field], outer: &[&'a str]) {
        for field in fields {
            let mut path = outer.to_vec();
            path.push(&field.name);
            match &field.ty {
                Type::Struct(name) if path.len() < DEPTH => self.add(group, members(group, name), &path),
                Type::Series(_) => self.branches.push(Part { path, field }),
                Type::List(list) if matches!(list.item, Type::Struct(_)) => self.branches.push(Part { path, field }),
                Type::Map(map) if matches!(map.value, Type::Struct(_)) => self.branches.push(Part { path, field }),
                _ => self.leaves.push(Part { path, field }),
            }
        }
    }
}

/// The fields of a named structure.
pub(crate) fn members<'a>(group: &'a Group, name: &str) -> &'a [Field] {
    match group.types.get(name).map(|ty| &ty.kind) {
        Some(NamedKind::Struct(fields) | NamedKind::Union(fields)) => fields,
        _ => &[],
    }
}

/// The value at a path of field names.
fn follow<'a>(record: Option<&'a dyn Record>, path: &[&str]) -> Ref<'a> {
    let Some((first, rest)) = path.split_first() else { return Ref::Absent };
    let Some(record) = record else { return Ref::Absent };
    let Some(index) = record.shape().fields().iter().position(|field| field.name == *first) else { return Ref::Absent };
    match record.get(index) {
        value if rest.is_empty() => value,
        Ref::Record(inner) => follow(Some(inner), rest),
        _ => Ref::Absent,
    }
}

fn kind_at(record: &dyn Record, path: &[&str]) -> Option<Kind> {
    let mut fields = record.shape().fields();
    let (last, outer) = path.split_last()?;
    for name in outer {
        match fields.iter().find(|field| field.name == *name)?.kind {
            Kind::Record(shape) => fields = shape.fields(),
            _ => return None,
        }
    }
    Some(fields.iter().find(|field| field.name == *last)?.kind)
}

struct Spread<'a> {
    context: Context<'a>,
    tables: Vec<Table>,
    notes: Vec<String>,
}

impl Spread<'_> {
    fn columns(&self, parts: &Parts<'_>, prefix: &str) -> Vec<Column> {
        let column = |part: &Part<'_>| Column {
            name: format!("{prefix}{}", part.path.join(".")),
            unit: part.field.unit.clone(),
            series: None,
            content: self.content(&part.field.ty),
        };
        parts.leaves.iter().map(column).collect()
    }

    fn content(&self, ty: &Type) -> Content {
        match ty {
            Type::Integer | Type::Float => Content::Number,
            Type::Timestamp(format) => Content::Time(self.zone(format.as_ref())),
            _ => Content::Text,
        }
    }

    fn zone(&self, format: Option<&callsheet_spec::model::TimeFormat>) -> FixedOffset {
        match format {
            Some(callsheet_spec::model::TimeFormat::Pattern { offset, .. }) => {
                FixedOffset::east_opt(*offset).unwrap_or_else(|| Utc.fix())
            }
            Some(_) => Utc.fix(),
            None => zone_of(TimeFormat::Inherit, self.context.timestamps),
        }
    }

    fn cells(&self, parts: &Parts<'_>, record: Option<&dyn Record>) -> Vec<Cell> {
        let cell = |part: &Part<'_>| {
            let kind = record.and_then(|record| kind_at(record, &part.path));
            self.cell(kind, follow(record, &part.path))
        };
        parts.leaves.iter().map(cell).collect()
    }

    fn cell(&self, kind: Option<Kind>, value: Ref<'_>) -> Cell {
        match value {
            Ref::Absent => Cell::Absent,
            Ref::Bool(v) => Cell::Text(v.to_string()),
            Ref::Int(v) => Cell::Integer(v),
            Ref::Float(v) => Cell::Number(v),
            Ref::Text(v) => Cell::Text(v.to_owned()),
            Ref::Blob(v) => Cell::Text(BASE64.encode(v)),
            Ref::Time(v) => {
                let format = match kind {
                    Some(Kind::Time(format)) => format,
                    _ => TimeFormat::Inherit,
                };
                Cell::Time(v.with_timezone(&zone_of(format, self.context.timestamps)))
            }
            Ref::Json(v) => Cell::Text(v.text()),
            Ref::List(items) => {
                let item = match kind {
                    Some(Kind::List(list)) => Some(list.item),
                    _ => None,
                };
                let texts: Vec<String> = (0..items.len()).map(|i| self.cell(item, items.get(i)).text()).collect();
                Cell::Text(texts.join(", "))
            }
            Ref::Map(entries) => {
                let item = match kind {
                    Some(Kind::Map(map)) => Some(map.value),
                    _ => None,
                };
                let mut texts = Vec::new();
                entries.visit(&mut |key, value| texts.push(format!("{key}={}", self.cell(item, value).text())));
                Cell::Text(texts.join(", "))
            }
            Ref::Series(_) | Ref::Record(_) => Cell::Text(crate::render::json::compact(self.context, kind, value)),
        }
    }

    /// Rows of a list, map or series; `rows` are the records around it, with the cells that they give. With `all`, those that have nothing
    /// below them get a row too.
    fn branch(
        &mut self,
        branch: &Part<'_>,
        prefix: &str,
        outer: &[Column],
        all: bool,
        rows: Vec<(Vec<Cell>, Ref<'_>)>,
    ) {
        let name = format!("{prefix}{}", branch.path.join("."));
        match &branch.field.ty {
            Type::Series(info) => self.series(name, branch.field.unit.clone(), info.step.as_deref(), outer, rows),
            Type::List(list) => {
                if let Type::Struct(item) = &list.item {
                    let mut items = Vec::new();
                    for (cells, value) in rows {
                        match value {
                            Ref::List(list) if !list.is_empty() => {
                                items.extend((0..list.len()).map(|i| (cells.clone(), record_of(list.get(i)))));
                            }
                            _ if all => items.push((cells, None)),
                            _ => {}
                        }
                    }
                    self.records(&name, item, outer, items);
                }
            }
            Type::Map(map) => {
                if let Type::Struct(item) = &map.value {
                    let mut outer = outer.to_vec();
                    outer.push(Column { name: format!("{name} key"), ..Column::default() });
                    let mut keys: Vec<(Vec<Cell>, String, Ref<'_>)> = Vec::new();
                    for (cells, value) in &rows {
                        if let Ref::Map(entries) = value {
                            entries.visit(&mut |key, _| keys.push((cells.clone(), key.to_owned(), *value)));
                        }
                    }
                    self.map(&name, item, &outer, keys);
                }
            }
            _ => {}
        }
    }

    /// The entries of maps, one by one: they can be seen only while the map is visited.
    fn map(&mut self, name: &str, item: &str, outer: &[Column], keys: Vec<(Vec<Cell>, String, Ref<'_>)>) {
        let first = self.tables.len();
        for (mut cells, key, map) in keys {
            cells.push(Cell::Text(key.clone()));
            if let Ref::Map(entries) = map {
                entries.visit(&mut |found, value| {
                    if found == key {
                        let start = self.tables.len();
                        self.records(name, item, outer, vec![(cells.clone(), record_of(value))]);
                        self.merge(first, start);
                    }
                });
            }
        }
    }

    /// Joins the tables from `start` on with those of the same name from `first` on.
    fn merge(&mut self, first: usize, start: usize) {
        for table in self.tables.split_off(start) {
            match self.tables.iter_mut().skip(first).find(|known| known.name == table.name) {
                Some(known) if known.columns == table.columns => known.rows.extend(table.rows),
                _ => self.tables.push(table),
            }
        }
    }

    fn records(&mut self, name: &str, item: &str, outer: &[Column], items: Vec<(Vec<Cell>, Option<&dyn Record>)>) {
        let group = self.context.group;
        let parts = Parts::of(group, members(group, item));
        let single = parts.branches.len() == 1;
        if !single {
            let mut columns = outer.to_vec();
            let own = columns.len();
            columns.extend(self.columns(&parts, ""));
            let rows = items.iter().map(|(cells, record)| {
                let mut row = cells.clone();
                row.extend(self.cells(&parts, *record));
                row
            });
            let rows = rows.collect();
            self.tables.push(Table { name: name.to_owned(), columns, own, rows });
        }
        // what identifies a record below: everything where there is one kind of rows, the first value where there are several
        let keys = if single { parts.leaves.len() } else { parts.leaves.len().min(1) };
        let prefix = format!("{name}.");
        let mut below = outer.to_vec();
        below.extend(self.columns(&parts, &prefix).into_iter().take(keys));
        for branch in &parts.branches {
            let rows = items.iter().map(|(cells, record)| {
                let mut cells = cells.clone();
                cells.extend(self.cells(&parts, *record).into_iter().take(keys));
                (cells, follow(*record, &branch.path))
            });
            let rows = rows.collect();
            self.branch(branch, &prefix, &below, single, rows);
        }
    }

    /// One row per time, one column per series and part.
    fn series(
        &mut self,
        name: String,
        unit: Option<String>,
        step: Option<&str>,
        outer: &[Column],
        rows: Vec<(Vec<Cell>, Ref<'_>)>,
    ) {
        let distance = step.and_then(|parameter| self.context.step(parameter));
        let timeless = |value: &Ref<'_>| matches!(value, Ref::Series(series) if !has_times(series, distance));
        if rows.iter().any(|(_, value)| timeless(value)) {
            let why = step.map(|step| format!("; the parameter {step} says how they are spaced")).unwrap_or_default();
            self.notes.push(format!("the samples of {name} have no times{why}"));
            let mut columns = outer.to_vec();
            columns.push(Column { name: name.clone(), ..Column::default() });
            let rows = rows.into_iter().map(|(mut cells, value)| {
                cells.push(self.cell(None, value));
                cells
            });
            let rows = rows.collect();
            self.tables.push(Table { name, own: columns.len() - 1, columns, rows });
            return;
        }
        let mut columns =
            vec![Column { name: "time".to_owned(), content: Content::Time(Utc.fix()), ..Column::default() }];
        let mut by_time: BTreeMap<DateTime<Utc>, Vec<(usize, Cell)>> = BTreeMap::new();
        for (cells, value) in rows {
            let Ref::Series(series) = value else { continue };
            let texts: Vec<String> = cells.iter().map(Cell::text).filter(|text| !text.is_empty()).collect();
            let label = if texts.is_empty() { name.clone() } else { texts.join("/") };
            let samples: Vec<(DateTime<Utc>, Vec<Cell>)> = points(series, distance);
            let beyond = series.len() - samples.len();
            if beyond > 0 {
                let samples = count(beyond, "sample");
                self.notes
                    .push(format!("{samples} of {label} at times that no calendar has; --output json has everything"));
            }
            let parts = samples.iter().map(|(_, cells)| cells.len()).max().unwrap_or(1);
            let first = columns.len();
            for part in 0..parts {
                columns.push(Column {
                    name: if parts == 1 { label.clone() } else { format!("{label}[{part}]") },
                    unit: unit.clone(),
                    series: Some(label.clone()),
                    content: Content::Number,
                });
            }
            for (time, mut cells) in samples {
                // a gap is one in every part
                if cells == [Cell::Missing] {
                    cells = vec![Cell::Missing; parts];
                }
                let row = by_time.entry(time).or_default();
                row.extend(cells.into_iter().enumerate().map(|(part, cell)| (first + part, cell)));
            }
        }
        let width = columns.len();
        let rows = by_time.into_iter().map(|(time, cells)| {
            let mut row = vec![Cell::Absent; width];
            if let Some(cell) = row.first_mut() {
                *cell = Cell::Time(time.fixed_offset());
            }
            for (at, cell) in cells {
                if let Some(place) = row.get_mut(at) {
                    *place = cell;
                }
            }
            row
        });
        let rows = rows.collect();
        self.tables.push(Table { name, columns, own: 0, rows });
    }
}

fn record_of(value: Ref<'_>) -> Option<&dyn Record> {
    match value {
        Ref::Record(record) => Some(record),
        _ => None,
    }
}

/// The samples of a series at their times. Where the request names no step, only items that carry their distance have a time.
pub(crate) fn points(series: &Series, step: Option<TimeDelta>) -> Vec<(DateTime<Utc>, Vec<Cell>)> {
    if !has_times(series, step) {
        return Vec::new();
    }
    let step = step.unwrap_or_default();
    series.points(step).map(|point| (point.time, parts(&point.sample))).collect()
}

fn has_times(series: &Series, step: Option<TimeDelta>) -> bool {
    step.is_some() || series.items().all(|item| item.jump.is_some())
}

fn parts(sample: &Sample) -> Vec<Cell> {
    let word = |text: &str| match (text.parse(), text.parse()) {
        (Ok(v), _) => Cell::Integer(v),
        (_, Ok(v)) => Cell::Number(v),
        _ => Cell::Text(text.to_owned()),
    };
    match sample {
        Sample::Missing => vec![Cell::Missing],
        Sample::Int(v) => vec![Cell::Integer(*v)],
        Sample::Float(v) => vec![Cell::Number(*v)],
        Sample::IntPair(pair) => pair.iter().map(|v| Cell::Integer(*v)).collect(),
        Sample::FloatPair(pair) => pair.iter().map(|v| Cell::Number(*v)).collect(),
        Sample::Text(text) => text.split('|').map(|part| word(part.trim())).collect(),
        Sample::List(samples) => samples.iter().flat_map(parts).collect(),
    }
}
