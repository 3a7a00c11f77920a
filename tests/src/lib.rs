//! Snapshots, vectors and end-to-end tests of the workspace.

use std::io::Write as _;
use std::path::PathBuf;

/// The folder with the public suites that are not part of this repository, as `CALLSHEET_SHARED` names it.
///
/// Without it the caller has nothing to do and returns: a line says so. With `CALLSHEET_REQUIRE_SHARED=1`, as in CI, that
/// is a failure.
pub fn shared_dir() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("CALLSHEET_SHARED") {
        return Some(dir.into());
    }
    let required = std::env::var_os("CALLSHEET_REQUIRE_SHARED").is_some_and(|value| value == "1");
    assert!(!required, "CALLSHEET_REQUIRE_SHARED is set, but CALLSHEET_SHARED is not");
    let thread = std::thread::current();
    // past the capture of the test harness, which would hide it
    let _ = writeln!(std::io::stderr(), "SKIPPED: {} (set CALLSHEET_SHARED)", thread.name().unwrap_or("a test"));
    None
}
