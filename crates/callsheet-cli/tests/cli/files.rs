//! `callsheet generate`

use std::fs;

use crate::support::{Scratch, code, output, shipped_specs, stderr, stdout};

#[test]
fn generated_modules_are_written_and_checked() {
    let scratch = Scratch::new();
    let specs = shipped_specs().display().to_string();
    let out = scratch.text("generated");
    let generate = |more: &[&str]| {
        let mut words = vec!["generate", "--specs", &specs, "--out", &out];
        words.extend(more);
        output(&words)
    };
    let stale = generate(&["--check"]);
    assert_eq!(code(&stale), 1);
    assert!(stderr(&stale).contains("missing: "), "{}", stderr(&stale));
    assert!(!scratch.path("generated").exists(), "--check writes nothing");

    let written = generate(&[]);
    assert_eq!(code(&written), 0, "{}", stderr(&written));
    let module = fs::read_to_string(scratch.path("generated/oos/statistics.rs")).expect("a module");
    assert!(module.contains("pub struct GetBandwidth"), "{module}");
    assert_eq!(code(&generate(&["--check"])), 0);
    assert!(stdout(&generate(&[])).contains(" 0 changed"), "the second run changes nothing");

    fs::write(scratch.path("generated/oos/statistics.rs"), format!("{module}// by hand\n")).expect("written");
    let stale = generate(&["--check"]);
    assert_eq!(code(&stale), 1);
    assert!(stderr(&stale).contains("different: ") && stderr(&stale).contains("statistics.rs"), "{}", stderr(&stale));
    assert_eq!(code(&generate(&[])), 0);
    assert_eq!(fs::read_to_string(scratch.path("generated/oos/statistics.rs")).expect("a module"), module);
}

/// `--out src` removed `src/main.rs`.
#[test]
fn what_was_not_generated_is_left_alone() {
    let scratch = Scratch::new();
    let specs = shipped_specs().display().to_string();
    let out = scratch.text("src");
    let generate = || output(&["generate", "--specs", &specs, "--out", &out]);
    scratch.write("src/main.rs", "fn main() {}\n");
    assert_eq!(code(&generate()), 0);
    // what is not made any more goes, and is told
    let module = fs::read_to_string(scratch.path("src/oos/statistics.rs")).expect("a module");
    scratch.write("src/oos/gone.rs", &module);
    let written = generate();
    assert!(stdout(&written).contains("gone.rs (removed)\n"), "{}", stdout(&written));
    assert!(!scratch.path("src/oos/gone.rs").exists());

    scratch.write("src/mod.rs", "pub mod mine;\n");
    scratch.write("src/oos/mod.rs", "");
    let refused = generate();
    assert_eq!((code(&refused), stdout(&refused)), (7, ""));
    assert!(stderr(&refused).contains("mod.rs is there and was not generated: move it away"), "{}", stderr(&refused));
    assert_eq!(fs::read_to_string(scratch.path("src/oos/mod.rs")).expect("a file"), "", "nothing is written");
    for (path, text) in [("src/main.rs", "fn main() {}\n"), ("src/mod.rs", "pub mod mine;\n")] {
        assert_eq!(fs::read_to_string(scratch.path(path)).expect("a file"), text);
    }
}
