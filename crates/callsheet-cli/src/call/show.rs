//! Answers in the forms that are asked for.

use std::fs;
use std::path::Path;

use callsheet::decode::whole_body;
use callsheet::value::Record;
use callsheet_dynamic::{DynRecord, Entry, take_items};
use clap::ValueEnum as _;

use super::lines;
use super::prepared::Prepared;
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
    if !matches!(args.output, Some(Output::Json | Output::Lines)) {
        sheet.notes.iter().for_each(note);
    }
    let mut drawn = sheet.clone();
    select(&args.columns, &mut sheet)
        .map_err(|failure| failure.hint("the call was made: what these columns are called is for its answer to say"))?;
    // what cannot be drawn can be read all the same
    let drawn = if args.chart || args.svg.is_some() || args.png.is_some() {
        drawn.select_drawn(&args.columns);
        draw(args, first.entry, &drawn)
    } else {
        Ok(())
    };
    // to ask for the body of another call would be to do it again
    let raw = if first.entry.operation.safe && args.sequence.until.is_none() {
        "; --output raw shows the body as it came"
    } else {
        ""
    };
    let unknown = unknown(first.entry).filter(|_| others.is_empty()).map(|unknown| unknown + raw);
    if let (Some(unknown), Some(_)) = (&unknown, args.output.filter(|form| *form != Output::Table)) {
        note(unknown);
    }
    let text = match args.output {
        None if args.chart => return drawn,
        // nobody has said what would be its rows
        None | Some(Output::Table) if first.entry.operation.whole_body && others.is_empty() => {
            terminal::print_body(whole_body(&first.answer).unwrap_or_default())?;
            return drawn;
        }
        None | Some(Output::Table) if unknown.is_some() => {
            format!("The call was done; {}.\n", unknown.unwrap_or_default())
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
        Some(Output::Lines) => {
            let mut answer = first.answer.clone();
            let items = take_items(first.entry.operation, &mut answer);
            items.map(|items| lines::text(first.entry, &first.input, &items)).unwrap_or_default()
        }
        Some(Output::Csv) => {
            let (text, left_out) = render::csv::render(&sheet, main_table(first.entry).as_deref())?;
            if let Some(left_out) = left_out {
                note(left_out);
            }
            text
        }
        Some(Output::Raw) => return Ok(()),
    };
    terminal::print(&text)?;
    drawn
}

/// What is said of an answer in which the spec names nothing.
pub(crate) fn unknown(entry: Entry<'_>) -> Option<String> {
    entry.action.output.is_empty().then(|| format!("the spec names nothing that {} answers", entry.action.name))
}

/// The table with the items, of an answer that is a list.
fn main_table(entry: Entry<'_>) -> Option<String> {
    match entry.operation.pages?.items {
        [items] => Some(items.0.replace("[]", "").replace('/', ".")),
        _ => None,
    }
}

/// Refuses pictures that would not be there in the end.
pub(super) fn refuse_pictures(args: &Call) -> Result<(), Failure> {
    let pictures = [("--svg", &args.svg), ("--png", &args.png)];
    if let Some((option, _)) = pictures.iter().find(|(_, path)| path.as_deref() == Some(Path::new("-"))) {
        return Err(Failure::usage(format!("{option} -: a picture is written to a file"))
            .hint(format!("{option} /dev/stdout, where the system has it; {option} ./- is a file of that name")));
    }
    match (&args.svg, &args.png) {
        (Some(svg), Some(png)) if svg == png => {
            Err(Failure::usage("--svg and --png name the same file: the one would be written over the other"))
        }
        _ => Ok(()),
    }
}

/// Refuses `--columns` that would do nothing, before anything is sent: for a form without columns, and names that no answer has, as
/// far as the spec knows. `poll` is the action that tells how a job is going, where its answer is shown too.
pub(super) fn refuse_columns(args: &Call, entry: Entry<'_>, poll: Option<Entry<'_>>) -> Result<(), Failure> {
    if args.columns.is_empty() {
        return Ok(());
    }
    let without = args.output.filter(|form| !matches!(form, Output::Table | Output::Csv));
    if let Some(form) = without.and_then(|form| form.to_possible_value()) {
        let message = format!("--columns: --output {} shows the whole answer; nothing was sent", form.get_name());
        return Err(Failure::usage(message).hint("tables, CSV and charts have columns"));
    }
    let entries = || std::iter::once(entry).chain(poll);
    if entries().any(|entry| rows::are_named_by_answers(entry.group, &entry.action.output)) {
        return Ok(());
    }
    let mut sheet = Sheet::default();
    for entry in entries() {
        let empty = rows::sheet(context(entry, &entry.input()), &entry.action.output, &entry.output());
        if sheet.names().is_empty() {
            sheet = empty;
        } else {
            sheet.append(&entry.action.name, empty);
        }
    }
    select(&args.columns, &mut sheet)
}

/// Keeps the columns that are named. A name that is none is refused, with those that there are.
fn select(names: &[String], sheet: &mut Sheet) -> Result<(), Failure> {
    let mut known = sheet.names();
    known.dedup();
    let known = known.join(", ");
    let unknown = sheet.select(names);
    match unknown.as_slice() {
        [] => Ok(()),
        _ if known.is_empty() => Err(Failure::usage("--columns: the answer has no columns")),
        unknown => {
            Err(Failure::usage(format!("--columns: the answer has no column {}; it has: {known}", unknown.join(", "))))
        }
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
