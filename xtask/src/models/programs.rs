//! Programs that use the generated crates, as users have them.

use std::fs;
use std::path::Path;

use super::{dependency, manifest};

/// A service, the action that a program calls, and how the service is made.
pub(crate) const CALLS: [(&str, &str, &str); 3] = [
    ("ec2", "DescribeInstances", "service(\"us-east-1\")"),
    ("iam", "ListUsers", "service()"),
    ("sts", "GetCallerIdentity", "service()"),
];

/// What a small tool calls.
const TEN: [&str; 10] = [
    "CreateTags",
    "DescribeImages",
    "DescribeInstances",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVolumes",
    "RunInstances",
    "StartInstances",
    "StopInstances",
    "TerminateInstances",
];

/// The package of the ten actions.
pub(crate) const OF_TEN: &str = "ten";

/// Writes a program for each service that has a call, and the crate of ten actions if EC2 is among them, each beside a crate with
/// its dependencies alone. Gives the folders.
pub(crate) fn write(root: &Path, folder: &Path, services: &[&str]) -> Result<Vec<String>, String> {
    let ours = dependency(root, "callsheet");
    let with_transport = format!("{ours}{}", dependency(root, "callsheet-ureq"));
    let mut members = Vec::new();
    let mut package = |name: &str, manifest: String, files: &[(&str, &str)]| -> Result<(), String> {
        let folder = folder.join(name);
        let error = |e: std::io::Error| format!("{}: {e}", folder.display());
        fs::create_dir_all(folder.join("src")).map_err(error)?;
        fs::write(folder.join("Cargo.toml"), manifest).map_err(error)?;
        for (path, text) in files {
            fs::write(folder.join(path), text).map_err(error)?;
        }
        members.push(name.to_owned());
        Ok(())
    };
    let nothing = ("src/lib.rs", "//! Nothing.\n");
    package("program-warm", manifest("program-warm", &with_transport), &[nothing])?;
    for (service, action, made) in CALLS.iter().filter(|(service, ..)| services.contains(service)) {
        let name = format!("program-{service}");
        let dependencies = format!("{with_transport}models-{service} = {{ path = \"../{service}\" }}\n");
        let main = format!(
            "//! Calls one action.\n\nuse models_{service}::generated::{service};\n\nfn main() {{\n    \
             let service = {service}::{made}.credentials(callsheet::Credentials::new(\"id\", \"secret\"));\n    \
             let client = callsheet_ureq::Client::new(service);\n    \
             println!(\"{{:?}}\", client.send(&{service}::{action}::new()).is_ok());\n}}\n"
        );
        package(&name, manifest(&name, &dependencies), &[("src/main.rs", &main)])?;
    }
    if services.contains(&"ec2") {
        let build = format!("{ours}\n[build-dependencies]\n{}", dependency(root, "callsheet-codegen"));
        let actions = TEN.map(|action| format!("\"ec2/{action}\"")).join(", ");
        let script = format!(
            "fn main() -> Result<(), String> {{\n    \
             callsheet_codegen::build_script_only(\"../ec2/specs\", [{actions}])\n}}\n"
        );
        let include =
            "//! Ten actions.\n#![allow(clippy::all)]\ninclude!(concat!(env!(\"OUT_DIR\"), \"/callsheet.rs\"));\n";
        let plain = ("build.rs", "fn main() {}\n");
        package("ten-warm", manifest("ten-warm", &build), &[plain, nothing])?;
        package(OF_TEN, manifest(OF_TEN, &build), &[("build.rs", &script), ("src/lib.rs", include)])?;
    }
    Ok(members)
}
