//! Everything that is made from `specs/`.

use std::fs;
use std::path::Path;

use callsheet_codegen::{File, Options, Stale};

const COMMAND: &str = "cargo xtask generate";
const BEGIN: &str = "# features of the specs, written by `cargo xtask generate`\n";
const END: &str = "# end of the features of the specs\n";

/// Writes what is stale below `root`, or fails with its names if `check` is set.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), String> {
    let loaded = callsheet_spec::load_dir(root.join("specs")).map_err(|report| report.render(true))?;
    for warning in loaded.warnings.problems() {
        eprintln!("warning: {warning}");
    }
    let spec = loaded.spec;
    let options = Options {
        command: COMMAND.to_owned(),
        specs: "specs".to_owned(),
        features: true,
        module: "callsheet".to_owned(),
        only: Vec::new(),
    };
    let services = callsheet_codegen::generate(&spec, &options).map_err(|e| e.to_string())?;
    let examples = callsheet_codegen::registry(&spec, &options, "callsheet").map_err(|e| e.to_string())?;
    let schemas: Vec<File> =
        callsheet_spec::schema::files().into_iter().map(|(name, text)| File { path: name.to_owned(), text }).collect();
    let mut stale = Vec::new();
    for (folder, files) in [
        ("crates/callsheet/src/generated", services),
        ("tests/src/generated", vec![examples]),
        ("specs/schema", schemas),
    ] {
        let folder = root.join(folder);
        let error = |e: std::io::Error| format!("{}: {e}", folder.display());
        if check {
            stale.extend(callsheet_codegen::stale(&folder, &files).map_err(error)?.into_iter().map(
                |stale| match stale {
                    Stale::Missing(path) => format!("{} is missing", path.display()),
                    Stale::Different(path) => format!("{} is stale", path.display()),
                    Stale::Extra(path) => format!("{} is not made from a spec any more", path.display()),
                    Stale::Foreign(path) => format!("{} was not generated", path.display()),
                },
            ));
        } else {
            for changed in callsheet_codegen::write(&folder, &files).map_err(error)? {
                println!("{changed}");
            }
        }
    }
    let manifest = root.join("crates/callsheet/Cargo.toml");
    let old = fs::read_to_string(&manifest).map_err(|e| format!("{}: {e}", manifest.display()))?;
    let new = with_features(&old, &callsheet_codegen::features(&spec))
        .ok_or_else(|| format!("{}: the marks around the features of the specs are missing", manifest.display()))?;
    if old != new {
        if check {
            stale.push(format!("{} is stale", manifest.display()));
        } else {
            fs::write(&manifest, new).map_err(|e| format!("{}: {e}", manifest.display()))?;
            println!("{}", manifest.display());
        }
    }
    if stale.is_empty() { Ok(()) } else { Err(format!("{}\nrun `{COMMAND}`", stale.join("\n"))) }
}

/// The manifest with the features between the marks.
fn with_features(manifest: &str, features: &std::collections::BTreeMap<String, Vec<String>>) -> Option<String> {
    let (before, rest) = manifest.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    // a service is what no other feature brings along
    let parts: Vec<&String> = features.values().flatten().collect();
    let services: Vec<String> = features.keys().filter(|name| !parts.contains(name)).cloned().collect();
    let all = ("all-services".to_owned(), services);
    let lines: String = features
        .iter()
        .chain(std::iter::once((&all.0, &all.1)))
        .map(|(name, parts)| {
            let parts: Vec<String> = parts.iter().map(|part| format!("{part:?}")).collect();
            format!("{name} = [{}]\n", parts.join(", "))
        })
        .collect();
    Some(format!("{before}{BEGIN}{lines}{END}{after}"))
}
