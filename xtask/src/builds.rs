//! Programs that make one call, ours beside what a user would write in their place: what a clean build of each costs.

mod choices;

use std::fs;
use std::path::Path;

use crate::budgets;
use crate::cost::{self, Cost};
use crate::tool::output;

pub(crate) use choices::run as choices;

/// A program, and the one that it is compared with.
const PROGRAMS: [(&str, Option<&str>); 4] = [
    ("bare-ureq", None),
    ("one-call-ureq", Some("bare-ureq")),
    ("bare-hyper", None),
    ("one-call-hyper", Some("bare-hyper")),
];

/// The AWS SDK is async, so the async one of ours is the one to compare it with.
const SDK: (&str, Option<&str>) = ("sdk-sts", Some("one-call-hyper"));

/// What was measured of a program.
struct Row {
    name: &'static str,
    crates: usize,
    dev: Cost,
    release: Cost,
    bytes: u64,
}

/// Builds all of them, one after the other, each into a folder that is empty; `sdk` adds the AWS SDK, whose build takes minutes.
pub(crate) fn run(root: &Path, sdk: bool) -> Result<(), String> {
    // so that no build waits for the network
    output(budgets::cargo(root).args(["fetch", "--quiet", "--locked"]).output(), "cargo fetch")?;
    println!(
        "| program | crates | dev user s | release user s | peak MB, dev | peak MB, release | stripped bytes | beside | crates | dev | release | bytes | load before |"
    );
    println!("| --- | --: | --: | --: | --: | --: | --: | --- | --: | --: | --: | --: | --: |");
    let mut rows: Vec<Row> = Vec::new();
    for (name, beside) in PROGRAMS.into_iter().chain(sdk.then_some(SDK)) {
        let load = cost::load();
        let row = measure(root, name)?;
        let other = rows.iter().find(|row| Some(row.name) == beside);
        let times = |part: &dyn Fn(&Row) -> f64| {
            other.map(|other| format!("{:.2}×", part(&row) / part(other))).unwrap_or_default()
        };
        println!(
            "| {name} | {} | {:.1} | {:.1} | {:.0} | {:.0} | {} | {} | {} | {} | {} | {} | {load} |",
            row.crates,
            row.dev.user_seconds,
            row.release.user_seconds,
            row.dev.peak_mb,
            row.release.peak_mb,
            row.bytes,
            beside.unwrap_or_default(),
            times(&|row| row.crates as f64),
            times(&|row| row.dev.user_seconds),
            times(&|row| row.release.user_seconds),
            times(&|row| row.bytes as f64),
        );
        rows.push(row);
    }
    Ok(())
}

fn measure(root: &Path, name: &'static str) -> Result<Row, String> {
    // `--package` gives a program the features that it asks for itself, and none that other members do
    let args = ["--offline", "--locked", "--package", name];
    build(&root.join("benches"), name, &args, &budgets::target(root).join("builds"))
}

/// Builds the program of a folder twice, each time into an empty folder.
fn build(folder: &Path, name: &'static str, args: &[&str], target: &Path) -> Result<Row, String> {
    let build = |profile: &str| {
        empty(target)?;
        cost::cargo(folder, target, &[&["build", "--jobs", "2", "--profile", profile], args].concat())
    };
    let (dev, _) = build("dev")?;
    let (release, told) = build("plain")?;
    let program = target.join("plain").join(name);
    let bytes = fs::metadata(&program).map_err(|e| format!("{}: {e}", program.display()))?.len();
    empty(target)?;
    let crates = told.lines().filter(|line| line.trim_start().starts_with("Compiling ")).count();
    Ok(Row { name, crates, dev, release, bytes })
}

fn empty(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", folder.display())),
        _ => Ok(()),
    }
}
