//! The scratch crate: generated code, the runner, and what it said.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use callsheet_codegen::Options;
use serde_json::{Map, Value};

use super::suites::Plan;
use super::{Outcome, Outcomes, WAYS};

/// Relative to the root of the workspace.
const FOLDER: &str = "target/conformance";

/// The runner's own files.
const RUNNER: [(&str, &str); 4] = [
    ("src/main.rs", include_str!("../../runner/main.rs")),
    ("src/requests.rs", include_str!("../../runner/requests.rs")),
    ("src/responses.rs", include_str!("../../runner/responses.rs")),
    ("src/values.rs", include_str!("../../runner/values.rs")),
];

const MANIFEST: &str = include_str!("../../runner/Cargo.toml.in");

/// Generates, compiles and runs.
pub(crate) fn run(root: &Path, plan: &Plan) -> Result<Outcomes, String> {
    let folder = root.join(FOLDER);
    write(root, &folder, plan)?;
    let mut cargo = Command::new(crate::cost::program());
    cargo.args(["run", "--quiet", "--offline", "--manifest-path"]).arg(folder.join("Cargo.toml"));
    // what the workspace has built is not built again
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    cargo.arg("--target-dir").arg(target).arg("--").arg(&folder);
    let status = cargo.status().map_err(|e| format!("cargo: {e}"))?;
    if !status.success() {
        return Err(format!("the runner in {} failed: {status}", folder.display()));
    }
    outcomes(&folder.join("outcomes.json"), plan.cases.len())
}

fn write(root: &Path, folder: &Path, plan: &Plan) -> Result<(), String> {
    let error = |e: io::Error| format!("{}: {e}", folder.display());
    let options = Options { command: "cargo xtask conformance".to_owned(), ..Options::default() };
    let generated = callsheet_codegen::generate(&plan.spec, &options).map_err(|e| e.to_string())?;
    let blanks = callsheet_codegen::blanks(&plan.spec, &options, "crate::generated").map_err(|e| e.to_string())?;
    // specs of an earlier run must not be loaded
    match fs::remove_dir_all(folder.join("specs")) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(error(e)),
        _ => {}
    }
    fs::create_dir_all(folder.join("src")).map_err(error)?;
    callsheet_codegen::write(&folder.join("src/generated"), &generated).map_err(error)?;
    let manifest = MANIFEST.replace("{root}", &root.to_string_lossy());
    let jobs: Vec<Value> =
        plan.cases.iter().map(|case| if runs(case) { Value::Object(case.job.clone()) } else { Value::Null }).collect();
    let mut files = vec![
        ("Cargo.toml".to_owned(), manifest),
        ("src/blanks.rs".to_owned(), blanks.text),
        ("jobs.json".to_owned(), Value::Array(jobs).to_string()),
    ];
    files.extend(RUNNER.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    files.extend(plan.specs.iter().map(|(path, text)| (format!("specs/{path}"), text.clone())));
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(error)?;
        }
        // an unchanged file is not touched, so that cargo does not compile it again
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        fs::write(&path, text).map_err(error)?;
    }
    // the versions of the workspace
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).map_err(error)?;
    Ok(())
}

fn runs(case: &super::Case) -> bool {
    case.skip.is_none() && case.broken.is_none()
}

fn outcomes(path: &Path, count: usize) -> Result<Outcomes, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let all: Vec<Value> = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    if all.len() != count {
        return Err(format!("{}: {} outcomes of {count} cases", path.display(), all.len()));
    }
    Ok(all.iter().map(|outcome| outcome.as_object().map(|ways| WAYS.map(|way| of(ways, way)))).collect())
}

/// The runner says null for a case that passed, and why it failed otherwise.
fn of(ways: &Map<String, Value>, way: &str) -> Outcome {
    match ways.get(way) {
        Some(Value::Null) => Outcome::Passed,
        Some(Value::String(reason)) => Outcome::Failed(reason.clone()),
        _ => Outcome::Failed("not run".to_owned()),
    }
}
