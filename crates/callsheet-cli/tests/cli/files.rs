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

    fs::write(scratch.path("generated/oos/statistics.rs"), "// by hand").expect("written");
    let stale = generate(&["--check"]);
    assert_eq!(code(&stale), 1);
    assert!(stderr(&stale).contains("different: ") && stderr(&stale).contains("statistics.rs"), "{}", stderr(&stale));
}
