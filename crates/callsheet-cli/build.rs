//! Embeds the shipped spec files, so that the program needs nothing beside itself.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    // a published package carries the folder itself; in the workspace it lies at the root
    let candidates = [package.join("specs"), package.join("../../specs")];
    let mut text = String::from("&[\n");
    if let Some(folder) = candidates.iter().find(|folder| folder.is_dir()) {
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        collect(&folder.canonicalize()?, "", &mut files)?;
        files.sort();
        for (name, path) in files {
            writeln!(text, "    ({name:?}, include_bytes!({:?})),", path.display().to_string())?;
        }
    }
    text.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("specs.rs"), text)?;
    Ok(())
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{name:?} is not UTF-8"))?;
        // JSON Schemas are for editors
        if name.starts_with('.') || (prefix.is_empty() && name == "schema") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else {
            files.push((format!("{prefix}{name}"), entry.path()));
        }
    }
    Ok(())
}
