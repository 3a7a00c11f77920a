//! Runs the public protocol suites: through Rust generated from imported specs, and through the interpreter.
//!
//! Each suite of a file is a small service of its own. It goes through the importer, the loader and the generator as any
//! service does; a scratch crate with the generated code runs the cases and says what became of each.

mod mutation;
mod scratch;
mod suites;

use std::path::Path;

use suites::{Case, Plan, SuiteFile};

/// What the command line says.
pub(crate) struct Request<'a> {
    /// The folder with `manifest.json`.
    pub(crate) vectors: &'a Path,
    /// Only suites of this protocol, or files of this name.
    pub(crate) protocol: Option<&'a str>,
    /// Change one expectation per file, and demand that its case fails.
    pub(crate) mutate: Option<u64>,
}

/// Runs the suites and prints the table; fails when a case fails, or was not run.
pub(crate) fn run(root: &Path, request: &Request<'_>) -> Result<(), String> {
    let files = suites::read(request.vectors, request.protocol)?;
    if files.is_empty() {
        return Err(format!("{}: no suites to run", request.vectors.join("manifest.json").display()));
    }
    let mut plan = Plan::new(&files)?;
    let mutated = match request.mutate {
        Some(seed) => mutation::mutate(&mut plan.cases, files.len(), seed),
        None => Vec::new(),
    };
    let outcomes = scratch::run(root, &plan)?;
    let mut report = Report::default();
    for (index, file) in files.iter().enumerate() {
        report.file(index, file, &plan.cases, &outcomes);
    }
    report.totals();
    print!("{}", report.table);
    if request.mutate.is_some() {
        return mutation::judge(&mutated, &plan.cases, &outcomes);
    }
    if report.problems.is_empty() { Ok(()) } else { Err(report.problems.join("\n")) }
}

/// What became of a case in one of the two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
}

/// What became of a case: generated, interpreted. `None` where it was not run.
pub(crate) type Outcomes = Vec<Option<[Outcome; 2]>>;

const WAYS: [&str; 2] = ["generated", "interpreted"];

#[derive(Default)]
struct Report {
    table: String,
    /// Passed, failed and skipped, of both ways.
    totals: [[usize; 3]; 2],
    problems: Vec<String>,
}

impl Report {
    fn file(&mut self, index: usize, file: &SuiteFile, cases: &[Case], outcomes: &Outcomes) {
        use std::fmt::Write as _;

        if self.table.is_empty() {
            self.table.push_str("| file | way | cases | passed | failed | skipped |\n|---|---|--:|--:|--:|---|\n");
        }
        let own = || cases.iter().zip(outcomes).filter(|(case, _)| case.file == index);
        let mut skips: Vec<(&str, usize)> = Vec::new();
        for reason in own().filter_map(|(case, _)| case.skip.as_deref()) {
            match skips.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => skips.push((reason, 1)),
            }
        }
        let skipped: usize = skips.iter().map(|(_, count)| count).sum();
        let reasons: Vec<String> = skips.iter().map(|(reason, count)| format!("{count} ({reason})")).collect();
        for (way, name) in WAYS.iter().enumerate() {
            let (mut passed, mut failed) = (0, 0);
            for (case, outcome) in own().filter(|(case, _)| case.skip.is_none()) {
                match (&case.broken, outcome) {
                    (Some(reason), _) => {
                        failed += 1;
                        self.problems.push(format!("{} {} ({name}): {reason}", file.path, case.id));
                    }
                    (None, Some(outcome)) => match &outcome[way] {
                        Outcome::Passed => passed += 1,
                        Outcome::Failed(reason) => {
                            failed += 1;
                            self.problems.push(format!("{} {} ({name}): {reason}", file.path, case.id));
                        }
                    },
                    (None, None) => self.problems.push(format!("{} {} ({name}): not run", file.path, case.id)),
                }
            }
            let skips = if reasons.is_empty() { "0".to_owned() } else { reasons.join(", ") };
            // writing to a String cannot fail
            let _ = writeln!(self.table, "| {} | {name} | {} | {passed} | {failed} | {skips} |", file.path, file.cases);
            if let Some(totals) = self.totals.get_mut(way) {
                for (total, count) in totals.iter_mut().zip([passed, failed, skipped]) {
                    *total += count;
                }
            }
            if passed + failed + skipped != file.cases {
                self.problems.push(format!(
                    "{} ({name}): the manifest has {} cases, {} were run and {skipped} skipped",
                    file.path,
                    file.cases,
                    passed + failed
                ));
            }
        }
    }

    fn totals(&mut self) {
        use std::fmt::Write as _;

        for (name, [passed, failed, skipped]) in WAYS.iter().zip(self.totals) {
            let cases = passed + failed + skipped;
            // writing to a String cannot fail
            let _ = writeln!(self.table, "| all | {name} | {cases} | {passed} | {failed} | {skipped} |");
        }
    }
}
