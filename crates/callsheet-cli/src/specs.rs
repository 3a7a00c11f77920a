//! The spec files in use: built in, or of a folder.

use std::path::Path;

use callsheet_dynamic::{Catalog, NotFound};
use callsheet_spec::{Files, Loaded, Report};

use crate::exit::{Code, Failure};
use crate::words::count;

/// The shipped spec files: path and bytes.
static BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/specs.rs"));

/// The built-in files.
pub(crate) fn built_in() -> Files {
    let mut files = Files::new();
    for (path, bytes) in BUILT_IN {
        files.add_bytes(*path, *bytes);
    }
    files
}

/// The files of a folder, or the built-in ones.
pub(crate) fn files(folder: Option<&Path>) -> Result<Files, Failure> {
    let Some(folder) = folder else { return Ok(built_in()) };
    Files::read(folder).map_err(|error| Failure::file(folder, &error).hint("--specs wants a folder of spec files"))
}

/// Reads and checks spec files. Warnings are left to `callsheet check`.
pub(crate) fn load(folder: Option<&Path>) -> Result<Loaded, Failure> {
    callsheet_spec::load(&files(folder)?).map_err(|report| refused(&report))
}

/// What can be called.
pub(crate) fn catalog(folder: Option<&Path>) -> Result<Catalog, Failure> {
    Ok(Catalog::new(&load(folder)?.spec))
}

fn refused(report: &Report) -> Failure {
    let what = count(errors(report), "error");
    Failure::new(Code::Specs, format!("the spec files have {what}\n\n{}", report.render(true)))
}

/// The number of problems that are errors.
pub(crate) fn errors(report: &Report) -> usize {
    report.problems().iter().filter(|problem| problem.severity == callsheet_spec::Severity::Error).count()
}

impl From<NotFound> for Failure {
    fn from(error: NotFound) -> Self {
        let hint = match error.what {
            "action" if !error.ambiguous => Some(format!("`callsheet list {}` lists the actions", error.service)),
            "service" => Some("`callsheet list` lists the services".to_owned()),
            _ => None,
        };
        let failure = Self::usage(error.to_string());
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
