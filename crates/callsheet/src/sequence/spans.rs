//! Spans of time that are too long for one call.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{copy, path};
use crate::error::Error;
use crate::schema::{Join, Operation, Window};
use crate::value::{Action, Record, Ref, Slot};

/// An action that reads a span of time, of which one call covers a part only.
pub trait Windowed: Action + Clone {}

/// Cuts the span of an action into spans that one call covers, from the earliest to the latest.
///
/// Both ends of a span belong to it, so each begins one step behind the one before: no sample comes twice, none is missing.
#[derive(Clone, Debug)]
pub struct Spans {
    window: &'static Window,
    step: TimeDelta,
    /// From the begin to the end of a full span.
    reach: TimeDelta,
    /// Begin of the next span; `None` after the last one.
    next: Option<DateTime<Utc>>,
    end: DateTime<Utc>,
}

impl Spans {
    /// Reads the span from the parameters. Fails for an action whose spec knows of none, and for one that ends before it
    /// begins.
    pub fn new(operation: &'static Operation, input: &dyn Record) -> Result<Self, Error> {
        let Some(window) = operation.window else {
            return Err(Error::Setup(format!(
                "the spec of {} does not say how long a span one call covers",
                operation.name
            )));
        };
        let begin = time(input, window.begin)?;
        let end = time(input, window.end)?;
        if end < begin {
            return Err(Error::invalid(
                window.end,
                &end.to_rfc3339(),
                format!("must not come before {}", window.begin),
            ));
        }
        let by = path::index(input.shape(), window.by).and_then(|index| path::text(input.get(index)));
        let known = |value: &String| window.spans.iter().find(|(name, _)| name == value).map(|(_, span)| *span);
        let span = by.as_ref().and_then(known).unwrap_or(window.span);
        let step = TimeDelta::seconds(i64::from(window.step));
        let reach = TimeDelta::seconds(i64::from(span)) - step;
        Ok(Self { window, step, reach: reach.max(TimeDelta::zero()), next: Some(begin), end })
    }

    /// Spans that are shorter than what one call may cover, for smaller answers. A span holds one step at least.
    #[must_use]
    pub fn at_most(mut self, span: Duration) -> Self {
        let span = TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX);
        let reach = span.checked_sub(&self.step).unwrap_or(span).max(TimeDelta::zero());
        // whole steps, or what follows would not lie on the grid
        let steps = reach.num_seconds() / self.step.num_seconds().max(1);
        let whole = self.step.checked_mul(i32::try_from(steps).unwrap_or(i32::MAX)).unwrap_or(reach);
        self.reach = self.reach.min(whole);
        self
    }

    /// Sets the next span in the parameters; false when there is none left.
    pub fn next_span(&mut self, input: &mut dyn Record) -> bool {
        let Some(begin) = self.next else { return false };
        let end = begin.checked_add_signed(self.reach).unwrap_or(self.end).min(self.end);
        for (name, time) in [(self.window.begin, begin), (self.window.end, end)] {
            if let Some(index) = path::index(input.shape(), name) {
                copy::copy(Ref::Time(time), input.slot(index));
            }
        }
        self.next = end.checked_add_signed(self.step).filter(|next| *next <= self.end);
        true
    }

    /// How many calls are left.
    pub fn left(&self) -> usize {
        let mut spans = self.clone();
        let mut count = 0;
        while let Some(begin) = spans.next {
            let end = begin.checked_add_signed(spans.reach).unwrap_or(spans.end).min(spans.end);
            spans.next = end.checked_add_signed(spans.step).filter(|next| *next <= spans.end);
            count += 1;
        }
        count
    }
}

fn time(input: &dyn Record, name: &str) -> Result<DateTime<Utc>, Error> {
    match path::index(input.shape(), name).map(|index| input.get(index)) {
        Some(Ref::Time(time)) => Ok(time),
        _ => Err(Error::invalid(name, "", "is required")),
    }
}

