//! `[jobs]`: links the actions that start jobs to the one that tells how jobs are going, which may be in another group.

use crate::context::Context;
use crate::document::{Node, TableNode};
use crate::model::{Action, FieldPath, Group, Jobs, Type};
use crate::paging::{Paths, is_scalar, parameter};

/// What one group says: the tables that hold its `[jobs]`, the one that wins first.
pub(crate) type Tables<'a> = Vec<Option<TableNode<'a>>>;

/// Sets the jobs of all groups; `tables` has the `[jobs]` of each.
pub(crate) fn link<'a>(groups: &mut [Group], tables: &Tables<'a>, cx: &mut Context<'a>) {
    let mut read: Vec<(TableNode<'a>, Option<Jobs>)> = Vec::new();
    for (index, table) in tables.iter().enumerate() {
        let Some(table) = *table else { continue };
        let known = read.iter().find(|(other, _)| other.place() == table.place());
        let jobs = match known {
            // of the service, and so of several groups: one report is enough
            Some((_, jobs)) => jobs.clone(),
            None => {
                let jobs = groups.get(index).and_then(|group| jobs(table, group, groups, cx));
                read.push((table, jobs.clone()));
                jobs
            }
        };
        let (Some(jobs), Some(id)) = (jobs, table.get("id").and_then(Node::text)) else { continue };
        let Some(group) = groups.get(index) else { continue };
        let ids: Vec<Option<FieldPath>> = group.actions.iter().map(|action| id_of(action, group, id)).collect();
        if ids.iter().any(Option::is_some) {
            same_settings(table, group, &jobs, groups, cx);
        }
        if let Some(group) = groups.get_mut(index) {
            group.settings.jobs = Some(jobs);
            for (action, id) in group.actions.iter_mut().zip(ids) {
                action.job = id;
            }
        }
    }
}

/// The field of an action's answer that has the id of a job.
fn id_of(action: &Action, group: &Group, id: &str) -> Option<FieldPath> {
    let paths = Paths { output: &action.output, types: &group.types };
    let (path, ty) = paths.find(id).ok()?;
    let inner = if let Type::List(list) = ty { &list.item } else { ty };
    is_scalar(inner).then_some(path)
}

fn jobs<'a>(table: TableNode<'a>, own: &Group, groups: &[Group], cx: &mut Context<'a>) -> Option<Jobs> {
    let node = table.get("poll")?;
    let text = node.text()?;
    let (group_id, name) = text.split_once('/').unwrap_or((own.id.as_str(), text));
    let found = groups.iter().find(|group| group.id == group_id);
    let Some((group, action)) =
        found.and_then(|group| Some((group, group.actions.iter().find(|action| action.name == name)?)))
    else {
        if !cx.is_broken(table.file()) {
            let known: Vec<String> = groups
                .iter()
                .flat_map(|group| group.actions.iter().map(move |action| format!("{}/{}", group.id, action.name)))
                .collect();
            let hint = cx.suggest.did_you_mean(text, known.iter().map(String::as_str)).unwrap_or_default();
            cx.problems.error_with(node.place(), format!("there is no action `{text}`"), hint);
        }
        return None;
    };
    let takes = table.get("parameter")?;
    let field = parameter(takes, &action.input, cx)?;
    let inner = if let Type::List(list) = &field.ty { &list.item } else { &field.ty };
    if !is_scalar(inner) {
        cx.problems.error(takes.place(), format!("`{}` cannot take an id", field.name));
    }
    if let Some(other) = action.input.iter().find(|other| other.required && other.name != field.name) {
        cx.problems
            .error(node.place(), format!("`{text}` cannot be called with an id alone: `{}` is required", other.name));
    }
    let waiter = table.get("waiter")?;
    let waiter_name = waiter.text()?;
    if !action.waiters.iter().any(|known| known.name == waiter_name) {
        let hint = cx.suggest.did_you_mean_or_list(waiter_name, action.waiters.iter().map(|known| known.name.as_str()));
        cx.problems.error_with(waiter.place(), format!("`{text}` has no waiter `{waiter_name}`"), hint);
    }
    let paths = Paths { output: &action.output, types: &group.types };
    let path = |key: &str, cx: &mut Context<'a>| paths.read(table.get(key)?, is_scalar, "a single value", cx);
    Some(Jobs {
        poll: (group.id.clone(), action.name.clone()),
        parameter: field.name.clone(),
        waiter: waiter_name.to_owned(),
        key: path("key", cx),
        reason: path("reason", cx),
    })
}

/// A job is followed by the client that started it, so both actions have to be spoken in the same way.
fn same_settings<'a>(table: TableNode<'a>, own: &Group, jobs: &Jobs, groups: &[Group], cx: &mut Context<'a>) {
    let Some(other) = groups.iter().find(|group| group.id == jobs.poll.0) else { return };
    let (a, b) = (&own.settings, &other.settings);
    let same = a.endpoint == b.endpoint
        && a.request == b.request
        && a.sign == b.sign
        && a.answer == b.answer
        && a.errors.unless == b.errors.unless
        && a.common == b.common;
    if !same && let Some(node) = table.get("poll") {
        let message = format!("the groups `{}` and `{}` are spoken in different ways", own.id, other.id);
        cx.problems.error_with(node.place(), message, "a job is followed by the client that started it");
    }
}
