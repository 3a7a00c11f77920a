//! `callsheet check`

use std::path::Path;

use crate::exit::{Code, Failure, say};
use crate::{specs, terminal};

pub(crate) fn run(folder: Option<&Path>) -> Result<(), Failure> {
    let files = specs::files(folder)?;
    let spec_files = files.paths().filter(|path| path.ends_with(".toml")).count();
    match callsheet_spec::load(&files) {
        Ok(loaded) => {
            let warnings = loaded.warnings.problems().len();
            if warnings > 0 {
                say(&format!("{}\n\n", loaded.warnings.render(true)));
            }
            let services = &loaded.spec.services;
            let actions: usize =
                services.iter().flat_map(|service| &service.groups).map(|group| group.actions.len()).sum();
            let mut text = format!("{}, {}: ok", count(spec_files, "file"), count(actions, "action"));
            if warnings > 0 {
                text.push_str(&format!(", {}", count(warnings, "warning")));
            }
            Ok(terminal::print(&format!("{text}\n"))?)
        }
        Err(report) => {
            say(&format!("{}\n\n", report.render(true)));
            let errors = specs::errors(&report);
            Err(Failure::new(Code::Refused, format!("{}, {}", count(spec_files, "file"), count(errors, "error"))))
        }
    }
}

pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
