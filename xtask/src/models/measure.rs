//! What a type check costs.

use std::path::Path;
use std::process::Command;

/// User seconds, and the peak memory of the largest process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) user_seconds: f64,
    pub(crate) peak_mb: f64,
}

/// Lines of source.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lines {
    pub(crate) all: usize,
    /// Not blank, not a comment.
    pub(crate) code: usize,
}

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let code = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
        Self { all: text.lines().count(), code }
    }
}

impl std::iter::Sum for Lines {
    fn sum<I: Iterator<Item = Self>>(lines: I) -> Self {
        lines.fold(Self::default(), |sum, next| Self { all: sum.all + next.all, code: sum.code + next.code })
    }
}

/// The system counts for its parents what children have used; Rust can ask it through unsafe code only, Python through its library.
const MEASURE: &str = "
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=sys.stderr)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime, used.ru_maxrss)
sys.exit(status)
";

/// Type-checks one crate of a workspace anew, and nothing else if its dependencies have been checked before.
pub(crate) fn check(workspace: &Path, package: &str) -> Result<Cost, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // a target folder of its own: cleaning must not touch that of the workspace
    let target = workspace.join("target");
    let clean = Command::new(&cargo)
        .current_dir(workspace)
        .args(["clean", "--quiet", "-p", package, "--target-dir"])
        .arg(&target)
        .output();
    clean.map_err(|e| format!("cargo clean: {e}"))?;
    let mut python = Command::new("python3");
    python.current_dir(workspace).env_remove("CARGO_TARGET_DIR").args(["-c", MEASURE]).arg(&cargo);
    python.args(["check", "--quiet", "-p", package, "--target-dir"]).arg(&target);
    let output = python.stderr(std::process::Stdio::inherit()).output().map_err(|e| format!("python3: {e}"))?;
    if !output.status.success() {
        return Err(format!("{package} does not compile"));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        [user_seconds, kilobytes] => Ok(Cost { user_seconds: *user_seconds, peak_mb: kilobytes / 1024.0 }),
        _ => Err(format!("{package}: nothing was measured")),
    }
}
