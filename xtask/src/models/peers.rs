//! The same services in aws-sdk-rust, as ratios.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Row;
use super::measure::{Lines, check};

/// Relative to the root of the workspace.
const FOLDER: &str = "target/models-peers";

/// The crates of the registry, with the service of each.
const PEERS: [(&str, &str); 3] = [("aws-sdk-ec2", "ec2"), ("aws-sdk-iam", "iam"), ("aws-sdk-sts", "sts")];

/// Checks the peers on this machine and prints how much more they cost.
pub(crate) fn compare(root: &Path, rows: &[Row]) -> Result<(), String> {
    let folder = root.join(FOLDER);
    let error = |e: std::io::Error| format!("{}: {e}", folder.display());
    let dependencies: String = PEERS.iter().map(|(peer, _)| format!("{peer} = \"1\"\n")).collect();
    fs::create_dir_all(folder.join("src")).map_err(error)?;
    fs::write(folder.join("src/lib.rs"), "//! Nothing.\n").map_err(error)?;
    let manifest = format!(
        "# Written by `cargo xtask models --peers`.\n[package]\nname = \"models-peers\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}"
    );
    fs::write(folder.join("Cargo.toml"), manifest).map_err(error)?;
    println!(
        "\n| peer | version | Rust lines | check user s | peak MB | lines, ratio | user s, ratio | memory, ratio |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|");
    for (peer, service) in PEERS {
        let Some(row) = rows.iter().find(|row| row.service == service) else { continue };
        // once for what it depends on, once for itself
        check(&folder, peer)?;
        let cost = check(&folder, peer)?;
        let (version, source) = source(&folder, peer)?;
        let lines = lines(&source)?;
        println!(
            "| {peer} | {version} | {} | {:.2} | {:.0} | {:.1} | {:.1} | {:.1} |",
            lines.all,
            cost.user_seconds,
            cost.peak_mb,
            lines.all as f64 / row.lines.all as f64,
            cost.user_seconds / row.cost.user_seconds,
            cost.peak_mb / row.cost.peak_mb
        );
    }
    Ok(())
}

/// Version of a dependency and the folder with its source.
fn source(folder: &Path, package: &str) -> Result<(String, PathBuf), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).current_dir(folder).args(["metadata", "--format-version", "1"]).output();
    let output = output.map_err(|e| format!("cargo metadata: {e}"))?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))?;
    let found = metadata["packages"].as_array().into_iter().flatten().find(|found| found["name"] == package);
    let of = |key: &str| found.and_then(|found| found[key].as_str()).map(str::to_owned);
    match (
        of("version"),
        of("manifest_path").and_then(|path| Path::new(&path).parent().map(|folder| folder.join("src"))),
    ) {
        (Some(version), Some(source)) => Ok((version, source)),
        _ => Err(format!("cargo metadata does not know {package}")),
    }
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
