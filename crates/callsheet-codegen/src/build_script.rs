//! For the `build.rs` of a crate that has its own spec folder.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::{Options, generate};

/// Generates the modules of a spec folder into `$OUT_DIR/callsheet.rs`, and tells cargo to do so again when a spec file changes.
///
/// In `build.rs`:
///
/// ```no_run
/// fn main() -> Result<(), String> {
///     callsheet_codegen::build_script("specs")
/// }
/// ```
///
/// and where the modules are wanted:
///
/// ```ignore
/// include!(concat!(env!("OUT_DIR"), "/callsheet.rs"));
/// ```
///
/// The crate itself depends on `callsheet` alone. Fails with every problem of the spec files, each with its place.
///
/// A program that calls a few actions of a large service compiles faster with [`build_script_only`].
pub fn build_script(specs: impl AsRef<Path>) -> Result<(), String> {
    write(specs.as_ref(), Vec::new())
}

/// The same as [`build_script`], with these actions only and what they need. Named as `ec2/RunInstances`, or as
/// `oos/statistics/GetBandwidth` where a service has groups:
///
/// ```no_run
/// fn main() -> Result<(), String> {
///     callsheet_codegen::build_script_only("specs", ["ec2/DescribeInstances", "ec2/StopInstances"])
/// }
/// ```
///
/// Fails too for an action that no spec file describes, and for none at all.
pub fn build_script_only(
    specs: impl AsRef<Path>,
    actions: impl IntoIterator<Item = impl Into<String>>,
) -> Result<(), String> {
    let only: Vec<String> = actions.into_iter().map(Into::into).collect();
    if only.is_empty() {
        return Err("no action is named: `build_script` generates all of them".to_owned());
    }
    write(specs.as_ref(), only)
}

fn write(specs: &Path, only: Vec<String>) -> Result<(), String> {
    println!("cargo::rerun-if-changed={}", specs.display());
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or("OUT_DIR is not set: this is for build scripts")?;
    let path = out.join("callsheet.rs");
    fs::write(&path, text(specs, only)?).map_err(|e| format!("{}: {e}", path.display()))
}

fn text(specs: &Path, only: Vec<String>) -> Result<String, String> {
    // cargo prints what a failed build script says without interpreting colours
    let loaded = callsheet_spec::load_dir(specs).map_err(|report| format!("\n{report}"))?;
    for warning in loaded.warnings.problems() {
        println!("cargo::warning={warning}");
    }
    let specs = specs.display().to_string();
    inline(&loaded.spec, &Options { command: "build.rs".to_owned(), specs, only, ..Options::default() })
}

/// All modules in one text, for `include!`.
pub fn inline(spec: &callsheet_spec::model::Spec, options: &Options) -> Result<String, String> {
    let files = generate(spec, options).map_err(|e| e.to_string())?;
    let text = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.as_str());
    let root = text("mod.rs").unwrap_or_default();
    // `include!` takes no inner comments at the top
    let items: String = root.lines().filter(|line| !line.starts_with("//!")).map(|line| format!("{line}\n")).collect();
    Ok(nest(&items, "", &text))
}

/// Puts the text of each file in place of the `pub mod name;` or `mod name;` that names it.
fn nest<'a>(items: &str, folder: &str, text: &dyn Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(items.len());
    for line in items.lines() {
        let item = line.strip_prefix("pub ").unwrap_or(line);
        let name = item.strip_prefix("mod ").and_then(|item| item.strip_suffix(';'));
        let name = name.map(|name| name.strip_prefix("r#").unwrap_or(name));
        let nested = name.and_then(|name| {
            let inner = format!("{folder}{name}/");
            text(&format!("{inner}mod.rs")).or_else(|| text(&format!("{folder}{name}.rs"))).map(|text| (text, inner))
        });
        match nested {
            Some((body, inner)) => {
                let head = line.trim_end_matches(';');
                out.push_str(&format!("{head} {{\n{}}}\n", nest(body, &inner, text)));
            }
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_take_the_place_of_their_declarations() {
        let text = |path: &str| match path {
            "a/mod.rs" => Some("//! A.\nmod part_01;\npub use self::part_01::*;\npub mod r#type;\n"),
            "a/part_01.rs" => Some("use super::*;\n"),
            "a/type.rs" => Some("pub struct B;\n"),
            _ => None,
        };
        assert_eq!(
            nest("pub mod a;\nmod elsewhere;\n", "", &text),
            "pub mod a {\n//! A.\nmod part_01 {\nuse super::*;\n}\npub use self::part_01::*;\n\
             pub mod r#type {\npub struct B;\n}\n}\nmod elsewhere;\n"
        );
    }

    const SPECS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs");

    #[test]
    fn only_the_actions_that_are_named() {
        let text = text(Path::new(SPECS), vec!["oos/statistics/GetBandwidth".to_owned()]).unwrap();
        assert!(text.contains("pub struct GetBandwidth {"));
        let others = ["GetCapacity", "DescribeInstances", "CreateAccessKey"];
        assert_eq!(others.map(|other| text.contains(&format!("pub struct {other} {{"))), [false; 3]);
    }

    #[test]
    fn none_is_not_all() {
        let error = build_script_only(SPECS, [""; 0]).unwrap_err();
        assert_eq!(error, "no action is named: `build_script` generates all of them");
    }
}