/// Joins the answers to the spans of an action, which come in the order of the spans.
///
/// Lists that the spec names are put together: of items with the same key there is one, into which all of them are joined, and
/// of samples that came twice the later one counts. Of other fields the first that is set counts.
pub fn join(operation: &'static Operation, parts: &[&dyn Record], output: &mut dyn Record) {
    let joins = operation.window.map_or(&[][..], |window| window.join);
    merge("", joins, parts, output);
}

/// Whether so many answers to the spans of an action can be joined. There must be one: that nothing was asked for is not the same as
/// an answer in which there is nothing. And how several are joined is not known of every action.
pub fn can_join(operation: &'static Operation, answers: usize) -> Result<(), Error> {
    let action = operation.name;
    match answers {
        0 => Err(Error::Setup(format!(
            "{action}: no part of the time is left to be asked for: begin anew to join all of it"
        ))),
        2.. if operation.window.is_some_and(|window| window.join.is_empty()) => Err(Error::Setup(format!(
            "{action}: its spec does not say how several answers are joined: take each of the {answers} by itself"
        ))),
        _ => Ok(()),
    }
}

/// The answers to the spans of a typed action as one, see [`join`]. Fails where [`can_join`] does.
pub fn joined<A: Windowed>(parts: &[A::Output]) -> Result<A::Output, Error> {
    can_join(A::OPERATION, parts.len())?;
    let parts: Vec<&dyn Record> = parts.iter().map(|part| part as &dyn Record).collect();
    let mut output = A::Output::default();
    join(A::OPERATION, &parts, &mut output);
    Ok(output)
}

fn merge(prefix: &str, joins: &[Join], parts: &[&dyn Record], output: &mut dyn Record) {
    let shape = output.shape();
    for (target, field) in shape.fields().iter().enumerate() {
        let path = format!("{prefix}{}", field.name);
        let values: Vec<Ref<'_>> = parts
            .iter()
            .filter_map(|part| path::index(part.shape(), field.name).map(|index| part.get(index)))
            .filter(|value| !matches!(value, Ref::Absent))
            .collect();
        let Some(first) = values.first() else { continue };
        let inside = |prefix: &str| joins.iter().any(|join| join.list.0.starts_with(prefix));
        if let Some(known) = joins.iter().find(|join| join.list.0 == path) {
            if let Slot::List(list) = output.slot(target) {
                list.open();
                for group in groups(known.key, &values) {
                    put(&format!("{path}[]/"), joins, &group, list.push());
                }
            }
        } else if inside(&format!("{path}/")) {
            put(&format!("{path}/"), joins, &values, output.slot(target));
        } else {
            copy::copy(*first, output.slot(target));
        }
    }
}

/// Items of several lists, those with the same key together.
fn groups<'a>(key: &str, lists: &[Ref<'a>]) -> Vec<Vec<Ref<'a>>> {
    let mut groups: Vec<Vec<Ref<'a>>> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for list in lists {
        let Ref::List(items) = list else { continue };
        for item in (0..items.len()).map(|index| items.get(index)) {
            let value = match item {
                Ref::Record(record) if !key.is_empty() => {
                    path::index(record.shape(), key).and_then(|index| path::text(record.get(index)))
                }
                _ => None,
            };
            match value {
                Some(value) => match known.get(&value) {
                    Some(at) => {
                        if let Some(group) = groups.get_mut(*at) {
                            group.push(item);
                        }
                    }
                    None => {
                        known.insert(value, groups.len());
                        groups.push(vec![item]);
                    }
                },
                None => groups.push(vec![item]),
            }
        }
    }
    groups
}

/// Puts values that are one thing into one place.
fn put(prefix: &str, joins: &[Join], values: &[Ref<'_>], slot: Slot<'_>) {
    let deeper = joins.iter().any(|join| join.list.0.starts_with(prefix));
    match slot {
        Slot::Record(place) if deeper => {
            let records: Vec<&dyn Record> = values
                .iter()
                .filter_map(|value| if let Ref::Record(record) = value { Some(*record) } else { None })
                .collect();
            merge(prefix, joins, &records, place.open());
        }
        slot => {
            if let Some(last) = values.last() {
                copy::copy(*last, slot);
            }
        }
    }
}
