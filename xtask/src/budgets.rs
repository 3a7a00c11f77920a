//! What may not grow unnoticed, measured against the limits of `budgets.toml`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::cost;
use crate::tool::{Callgrind, Lines, output};

/// One figure.
struct Figure {
    /// Table and key in `budgets.toml`.
    table: &'static str,
    key: &'static str,
    /// `None`: a tool is missing.
    measured: Option<f64>,
}

/// Measures everything, prints a table, and fails with what grew and by how much.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let path = root.join("budgets.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let limits: toml::Table = text.parse().map_err(|e| format!("{}: {e}", path.display()))?;
    let mut figures = Vec::new();
    figures.extend(packages(root)?);
    figures.extend(programs(root)?);
    figures.push(Figure { table: "lines", key: "action", measured: Some(lines_of_an_action(root)?) });
    figures.extend(instructions(root)?);
    report(&limits, &figures)
}

fn report(limits: &toml::Table, figures: &[Figure]) -> Result<(), String> {
    let mut grown = String::new();
    println!("| budget | limit | measured | of the limit |\n| --- | --: | --: | --: |");
    for Figure { table, key, measured } in figures {
        let limit = limits.get(*table).and_then(|table| table.get(key));
        let limit = limit.and_then(|value| value.as_float().or_else(|| value.as_integer().map(|value| value as f64)));
        let Some(limit) = limit else { return Err(format!("budgets.toml has no {table}.{key}")) };
        let Some(measured) = measured else {
            println!("| {table} {key} | {limit} | SKIPPED: valgrind is not installed | |");
            continue;
        };
        let measured = (measured * 100.0).round() / 100.0;
        println!("| {table} {key} | {limit} | {measured} | {:.0}% |", 100.0 * measured / limit);
        if measured > limit {
            let more = measured - limit;
            // writing to a String cannot fail
            let _ = writeln!(
                grown,
                "{table} {key}: {measured}, {more:.2} ({:.1}%) more than {limit}",
                100.0 * more / limit
            );
        }
    }
    if grown.is_empty() { Ok(()) } else { Err(format!("over budget (budgets.toml says what is allowed):\n{grown}")) }
}

/// What a program with one call compiles.
fn packages(root: &Path) -> Result<[Figure; 2], String> {
    let count = |package: &str| {
        let tree =
            cargo(root).args(["tree", "--prefix", "none", "--edges", "normal,build", "--package", package]).output();
        let mut packages: Vec<String> =
            output(tree, "cargo tree")?.lines().map(|line| line.replace(" (*)", "")).collect();
        packages.sort();
        packages.dedup();
        Ok::<_, String>(Some(packages.len() as f64))
    };
    Ok([
        Figure { table: "packages", key: "ureq", measured: count("one-call-ureq")? },
        Figure { table: "packages", key: "hyper", measured: count("one-call-hyper")? },
    ])
}

/// Sizes of the programs with one call, and of the future in one.
fn programs(root: &Path) -> Result<[Figure; 3], String> {
    let target = target(root);
    // features are those of each program by itself
    for package in ["one-call-ureq", "one-call-hyper"] {
        let mut build = cargo(root);
        build.args(["build", "--quiet", "--profile", "plain", "--package", package]);
        output(build.output(), "cargo build")?;
    }
    let program = |name: &str| target.join("plain").join(name);
    let size = |name: &str| {
        let path = program(name);
        std::fs::metadata(&path).map(|file| Some(file.len() as f64)).map_err(|e| format!("{}: {e}", path.display()))
    };
    let future = output(Command::new(program("one-call-hyper")).arg("size").output(), "one-call-hyper")?;
    Ok([
        Figure { table: "bytes", key: "ureq", measured: size("one-call-ureq")? },
        Figure { table: "bytes", key: "hyper", measured: size("one-call-hyper")? },
        Figure { table: "future", key: "hyper", measured: future.trim().parse().ok() },
    ])
}

/// Generated lines, shared among the actions.
fn lines_of_an_action(root: &Path) -> Result<f64, String> {
    let mut lines = 0;
    visit(&root.join("crates/callsheet/src/generated"), &mut |path| {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        lines += Lines::of(&text).code;
        Ok(())
    })?;
    let mut actions = 0;
    visit(&root.join("specs"), &mut |path| {
        // files of actions are named as these: upper case first
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        actions += usize::from(name.ends_with(".toml") && name.starts_with(|first: char| first.is_ascii_uppercase()));
        Ok(())
    })?;
    Ok(lines as f64 / actions.max(1) as f64)
}

fn visit(folder: &Path, each: &mut dyn FnMut(&Path) -> Result<(), String>) -> Result<(), String> {
    let failed = |e| format!("{}: {e}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() { visit(&path, each)? } else { each(&path)? }
    }
    Ok(())
}

/// Instructions of our own work, under callgrind.
fn instructions(root: &Path) -> Result<Vec<Figure>, String> {
    const CASES: [(&str, &str); 6] = [
        ("instructions-per-byte", "xml"),
        ("instructions-per-byte", "series"),
        ("instructions-per-byte", "objects"),
        ("instructions", "sigv4"),
        ("instructions", "parameters"),
        ("instructions", "call"),
    ];
    let Some(callgrind) = Callgrind::find() else {
        println!("SKIPPED: instructions are counted by valgrind, which is not installed");
        return Ok(CASES.map(|(table, key)| Figure { table, key, measured: None }).into());
    };
    let mut build = cargo(root);
    build.args(["build", "--quiet", "--release", "--package", "bench-ours"]);
    output(build.output(), "cargo build")?;
    let program = target(root).join("release/bench-ours");
    let mut figures = Vec::new();
    for (table, key) in CASES {
        const TIMES: u32 = 10;
        let count = callgrind.count(&program, &[key, &TIMES.to_string()])?;
        let bytes: f64 = count.printed.trim().parse().map_err(|_| format!("bench-ours {key} printed no number"))?;
        let each = count.instructions / f64::from(TIMES);
        figures.push(Figure { table, key, measured: Some(if bytes > 0.0 { each / bytes } else { each }) });
    }
    Ok(figures)
}

/// Cargo in the workspace of the benchmarks.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(cost::program());
    cargo.current_dir(root.join("benches")).env("CARGO_TARGET_DIR", target(root));
    cargo
}

/// Where the benchmarks are built: below the target folder of the workspace.
pub(crate) fn target(root: &Path) -> std::path::PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    target.join("benches")
}
