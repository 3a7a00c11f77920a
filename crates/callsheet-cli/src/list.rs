//! `callsheet list`

use std::fmt::Write as _;
use std::path::Path;

use callsheet_dynamic::Catalog;
use callsheet_spec::model::Service;

use crate::exit::Failure;
use crate::specs;
use crate::terminal::{self, FAINT, HEADING, NAME};
use crate::words::{path, summary};

pub(crate) fn run(service: Option<&str>, folder: Option<&Path>) -> Result<(), Failure> {
    let catalog = specs::catalog(folder)?;
    let text = match service {
        Some(id) => {
            // says what there is when there is no such service
            let _ = catalog.actions(id)?;
            catalog.services().iter().filter(|service| service.id == id).map(actions).collect()
        }
        None => services(&catalog),
    };
    Ok(terminal::print(&text)?)
}

fn services(catalog: &Catalog) -> String {
    let mut text = String::new();
    let width = catalog.services().iter().map(|service| service.id.chars().count()).max().unwrap_or_default();
    for service in catalog.services() {
        let count: usize = service.groups.iter().map(|group| group.actions.len()).sum();
        let plural = if count == 1 { "" } else { "s" };
        let id = &service.id;
        let _ = writeln!(text, "{NAME}{id:width$}{NAME:#}  {}  {FAINT}{count} action{plural}{FAINT:#}", service.title);
    }
    if catalog.services().is_empty() {
        text.push_str("There are no services: the spec folder is empty.\n");
    }
    text
}

fn actions(service: &Service) -> String {
    let (columns, _) = terminal::size();
    let names = service.groups.iter().flat_map(|group| &group.actions).map(|action| action.name.chars().count());
    let width = names.max().unwrap_or_default();
    let mut text = String::new();
    for group in service.groups.iter().filter(|group| !group.actions.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        let title = if group.title.is_empty() { &service.title } else { &group.title };
        let _ = writeln!(text, "{HEADING}{}{HEADING:#}  {title}", path(&service.id, group));
        for action in &group.actions {
            let mut doc = summary(&action.doc);
            if action.deprecated.is_some() {
                doc.insert_str(0, "(deprecated) ");
            }
            let indent = width + 4;
            let doc = terminal::wrapped(&doc, indent, columns.max(indent + 30));
            let name = &action.name;
            let _ = writeln!(text, "  {NAME}{name:width$}{NAME:#}  {}", doc.trim_start());
        }
    }
    text
}
