//! The same services in aws-sdk-rust, as ratios.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use super::Row;
use super::full::{Built, Program, heading, slope};
use super::measure::{Build, Place, rebuild};
use crate::cost;
use crate::tool::Lines;

/// Relative to the root of the workspace.
const FOLDER: &str = "target/models-peers";

/// A service, its crate in the registry, and what a program calls of it.
const PEERS: [(&str, &str, &str); 3] = [
    ("ec2", "aws-sdk-ec2", "describe_instances"),
    ("iam", "aws-sdk-iam", "list_users"),
    ("sts", "aws-sdk-sts", "get_caller_identity"),
];

/// Checks the peers on this machine and prints how much more they cost; builds them too if `built` has what that costs of ours.
pub(crate) fn compare(root: &Path, rows: &[Row], built: Option<&[Built]>) -> Result<(), String> {
    let folder = root.join(FOLDER);
    let wanted: Vec<_> =
        PEERS.iter().filter_map(|peer| rows.iter().find(|row| row.service == peer.0).map(|row| (peer, row))).collect();
    let services: Vec<&str> = wanted.iter().map(|(peer, _)| peer.0).collect();
    write(&folder, &services)?;
    println!("\nLoad before the peers: {}.", cost::load());
    println!(
        "\n| peer | version | Rust lines | check user s | peak MB | lines, ratio | user s, ratio | memory, ratio |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|");
    let mut peers = Vec::new();
    for ((service, name, _), row) in wanted {
        let place = Place { folder: folder.join(service), target: folder.join("target") };
        let peer = Peer::find(&place, name)?;
        Build::Check.run(&place, &peer.dependencies)?;
        let check = Build::Check.anew(&place, &[(*name).to_owned()])?;
        println!(
            "| {name} | {} | {} | {:.2} | {:.0} | {:.1} | {:.1} | {:.1} |",
            peer.version,
            peer.lines.all,
            check.user_seconds,
            check.peak_mb,
            peer.lines.all as f64 / row.lines.all as f64,
            check.user_seconds / row.check.user_seconds,
            check.peak_mb / row.check.peak_mb
        );
        peers.push((place, peer, check));
    }
    let Some(ours) = built else { return Ok(()) };
    heading();
    let mut all = Vec::new();
    for ((place, peer, check), service) in peers.into_iter().zip(services) {
        for build in [Build::Dev, Build::Release] {
            build.run(&place, &peer.dependencies)?;
        }
        let name = [peer.name.to_owned()];
        let dev = Build::Dev.anew(&place, &name)?;
        let release = Build::Release.anew(&place, &name)?;
        // the peer itself stays: building it twice takes minutes, and its time is known
        let package = format!("peer-{service}");
        let (link, _) = Build::Dev.run(&place, std::slice::from_ref(&package))?;
        let rebuild = rebuild(&place, &package, &place.folder.join("src/main.rs"))?;
        let mut both = dev;
        both.user_seconds += link.user_seconds;
        both.wall_seconds += link.wall_seconds;
        let program = Some(Program { dev: both, rebuild });
        let (operations, lines) = (peer.operations, peer.lines);
        let built = Built { service: service.to_owned(), operations, lines, check, dev, release, program };
        built.print(peer.name);
        if let Some(ours) = ours.iter().find(|ours| ours.service == service) {
            ratios(peer.name, &built, ours);
        }
        all.push(built);
    }
    slope(&all);
    println!("\nLoad after the peers: {}.", cost::load());
    Ok(())
}

fn ratios(name: &str, peer: &Built, ours: &Built) {
    let times = |part: &dyn Fn(&Built) -> Option<f64>| match (part(peer), part(ours)) {
        (Some(peer), Some(ours)) if ours > 0.0 => format!("{:.1}×", peer / ours),
        _ => String::new(),
    };
    println!(
        "| {name}, ratio | {} | {} | {} | {} | {} | {} | {} | {} |",
        times(&|built| Some(built.check.user_seconds)),
        times(&|built| Some(built.dev.user_seconds)),
        times(&|built| Some(built.dev.peak_mb)),
        times(&|built| Some(built.release.user_seconds)),
        times(&|built| Some(built.release.peak_mb)),
        times(&|built| built.program.as_ref().map(|program| program.dev.user_seconds)),
        times(&|built| built.program.as_ref().map(|program| program.rebuild.wall_seconds)),
        times(&|built| built.program.as_ref().map(|program| program.rebuild.user_seconds)),
    );
}

