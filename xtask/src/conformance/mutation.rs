//! Shows that the runner can fail: one expectation of each file is changed, and its case has to fail, and no other.

use serde_json::Value;

use super::suites::Case;
use super::{Outcome, Outcomes, WAYS};

/// Changes an expectation in each file. Gives the indices of the changed cases, with what was changed.
pub(crate) fn mutate(cases: &mut [Case], files: usize, seed: u64) -> Vec<(usize, String)> {
    let mut random = Random(seed);
    let mut changed = Vec::new();
    for file in 0..files {
        let runs = |case: &Case| case.file == file && case.skip.is_none() && case.broken.is_none();
        let mut own: Vec<usize> = (0..cases.len()).filter(|index| cases.get(*index).is_some_and(runs)).collect();
        while !own.is_empty() {
            let index = own.swap_remove(random.below(own.len()));
            let Some(case) = cases.get_mut(index) else { continue };
            if let Some(what) = change(case, &mut random) {
                changed.push((index, what));
                break;
            }
        }
    }
    changed
}

/// Says what was changed; `None` if the case expects nothing that could be.
fn change(case: &mut Case, random: &mut Random) -> Option<String> {
    let mut leaves = Vec::new();
    for key in ["serialized", "result", "error", "errorCode", "errorMessage"] {
        if let Some(value) = case.job.get(key) {
            collect(value, &format!("/{key}"), &mut leaves);
        }
    }
    // names of headers that must be there: another name is another expectation, but Content-Length always counts as there
    leaves.retain(|pointer| {
        !pointer.starts_with("/serialized/requireHeaders") && !pointer.starts_with("/serialized/forbidHeaders")
    });
    if leaves.is_empty() {
        return None;
    }
    let pointer = leaves.swap_remove(random.below(leaves.len()));
    let mut job = Value::Object(std::mem::take(&mut case.job));
    let what = job.pointer_mut(&pointer).and_then(|leaf| {
        let old = leaf.to_string();
        *leaf = other(leaf, &pointer)?;
        Some(format!("{pointer}: {old} became {leaf}"))
    });
    if let Value::Object(job) = job {
        case.job = job;
    }
    what
}

/// A value that means something else.
fn other(leaf: &Value, pointer: &str) -> Option<Value> {
    Some(match leaf {
        Value::Bool(v) => Value::Bool(!v),
        Value::Number(v) => (v.as_f64()? + 1.0).into(),
        // the text of a JSON body stays JSON
        Value::String(text)
            if pointer == "/serialized/body" && (text.is_empty() || text.trim_start().starts_with('{')) =>
        {
            let mut body: Value = serde_json::from_str(if text.is_empty() { "{}" } else { text }).ok()?;
            body.as_object_mut()?.insert("mutated".to_owned(), true.into());
            body.to_string().into()
        }
        // parameters behind `;` are not compared
        Value::String(text) => format!("x{text}").into(),
        _ => return None,
    })
}

/// JSON pointers to all leaves but null.
fn collect(value: &Value, pointer: &str, leaves: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(item, &format!("{pointer}/{index}"), leaves))
        }
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            collect(member, &format!("{pointer}/{name}"), leaves);
        }),
        _ => leaves.push(pointer.to_owned()),
    }
}

/// Fails unless the changed cases failed both ways, and no other did.
pub(crate) fn judge(changed: &[(usize, String)], cases: &[Case], outcomes: &Outcomes) -> Result<(), String> {
    let mut problems = Vec::new();
    for (index, (case, outcome)) in cases.iter().zip(outcomes).enumerate() {
        let Some(outcome) = outcome else { continue };
        let change = changed.iter().find(|(changed, _)| *changed == index).map(|(_, what)| what);
        for (way, outcome) in WAYS.iter().zip(outcome) {
            match (change, outcome) {
                (Some(what), Outcome::Failed(reason)) => {
                    println!("mutated {} ({way}), {what}: failed as it should: {reason}", case.id)
                }
                (Some(what), Outcome::Passed) => {
                    problems.push(format!("{} ({way}) passed although it was mutated: {what}", case.id))
                }
                (None, Outcome::Failed(reason)) => {
                    problems.push(format!("{} ({way}) failed, and was not mutated: {reason}", case.id))
                }
                (None, Outcome::Passed) => {}
            }
        }
    }
    if changed.is_empty() {
        problems.push("nothing could be mutated".to_owned());
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// SplitMix64: the same seed, the same mutations.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bound = bound.max(1) as u64;
        // smaller than the bound, which is a usize
        ((z ^ (z >> 31)) % bound) as usize
    }
}
