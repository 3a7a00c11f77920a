//! callsheet beside its peers, in one table.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use crate::budgets::{cargo, target};
use crate::cost;
use crate::tool::{Callgrind, output};

/// Times faster than a peer that we want to be.
const GOALS: [(&str, &str, f64); 9] = [
    ("xml 1 MB", "aws-smithy-xml", 18.0),
    ("xml 1 MB", "quick-xml by hand", 5.0),
    ("xml 10 MB", "aws-smithy-xml", 18.0),
    ("xml 10 MB", "quick-xml by hand", 5.0),
    ("series 1 MB", "serde_json with a visitor", 2.0),
    ("objects 1 MB", "serde_json", 2.0),
    ("objects 1 MB", "sonic-rs", 1.4),
    ("sign sigv4", "aws-sigv4", 7.0),
    ("whole call", "aws-sdk-sts", 20.0),
];

const OURS: &str = "callsheet";

/// What is known of one way to do a work.
#[derive(Default)]
struct Way {
    row: String,
    name: String,
    bytes: f64,
    /// Nanoseconds of CPU.
    time: Option<f64>,
    instructions: Option<f64>,
    allocations: String,
    peak: String,
}

/// Runs every row; `sdk` adds the AWS SDK, whose build takes minutes.
pub(crate) fn run(root: &Path, sdk: bool) -> Result<(), String> {
    let features = if sdk { "sdk" } else { "" };
    let mut build = cargo(root);
    build.args(["build", "--quiet", "--release", "--package", "bench-peers", "--bin", "once", "--features", features]);
    output(build.output(), "cargo build")?;
    let once = target(root).join("release/once");
    let listed = output(std::process::Command::new(&once).output(), "once")?;
    let mut ways: Vec<Way> = listed.lines().filter_map(way).collect();

    allocations(root, features, &mut ways)?;
    times(root, features, &mut ways)?;
    match Callgrind::find() {
        Some(callgrind) => {
            for way in &mut ways {
                // large inputs take minutes there, and say nothing that small ones do not
                let times = if way.bytes > 5e6 {
                    continue;
                } else if way.bytes > 0.0 {
                    1
                } else {
                    20
                };
                let count = callgrind.count(&once, &[&way.row, &way.name, &times.to_string()])?;
                way.instructions = Some(count.instructions / f64::from(times));
            }
        }
        None => println!("SKIPPED: instructions are counted by valgrind, which is not installed\n"),
    }
    print(&ways);
    Ok(())
}

/// Whole calls over a connection to this machine, beside the same by hand.
pub(crate) fn loopback(root: &Path) -> Result<(), String> {
    let mut build = cargo(root);
    build.args(["build", "--quiet", "--release", "--package", "bench-loopback"]);
    output(build.output(), "cargo build")?;
    let before = cost::load();
    print!("{}", output(std::process::Command::new(target(root).join("release/bench-loopback")).output(), "loopback")?);
    println!("\nLoad before: {before}, after: {}.", cost::load());
    Ok(())
}

/// `row <tab> way <tab> bytes`
fn way(line: &str) -> Option<Way> {
    let mut parts = line.split('\t');
    let (row, name, bytes) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Way { row: row.to_owned(), name: name.to_owned(), bytes: bytes.parse().ok()?, ..Way::default() })
}

/// From a program of its own: counting costs time.
fn allocations(root: &Path, features: &str, ways: &mut [Way]) -> Result<(), String> {
    let features = format!("allocation-counter {features}");
    let mut run = cargo(root);
    run.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "bench-peers",
        "--bin",
        "allocations",
        "--features",
        &features,
    ]);
    for line in output(run.output(), "cargo run")?.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let [row, name, count, peak] = parts.as_slice() else { continue };
        if let Some(way) = ways.iter_mut().find(|way| way.row == *row && way.name == *name) {
            (*count).clone_into(&mut way.allocations);
            (*peak).clone_into(&mut way.peak);
        }
    }
    Ok(())
}

/// By criterion: medians from the files that it leaves.
fn times(root: &Path, features: &str, ways: &mut [Way]) -> Result<(), String> {
    let home = target(root).join("criterion");
    // what an earlier run has left does not count
    if home.exists() {
        std::fs::remove_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    }
    let mut bench = cargo(root);
    bench.args(["bench", "--package", "bench-peers", "--bench", "peers", "--features", features]);
    output(bench.env("CRITERION_HOME", &home).output(), "cargo bench")?;
    let read = |path: &Path| -> Option<Json> { serde_json::from_slice(&std::fs::read(path).ok()?).ok() };
    let mut medians = BTreeMap::new();
    for row in folders(&home) {
        for way in folders(&row) {
            let (Some(about), Some(found)) =
                (read(&way.join("new/benchmark.json")), read(&way.join("new/estimates.json")))
            else {
                continue;
            };
            let text = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
            medians.insert((text("group_id"), text("function_id")), found["median"]["point_estimate"].as_f64());
        }
    }
    for way in ways {
        way.time = medians.get(&(way.row.clone(), way.name.clone())).copied().flatten();
    }
    Ok(())
}

fn folders(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn print(ways: &[Way]) {
    println!(
        "| work | way | CPU time | MB/s | callsheet is faster | goal | instructions | a byte | allocations | peak bytes |"
    );
    println!("| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |");
    for way in ways {
        let ours = ways.iter().find(|ours| ours.row == way.row && ours.name == OURS).and_then(|ours| ours.time);
        let times = ours.zip(way.time).map(|(ours, time)| time / ours).filter(|_| way.name != OURS);
        let goal = GOALS.iter().find(|(row, name, _)| *row == way.row && *name == way.name).map(|(.., goal)| *goal);
        let or_nothing = |text: Option<String>| text.unwrap_or_default();
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            way.row,
            way.name,
            or_nothing(way.time.map(|time| format!("{:.2} µs", time / 1e3))),
            or_nothing(way.time.filter(|_| way.bytes > 0.0).map(|time| format!("{:.0}", way.bytes / time * 1e3))),
            or_nothing(times.map(|times| format!("{times:.2}×"))),
            or_nothing(goal.map(|goal| format!("{goal}×"))),
            or_nothing(way.instructions.map(|count| format!("{count:.0}"))),
            or_nothing(way.instructions.filter(|_| way.bytes > 0.0).map(|count| format!("{:.2}", count / way.bytes))),
            way.allocations,
            way.peak,
        );
    }
}
