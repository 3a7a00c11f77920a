//! Real models at full size: imports, checks, generates and type-checks them, and says what that costs.

mod full;
mod measure;
mod peers;
mod programs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use callsheet_codegen::Options;
use callsheet_import::{Inputs, Source};
use measure::{Build, Place};

use crate::cost::Cost;
use crate::tool::Lines;

/// The models that are looked at unless others are asked for.
const SERVICES: [&str; 6] = ["ec2", "iam", "sts", "sns", "rds", "cloudformation"];

/// Relative to the root of the workspace.
const FOLDER: &str = "target/models";

/// What the command line says.
pub(crate) struct Request<'a> {
    /// The folder `data` of the package botocore, or the one around it.
    pub(crate) botocore: &'a Path,
    /// Names of services, separated with commas.
    pub(crate) services: Option<&'a str>,
    /// Check the crates of aws-sdk-rust too.
    pub(crate) peers: bool,
    /// Build them too, and programs that use them.
    pub(crate) full: bool,
}

/// A model and what became of it.
struct Row {
    service: String,
    operations: usize,
    shapes: usize,
    spec_lines: usize,
    /// Seconds to import, load and generate.
    made: f64,
    lines: Lines,
    largest: usize,
    check: Cost,
}

/// Prints the table.
pub(crate) fn run(root: &Path, request: &Request<'_>) -> Result<(), String> {
    let services: Vec<&str> = match request.services {
        Some(names) => names.split(',').collect(),
        None => SERVICES.to_vec(),
    };
    let folder = root.join(FOLDER);
    let made: Vec<Row> =
        services.iter().map(|service| make(&folder, request.botocore, service)).collect::<Result<_, _>>()?;
    let place = Place { target: folder.join("target"), folder };
    workspace(root, &place.folder, &services)?;
    // what the crates depend on is not part of the cost
    Build::Check.run(&place, &["models-warm".to_owned()])?;
    let mut rows = Vec::new();
    println!(
        "| model | operations | shapes | spec lines | made in s | Rust lines | (code) | an operation | largest file | check user s | peak MB |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for mut row in made {
        row.check = Build::Check.anew(&place, &[format!("models-{}", row.service)])?;
        println!(
            "| {} | {} | {} | {} | {:.2} | {} | {} | {} | {} | {:.2} | {:.0} |",
            row.service,
            row.operations,
            row.shapes,
            row.spec_lines,
            row.made,
            row.lines.all,
            row.lines.code,
            row.lines.all / row.operations.max(1),
            row.largest,
            row.check.user_seconds,
            row.check.peak_mb
        );
        rows.push(row);
    }
    let ours = if request.full { full::ours(&place, &rows)? } else { Vec::new() };
    if request.peers { peers::compare(root, &rows, request.full.then_some(&ours[..])) } else { Ok(()) }
}

