//! What a run of cargo costs.

use std::path::Path;
use std::process::Command;

/// Of cargo and all that it starts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) user_seconds: f64,
    pub(crate) wall_seconds: f64,
    /// Of the largest process.
    pub(crate) peak_mb: f64,
}

/// The system counts for its parents what children have used; Rust can ask it through unsafe code only, Python through its library.
const MEASURE: &str = "
import resource, subprocess, sys, time
start = time.monotonic()
status = subprocess.call(sys.argv[1:], stdout=sys.stderr)
wall = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime, wall, used.ru_maxrss)
sys.exit(status)
";

/// Runs cargo in a folder, and says what it told besides: a line for each crate that it compiled.
pub(crate) fn cargo(folder: &Path, target: &Path, args: &[&str]) -> Result<(Cost, String), String> {
    let mut python = Command::new("python3");
    python.current_dir(folder).args(["-c", MEASURE]).arg(program()).args(args);
    // a target folder that is named: cargo must not build into that of the workspace
    let output = python.env("CARGO_TARGET_DIR", target).output().map_err(|e| format!("python3: {e}"))?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(format!("cargo {} failed in {}:\n{told}", args.join(" "), folder.display()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        [user_seconds, wall_seconds, kilobytes] => {
            let cost = Cost { user_seconds: *user_seconds, wall_seconds: *wall_seconds, peak_mb: kilobytes / 1024.0 };
            Ok((cost, told))
        }
        _ => Err(format!("cargo {}: nothing was measured", args.join(" "))),
    }
}

/// The cargo that runs this.
pub(crate) fn program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Processes that wanted to run in the last minute: figures of a busy machine are higher.
pub(crate) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}
