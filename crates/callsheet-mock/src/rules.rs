//! Fault rules beside the actions that there are.

use std::collections::BTreeSet;
use std::fmt;

use callsheet_dynamic::{Catalog, Entry};
use callsheet_spec::closest;

use crate::{Config, Fault, FaultKind};

/// A fault rule that no request can meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UselessFault {
    rule: String,
    problem: String,
}

impl fmt::Display for UselessFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fault {:?} can never strike: {}", self.rule, self.problem)
    }
}

impl std::error::Error for UselessFault {}

impl Config {
    /// Looks for fault rules that can never strike a request of these actions.
    ///
    /// The code of a `code` rule may be one that nobody documents: how a client takes an unknown code is worth a test.
    pub fn check(&self, catalog: &Catalog) -> Result<(), UselessFault> {
        for (index, fault) in self.faults.iter().enumerate() {
            let useless = |problem: String| Err(UselessFault { rule: fault.to_string(), problem });
            if fault.action() != "*" && struck(fault, catalog).next().is_none() {
                return useless(no_such_action(fault.action(), catalog));
            }
            let before = self.faults.iter().take(index).find(|before| {
                before.strikes_always() && (before.action() == "*" || before.action() == fault.action())
            });
            if let Some(before) = before {
                return useless(format!("{:?} before it strikes every request", before.to_string()));
            }
        }
        Ok(())
    }
}

impl Fault {
    /// The code of a `code` rule that is documented for none of the actions that it strikes, with the documented one that looks
    /// most like it.
    pub fn undocumented_code<'a>(&'a self, catalog: &'a Catalog) -> Option<(&'a str, Option<&'a str>)> {
        let FaultKind::Code(code) = self.kind() else { return None };
        let known: BTreeSet<&str> = struck(self, catalog)
            .flat_map(|entry| &entry.group.settings.errors.codes)
            .map(|known| known.code.as_str())
            .collect();
        (!known.contains(code.as_str())).then(|| (code.as_str(), closest(code, known)))
    }
}

/// The actions that a rule is about.
fn struck<'a>(fault: &'a Fault, catalog: &'a Catalog) -> impl Iterator<Item = Entry<'a>> {
    catalog.entries().filter(|entry| fault.action() == "*" || fault.action() == entry.operation.name)
}

fn no_such_action(name: &str, catalog: &Catalog) -> String {
    const MOST: usize = 24;

    let known: BTreeSet<&str> = catalog.entries().map(|entry| entry.operation.name).collect();
    let problem = format!("there is no action {name:?}");
    if let Some(close) = closest(name, known.iter().copied()) {
        return format!("{problem}; did you mean {close}?");
    }
    let more = if known.len() > MOST { " and more" } else { "" };
    let names: Vec<&str> = known.into_iter().take(MOST).collect();
    format!("{problem}; there are {}{more}, and * for all", names.join(", "))
}
