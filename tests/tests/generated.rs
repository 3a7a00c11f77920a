//! Generated files are fresh, a new action needs nothing but its files, and a project of its own can do the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// The folder that this test was built into. Copies are built in a folder of their own: cargo would mistake them for the original.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a target folder").to_owned()
}

fn cargo(folder: &Path, args: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", if folder == root() { target() } else { target().join("scratch") })
        .env("CARGO_NET_OFFLINE", "true")
        .env_remove("CARGO_MANIFEST_DIR")
        // what a contributor has: new snapshots are written, whatever this run is set to
        .env_remove("INSTA_UPDATE")
        .output()
        .expect("cargo runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

/// Copies what a clone would have: no build output, nothing of git.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let name = entry.file_name();
        if ["target", ".git", "corpus", "artifacts"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        let (from, to) = (entry.path(), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}

/// The text of the code block after `mark` in the README.
fn block<'a>(readme: &'a str, mark: &str) -> &'a str {
    let (_, after) = readme.split_once(mark).unwrap_or_else(|| panic!("the README says {mark:?}"));
    let (_, after) = after.split_once("```").expect("a code block");
    let (_, after) = after.split_once('\n').expect("a code block");
    after.split_once("```").expect("a code block").0
}

#[test]
fn generated_files_are_fresh() {
    let (ok, text) = cargo(&root(), &["xtask", "generate", "--check"]);
    assert!(ok, "{text}");
}

/// The README's "add an action", word for word, on a scratch copy.
#[test]
fn a_new_action_needs_nothing_but_its_files() {
    let root = root();
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scratch");
    let _ = fs::remove_dir_all(&scratch);
    copy(&root, &scratch);

    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    let group = scratch.join("specs/oos/statistics");
    fs::write(group.join("GetReturnCode.toml"), block(&readme, "Write `specs/oos/statistics/GetReturnCode.toml`"))
        .expect("a file");
    let (ok, text) = cargo(&scratch, &["xtask", "generate"]);
    assert!(!ok && text.contains("GetReturnCode.xml"), "a missing answer must be told: {text}");
    fs::write(group.join("GetReturnCode.xml"), block(&readme, "the documented answer, `GetReturnCode.xml`"))
        .expect("a file");

    let (ok, text) = cargo(&scratch, &["xtask", "generate", "--check"]);
    assert!(!ok && text.contains("statistics.rs is stale") && text.contains("run `cargo xtask generate`"), "{text}");
    let (ok, text) = cargo(&scratch, &["xtask", "generate"]);
    assert!(ok, "{text}");
    let (ok, text) = cargo(&scratch, &["test", "-p", "callsheet-tests", "--test", "examples", "--test", "transports"]);
    assert!(ok, "{text}");
    let snapshot = scratch.join("tests/tests/snapshots/oos.statistics.GetReturnCode.0.request.snap");
    let snapshot = fs::read_to_string(snapshot).expect("the new action was tested");
    assert!(snapshot.contains("?Action=GetReturnCode&BeginDate=2026-01-01&EndDate=2026-01-01\n"), "{snapshot}");
    fs::remove_dir_all(&scratch).expect("the scratch copy goes");
}

#[test]
fn a_project_of_its_own_generates_from_its_own_specs() {
    let folder = root().join("examples/own-cloud");
    let (ok, text) = cargo(&folder, &["run", "--quiet"]);
    assert!(ok, "{text}");
    assert!(text.contains("POST https://queues.north.acme.test/v1/\n"), "{text}");
    assert!(text.contains("Command=ListQueues&Prefix=mail&States%5B0%5D=open\n"), "{text}");
    assert!(text.contains("mail-in (open): 3 messages\n"), "{text}");
}
