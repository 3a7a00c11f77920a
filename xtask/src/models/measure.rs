//! What a type check costs.

use std::path::Path;

use crate::cost::{self, Cost};

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

/// Type-checks one crate of a workspace anew, and nothing else if its dependencies have been checked before.
pub(crate) fn check(workspace: &Path, package: &str) -> Result<Cost, String> {
    // a target folder of its own: cleaning must not touch that of the workspace
    let target = workspace.join("target");
    cost::cargo(workspace, &target, &["clean", "--quiet", "-p", package])?;
    cost::cargo(workspace, &target, &["check", "--quiet", "-p", package]).map(|(cost, _)| cost)
}
