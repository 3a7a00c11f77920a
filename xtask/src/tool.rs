//! Other programs, and lines of source.

use std::path::Path;
use std::process::{Command, Output};

/// What a program printed; an error with what it complained about.
pub(crate) fn output(result: std::io::Result<Output>, name: &str) -> Result<String, String> {
    let output = result.map_err(|e| format!("{name}: {e}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{name} failed: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

/// valgrind's counter of instructions.
pub(crate) struct Callgrind;

/// What a program did under it.
pub(crate) struct Count {
    /// Instructions in functions called `measured`, and below them.
    pub(crate) instructions: f64,
    pub(crate) printed: String,
}

impl Callgrind {
    /// It, if it is installed.
    pub(crate) fn find() -> Option<Self> {
        let version = Command::new("valgrind").arg("--version").output();
        version.is_ok_and(|output| output.status.success()).then_some(Self)
    }

    pub(crate) fn count(&self, program: &Path, args: &[&str]) -> Result<Count, String> {
        let result = Command::new("valgrind")
            .args([
                "--tool=callgrind",
                "--callgrind-out-file=/dev/null",
                "--collect-atstart=no",
                "--toggle-collect=*measured*",
            ])
            .arg(program)
            .args(args)
            .output();
        let told =
            result.as_ref().map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
        let printed = output(result, "valgrind")?;
        let count = told.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count.trim());
        match count.and_then(|count| count.parse().ok()) {
            Some(instructions) => Ok(Count { instructions, printed }),
            None => Err(format!("valgrind counted nothing:\n{told}")),
        }
    }
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
