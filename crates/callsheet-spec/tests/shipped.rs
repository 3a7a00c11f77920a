//! The spec files that this project ships.

use std::path::{Path, PathBuf};

use callsheet_spec::{load_dir, model, schema};

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

#[test]
fn load_without_problems() {
    let loaded = match load_dir(specs()) {
        Ok(loaded) => loaded,
        Err(report) => panic!("{report}"),
    };
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    println!("{:#?}", loaded.spec);
}
