//! `callsheet check`

use std::path::Path;

use callsheet_spec::Files;

use crate::exit::{Code, Failure, say};
use crate::words::count;
use crate::{specs, terminal};

/// Checks the folder that is named behind the command, else the one of `--specs`, else the built-in files.
pub(crate) fn run(named: Option<&Path>, specs: Option<&Path>) -> Result<(), Failure> {
    let files = match named {
        Some(folder) => Files::read(folder)
            .map_err(|error| Failure::file(folder, &error).hint("`callsheet check` wants a folder of spec files"))?,
        None => specs::files(specs)?,
    };
    let spec_files = files.paths().filter(|path| path.ends_with(".toml")).count();
    match callsheet_spec::load(&files) {
        Ok(loaded) if loaded.spec.services.is_empty() => {
            let place = named.or(specs).map(|folder| format!("{}: ", folder.display())).unwrap_or_default();
            Err(Failure::new(Code::Refused, format!("{place}there is no service here"))
                .hint("a spec folder has a folder for each service, with a file service.toml in it"))
        }
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
