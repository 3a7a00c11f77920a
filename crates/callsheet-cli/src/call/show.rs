//! Answers in the forms that are asked for.

use std::fs;
use std::path::Path;

use callsheet::value::Record;
use callsheet_dynamic::{DynRecord, Entry};

use super::prepared::Prepared;
use super::raw::whole_body;
use crate::args::{Call, Output};
use crate::exit::{Code, Failure, note, warn};
use crate::rows::{self, Context, Sheet};
use crate::{render, series, terminal};

/// What came of a command.
pub(super) struct Outcome<'a> {
    /// The answer of the action; behind it that of the action that tells how its job went. None if nothing came.
    pub(super) answers: Vec<Told<'a>>,
    /// Whether JSON says which action each answer is of.
    pub(super) is_named: bool,
    /// Why it ended too early.
    pub(super) failure: Option<Failure>,
}

/// An answer, and what it is the answer to.
pub(super) struct Told<'a> {
    pub(super) entry: Entry<'a>,
    pub(super) input: DynRecord,
    pub(super) answer: DynRecord,
}

impl<'a> Told<'a> {
    /// The answer of the action of the command line.
    pub(super) fn of(prepared: &Prepared<'a>, answer: DynRecord) -> Self {
        Self { entry: prepared.entry, input: prepared.input.clone(), answer }
    }

    fn context(&self) -> Context<'_> {
        context(self.entry, &self.input)
    }

    fn sheet(&self) -> Sheet {
        rows::sheet(self.context(), &self.entry.action.output, &self.answer)
    }
}

/// What rows are made with.
pub(crate) fn context<'a>(entry: Entry<'a>, input: &'a dyn Record) -> Context<'a> {
    Context { group: entry.group, input, timestamps: entry.operation.api.answer.timestamps }
}

/// Shows what came, then says why there is not more.
pub(super) fn show(args: &Call, outcome: Outcome<'_>) -> Result<(), Failure> {
    let shown = answers(args, &outcome);
    match outcome.failure {
        // what ended the call is more than that its rest could not be shown
        Some(failure) => Err(failure),
        None => shown,
    }
}

fn answers(args: &Call, outcome: &Outcome<'_>) -> Result<(), Failure> {
    let Some((first, others)) = outcome.answers.split_first() else { return Ok(()) };
    let mut sheet = first.sheet();
    for other in others {
        sheet.append(&other.entry.action.name, other.sheet());
    }
    select(&mut sheet, &args.columns);
    if !matches!(args.output, Some(Output::Json)) {
        sheet.notes.iter().for_each(note);
    }
    if args.chart || args.svg.is_some() || args.png.is_some() {
        draw(args, first.entry, &sheet)?;
    }
    let text = match args.output {
        None if args.chart => return Ok(()),
        // nobody has said what would be its rows
        None | Some(Output::Table) if first.entry.operation.whole_body && others.is_empty() => {
            return Ok(terminal::print_body(whole_body(&first.answer).unwrap_or_default())?);
        }
        None | Some(Output::Table) => render::table::render(&sheet, terminal::width()),
        Some(Output::Json) if outcome.is_named => {
            let named = outcome
                .answers
                .iter()
                .map(|told| (told.entry.action.name.as_str(), told.context(), &told.answer as &dyn Record));
            format!("{}\n", render::json::named(&named.collect::<Vec<_>>())?)
        }
        Some(Output::Json) => format!("{}\n", render::json::pretty(first.context(), &first.answer)?),
        Some(Output::Csv) => {
            let (text, left_out) = render::csv::render(&sheet, main_table(first.entry).as_deref())?;
            if let Some(left_out) = left_out {
                note(left_out);
            }
            text
        }
        Some(Output::Raw) => return Ok(()),
    };
    Ok(terminal::print(&text)?)
}

/// The table with the items, of an answer that is a list.
fn main_table(entry: Entry<'_>) -> Option<String> {
    match entry.operation.pages?.items {
        [items] => Some(items.0.replace("[]", "").replace('/', ".")),
        _ => None,
    }
}

fn select(sheet: &mut Sheet, names: &[String]) {
    let known = sheet.names().join(", ");
    let unknown = sheet.select(names);
    if !unknown.is_empty() {
        warn(format!("the answer has no column {}; it has: {known}", unknown.join(", ")));
    }
}

fn draw(args: &Call, entry: Entry<'_>, sheet: &Sheet) -> Result<(), Failure> {
    let panels = series::panels(sheet);
    if panels.is_empty() {
        return Err(Failure::new(Code::Answer, "the answer has no points to draw"));
    }
    let title = format!("{} {}", entry.service_model.id, entry.action.name);
    let pictures = args.svg.is_some() || args.png.is_some();
    if pictures && panels.len() > render::picture::MOST_PANELS {
        let most = render::picture::MOST_PANELS;
        warn(format!("the picture has the first {most} of {} charts; --columns draws fewer", panels.len()));
    }
    if let Some(path) = &args.svg {
        write(path, render::picture::svg(&panels, &title).as_bytes())?;
    }
    if let Some(path) = &args.png {
        write(path, &render::picture::png(&panels, &title)?)?;
    }
    if args.chart {
        terminal::print(&render::chart::render(panels, terminal::size(), terminal::has_colors()))?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| Failure::file(path, &error))?;
    note(format!("wrote {}", path.display()));
    Ok(())
}
