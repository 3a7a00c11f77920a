//! Which parts of an answer are time series, and how they are put on panels.
//!
//! A table is a time series when its rows have exactly one time and at least one number of their own. Rows of different records
//! around them (regions, resources) go on different panels, so do different units and different meters: one panel has one y axis.

use callsheet_spec::model::{Field, Group, Type};
use chrono::{DateTime, FixedOffset, Utc};

use crate::rows::{Cell, Content, Sheet, Table, members};

/// Lines that share both axes.
#[derive(Debug)]
pub(crate) struct Panel {
    /// What the lines have in common: a region, a meter.
    pub(crate) title: String,
    /// Unit of the y axis.
    pub(crate) unit: Option<String>,
    /// Zone of the x axis.
    pub(crate) zone: FixedOffset,
    /// From the first to the last time of all panels, which so have the same x axis.
    pub(crate) span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// In the order of the columns.
    pub(crate) lines: Vec<Line>,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Line {
    /// For the legend.
    pub(crate) name: String,
    /// In order of time; a gap has no value.
    pub(crate) points: Vec<(DateTime<Utc>, Option<f64>)>,
}

impl Line {
    /// The runs of points without a gap between them.
    pub(crate) fn runs(&self) -> Vec<Vec<(DateTime<Utc>, f64)>> {
        let gaps = self.points.split(|(_, value)| value.is_none());
        let runs = gaps.map(|run| run.iter().filter_map(|(time, value)| Some((*time, (*value)?))).collect::<Vec<_>>());
        runs.filter(|run| !run.is_empty()).collect()
    }
}

impl Panel {
    /// Least and greatest value.
    pub(crate) fn range(&self) -> Option<(f64, f64)> {
        let values = self.lines.iter().flat_map(|line| line.points.iter().filter_map(|(_, value)| *value));
        values.fold(None, |range, v| match range {
            None => Some((v, v)),
            Some((low, high)) => Some((v.min(low), v.max(high))),
        })
    }

    /// The panels of its lines, one for each.
    pub(crate) fn split(self) -> Vec<Self> {
        let Self { title, unit, zone, span, lines } = self;
        let panel = |line: Line| {
            let title = if title.is_empty() || line.name.starts_with(&title) {
                line.name.clone()
            } else {
                format!("{title} {}", line.name)
            };
            Self { title, unit: unit.clone(), zone, span, lines: vec![line] }
        };
        lines.into_iter().map(panel).collect()
    }
}

/// Whether answers with these fields can have a time series.
pub(crate) fn possible(group: &Group, fields: &[Field]) -> bool {
    in_fields(group, fields, &mut Vec::new())
}

fn in_fields<'a>(group: &'a Group, fields: &'a [Field], seen: &mut Vec<&'a str>) -> bool {
    fields.iter().any(|field| {
        let (item, repeated) = match &field.ty {
            Type::List(list) => (&list.item, true),
            Type::Map(map) => (&map.value, true),
            ty => (ty, false),
        };
        match item {
            Type::Series(_) => true,
            Type::Struct(name) if !seen.contains(&name.as_str()) => {
                seen.push(name);
                let inner = members(group, name);
                let has = |is: fn(&Type) -> bool| inner.iter().any(|field| is(&field.ty));
                repeated
                    && has(|ty| matches!(ty, Type::Timestamp(_)))
                    && has(|ty| matches!(ty, Type::Integer | Type::Float))
                    || in_fields(group, inner, seen)
            }
            _ => false,
        }
    })
}

/// The panels of all time series.
pub(crate) fn panels(sheet: &Sheet) -> Vec<Panel> {
    let mut panels: Vec<Panel> = sheet.tables.iter().flat_map(of_table).collect();
    for panel in &mut panels {
        panel.lines.retain(|line| line.points.iter().any(|(_, value)| value.is_some()));
        for line in &mut panel.lines {
            line.points.sort_by_key(|(time, _)| *time);
        }
    }
    panels.retain(|panel| !panel.lines.is_empty());
    let lines = panels.iter().flat_map(|panel| &panel.lines);
    let times = lines.flat_map(|line| line.points.iter().map(|(time, _)| *time));
    let span = times.clone().min().zip(times.max());
    panels.iter_mut().for_each(|panel| panel.span = span);
    panels
}

fn of_table(table: &Table) -> Vec<Panel> {
    let own = || table.columns.iter().enumerate().skip(table.own);
    let times: Vec<(usize, FixedOffset)> = own()
        .filter_map(|(at, column)| match column.content {
            Content::Time(zone) => Some((at, zone)),
            _ => None,
        })
        .collect();
    let [(time_at, zone)] = times[..] else { return Vec::new() };
    let numbers: Vec<usize> = own().filter(|(_, column)| column.content == Content::Number).map(|(at, _)| at).collect();
    let words: Vec<usize> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.content == Content::Text)
        .map(|(at, _)| at)
        .collect();

    let mut panels: Vec<(String, Option<String>, Option<String>, Panel)> = Vec::new();
    for row in &table.rows {
        let Some(Cell::Time(time)) = row.get(time_at) else { continue };
        let key: Vec<String> =
            words.iter().filter_map(|at| row.get(*at)).map(Cell::text).filter(|text| !text.is_empty()).collect();
        let key = key.join(" / ");
        for at in &numbers {
            let (Some(column), Some(cell)) = (table.columns.get(*at), row.get(*at)) else { continue };
            // another series has a sample at this time, and this one has not
            if column.series.is_some() && *cell == Cell::Absent {
                continue;
            }
            let point = (time.to_utc(), cell.number().filter(|v| v.is_finite()));
            let known = panels
                .iter_mut()
                .find(|(k, unit, series, _)| *k == key && *unit == column.unit && *series == column.series);
            let panel = match known {
                Some((_, _, _, panel)) => panel,
                None => {
                    let title = column.series.clone().unwrap_or_else(|| key.clone());
                    let panel = Panel { title, unit: column.unit.clone(), zone, span: None, lines: Vec::new() };
                    panels.push((key.clone(), column.unit.clone(), column.series.clone(), panel));
                    match panels.last_mut() {
                        Some((_, _, _, panel)) => panel,
                        None => continue,
                    }
                }
            };
            match panel.lines.iter_mut().find(|line| line.name == column.name) {
                Some(line) => line.points.push(point),
                None => panel.lines.push(Line { name: column.name.clone(), points: vec![point] }),
            }
        }
    }
    panels.into_iter().map(|(_, _, _, panel)| panel).collect()
}