/// A workspace with a program for each peer.
fn write(folder: &Path, services: &[&str]) -> Result<(), String> {
    let error = |e: std::io::Error| format!("{}: {e}", folder.display());
    for (service, peer, action) in PEERS.iter().filter(|peer| services.contains(&peer.0)) {
        let module = peer.replace('-', "_");
        let main = format!(
            "//! Calls one action.\n\nuse {module}::config::{{BehaviorVersion, Credentials, Region}};\n\n\
             fn main() {{\n    let config = {module}::Config::builder()\n        \
             .behavior_version(BehaviorVersion::latest())\n        .region(Region::new(\"us-east-1\"))\n        \
             .credentials_provider(Credentials::new(\"id\", \"secret\", None, None, \"here\"))\n        .build();\n    \
             let client = {module}::Client::from_conf(config);\n    \
             let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();\n    \
             let call = client.{action}().send();\n    \
             println!(\"{{:?}}\", runtime.map(|runtime| runtime.block_on(call).is_ok()).unwrap_or_default());\n}}\n"
        );
        let manifest = format!(
            "[package]\nname = \"peer-{service}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             {peer} = \"1\"\ntokio = {{ version = \"1\", features = [\"rt\"] }}\n"
        );
        fs::create_dir_all(folder.join(service).join("src")).map_err(error)?;
        fs::write(folder.join(service).join("src/main.rs"), main).map_err(error)?;
        fs::write(folder.join(service).join("Cargo.toml"), manifest).map_err(error)?;
    }
    let manifest =
        format!("# Written by `cargo xtask models --peers`.\n[workspace]\nresolver = \"3\"\nmembers = {services:?}\n");
    fs::write(folder.join("Cargo.toml"), manifest).map_err(error)
}

/// A crate of the registry.
struct Peer {
    name: &'static str,
    version: String,
    lines: Lines,
    operations: usize,
    /// What it depends on, as cargo names packages.
    dependencies: Vec<String>,
}

impl Peer {
    fn find(place: &Place, name: &'static str) -> Result<Self, String> {
        let output = Command::new(cost::program())
            .current_dir(&place.folder)
            .args(["metadata", "--format-version", "1", "--filter-platform", &host()?])
            .output();
        let metadata = crate::tool::output(output, "cargo metadata")?;
        let metadata: Json = serde_json::from_str(&metadata).map_err(|e| format!("cargo metadata: {e}"))?;
        let all = |of: &Json| of.as_array().cloned().unwrap_or_default();
        let unknown = || format!("cargo metadata does not know {name}");
        let found = all(&metadata["packages"]).into_iter().find(|found| found["name"] == name).ok_or_else(unknown)?;
        let node = all(&metadata["resolve"]["nodes"]).into_iter().find(|node| node["id"] == found["id"]);
        // what is for its tests alone is not part of a build
        let is_built = |dependency: &Json| all(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev");
        let dependencies = all(&node.ok_or_else(unknown)?["deps"]);
        let dependencies = dependencies
            .iter()
            .filter(|dependency| is_built(dependency))
            .filter_map(|dependency| dependency["pkg"].as_str());
        let manifest = found["manifest_path"].as_str().map(PathBuf::from).ok_or_else(unknown)?;
        let source = manifest.with_file_name("src");
        let mut operations = 0;
        let error = |e: std::io::Error| format!("{}: {e}", source.display());
        for entry in fs::read_dir(source.join("operation")).map_err(error)? {
            operations += usize::from(entry.map_err(error)?.path().is_dir());
        }
        Ok(Self {
            name,
            version: found["version"].as_str().unwrap_or_default().to_owned(),
            lines: lines(&source)?,
            operations,
            dependencies: dependencies.map(str::to_owned).collect(),
        })
    }
}

/// The machine that cargo builds for.
fn host() -> Result<String, String> {
    let told = crate::tool::output(Command::new("rustc").arg("-vV").output(), "rustc")?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say its host".to_owned())
}

fn lines(folder: &Path) -> Result<Lines, String> {
    let error = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder).map_err(error)? {
        let path = entry.map_err(error)?.path();
        if path.is_dir() {
            parts.push(lines(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            parts.push(Lines::of(&fs::read_to_string(&path).map_err(error)?));
        }
    }
    Ok(parts.into_iter().sum())
}
