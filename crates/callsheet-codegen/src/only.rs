//! Actions that are named as wanted must be there: a misspelt one would be missing from the code without a word.

use callsheet_spec::closest;
use callsheet_spec::model::Spec;

use crate::{Error, Options};

/// An error with all names that no action has.
pub(crate) fn check(spec: &Spec, options: &Options) -> Result<(), Error> {
    let groups = spec.services.iter().flat_map(|service| service.groups.iter().map(move |group| (service, group)));
    let known: Vec<String> = groups
        .flat_map(|(service, group)| {
            group
                .actions
                .iter()
                .flat_map(move |action| [&service.id, &group.path].map(|prefix| format!("{prefix}/{}", action.name)))
        })
        .collect();
    let unknown: Vec<String> = options
        .only
        .iter()
        .filter(|wanted| !known.contains(wanted))
        .map(|wanted| {
            let bare = format!("/{wanted}");
            let meant = known.iter().find(|name| name.ends_with(&bare)).map(String::as_str);
            match meant.or_else(|| closest(wanted, known.iter().map(String::as_str))) {
                Some(meant) => format!("there is no action `{wanted}`; did you mean `{meant}`?"),
                None => format!("there is no action `{wanted}`; they are named as `ec2/RunInstances`"),
            }
        })
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Error { file: options.specs.clone(), message: unknown.join("\n") })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn told(only: &[&str]) -> String {
        let specs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs"));
        let spec = callsheet_spec::load_dir(specs).unwrap().spec;
        let only = only.iter().map(|name| (*name).to_owned()).collect();
        crate::generate(&spec, &Options { only, ..Options::default() }).unwrap_err().to_string()
    }

    #[test]
    fn unknown_actions_are_named_with_what_may_be_meant() {
        assert_eq!(
            told(&["oos/statistics/GetBandwith", "oos/GetBandwidth", "GetWanMonitor", "ec2/RunInstances"]),
            "specs: there is no action `oos/statistics/GetBandwith`; did you mean `oos/statistics/GetBandwidth`?\n\
             there is no action `GetWanMonitor`; did you mean `qingcloud/GetWanMonitor`?\n\
             there is no action `ec2/RunInstances`; they are named as `ec2/RunInstances`"
        );
    }
}