/// Imports, loads and generates a model into a crate of its own.
fn make(folder: &Path, botocore: &Path, service: &str) -> Result<Row, String> {
    let source = newest(botocore, service)?;
    let texts: Vec<Option<String>> = ["service-2.json", "paginators-1.json", "waiters-2.json"]
        .iter()
        .map(|name| text(&source, name))
        .collect::<Result<_, _>>()?;
    let of = |index: usize, name: &'static str| texts.get(index)?.as_deref().map(|text| Source { name, text });
    let model = of(0, "service-2.json").ok_or_else(|| format!("{}: there is no service-2.json", source.display()))?;
    let start = Instant::now();
    let inputs =
        Inputs { paginators: of(1, "paginators-1.json"), waiters: of(2, "waiters-2.json"), ..Inputs::new(model) };
    let specs = callsheet_import::botocore(inputs).map_err(|e| format!("{service}: {e}"))?;
    let spec_lines = specs.iter().map(|(_, text)| text.lines().count()).sum();
    for (path, text) in &specs {
        let path = folder.join(service).join("specs").join(path);
        let error = |e: std::io::Error| format!("{}: {e}", path.display());
        fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(error)?;
        fs::write(&path, text).map_err(error)?;
    }
    let loaded =
        callsheet_spec::load(&specs.iter().cloned().collect()).map_err(|report| format!("{service}: {report}"))?;
    for warning in loaded.warnings.problems() {
        eprintln!("warning: {warning}");
    }
    let options = Options { command: "cargo xtask models".to_owned(), ..Options::default() };
    let files = callsheet_codegen::generate(&loaded.spec, &options).map_err(|e| e.to_string())?;
    let made = start.elapsed().as_secs_f64();

    let folder = folder.join(service);
    let error = |e: std::io::Error| format!("{}: {e}", folder.display());
    callsheet_codegen::write(&folder.join("src/generated"), &files).map_err(error)?;
    let root = "//! Generated from a real model.\n#![allow(clippy::all)]\npub mod generated;\n";
    fs::write(folder.join("src/lib.rs"), root).map_err(error)?;
    let actions =
        loaded.spec.services.iter().flat_map(|service| &service.groups).map(|group| group.actions.len()).sum();
    let json: serde_json::Value = serde_json::from_str(model.text).map_err(|e| e.to_string())?;
    Ok(Row {
        service: service.to_owned(),
        operations: actions,
        shapes: json["shapes"].as_object().map_or(0, serde_json::Map::len),
        spec_lines,
        made,
        lines: files.iter().map(|file| Lines::of(&file.text)).sum(),
        largest: files.iter().map(|file| file.text.lines().count()).max().unwrap_or_default(),
        check: Cost::default(),
    })
}

/// The folder of the newest version of a service's model.
fn newest(botocore: &Path, service: &str) -> Result<PathBuf, String> {
    let data = botocore.join("data");
    let folder = if data.is_dir() { data } else { botocore.to_owned() }.join(service);
    let error = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut versions: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&folder).map_err(error)? {
        versions.push(entry.map_err(error)?.path());
    }
    // dates sort as texts
    versions.into_iter().max().ok_or_else(|| format!("{}: there is no version", folder.display()))
}

/// The text of a file, packed or not.
fn text(folder: &Path, name: &str) -> Result<Option<String>, String> {
    let plain = folder.join(name);
    if plain.exists() {
        return fs::read_to_string(&plain).map(Some).map_err(|e| format!("{}: {e}", plain.display()));
    }
    let packed = folder.join(format!("{name}.gz"));
    if !packed.exists() {
        return Ok(None);
    }
    let output = Command::new("gzip").arg("-dc").arg(&packed).output().map_err(|e| format!("gzip: {e}"))?;
    if !output.status.success() {
        return Err(format!("{}: {}", packed.display(), String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map(Some).map_err(|e| format!("{}: {e}", packed.display()))
}

/// A workspace of the crates, of programs that use them, and of crates that only have the dependencies of each kind.
fn workspace(root: &Path, folder: &Path, services: &[&str]) -> Result<(), String> {
    let error = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut members = vec!["warm".to_owned()];
    fs::create_dir_all(folder.join("warm/src")).map_err(error)?;
    fs::write(folder.join("warm/src/lib.rs"), "//! Nothing.\n").map_err(error)?;
    for service in services.iter().chain(&["warm"]) {
        let manifest = manifest(service, &dependency(root, "callsheet"));
        fs::write(folder.join(service).join("Cargo.toml"), manifest).map_err(error)?;
    }
    members.extend(services.iter().map(|service| (*service).to_owned()));
    members.extend(programs::write(root, folder, services)?);
    let members: Vec<String> = members.iter().map(|member| format!("{member:?}")).collect();
    let manifest = format!(
        "# Written by `cargo xtask models`.\n[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
        members.join(", ")
    );
    fs::write(folder.join("Cargo.toml"), manifest).map_err(error)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).map_err(error)?;
    Ok(())
}

/// The manifest of one of the crates.
fn manifest(name: &str, dependencies: &str) -> String {
    format!(
        "[package]\nname = \"models-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
    )
}

/// A crate of ours, as a dependency.
fn dependency(root: &Path, name: &str) -> String {
    format!("{name} = {{ path = {:?} }}\n", root.join("crates").join(name).display().to_string())
}
