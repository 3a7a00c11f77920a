//! What it costs to compile a crate.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cost::{self, Cost};

/// How a crate is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    Check,
    Dev,
    Release,
}

impl Build {
    pub(crate) const ALL: [Self; 3] = [Self::Check, Self::Dev, Self::Release];

    fn args(self) -> [&'static str; 3] {
        match self {
            Self::Check => ["check", "--profile", "dev"],
            Self::Dev => ["build", "--profile", "dev"],
            Self::Release => ["build", "--profile", "release"],
        }
    }

    /// Compiles packages, unless they are there already.
    pub(crate) fn run(self, place: &Place, packages: &[String]) -> Result<(Cost, usize), String> {
        let packages = packages.iter().flat_map(|package| ["--package", package]);
        let args: Vec<&str> = self.args().into_iter().chain(packages).collect();
        let (cost, told) = cost::cargo(&place.folder, &place.target, &args)?;
        let words = ["Compiling ", "Checking "];
        let crates = told.lines().filter(|line| words.iter().any(|word| line.trim_start().starts_with(word))).count();
        Ok((cost, crates))
    }

    /// Compiles packages anew, and nothing else: what they depend on must be there.
    pub(crate) fn anew(self, place: &Place, packages: &[String]) -> Result<Cost, String> {
        let [_, profile @ ..] = self.args();
        let names = packages.iter().flat_map(|package| ["--package", package]);
        let clean: Vec<&str> = ["clean", "--quiet"].into_iter().chain(profile).chain(names).collect();
        cost::cargo(&place.folder, &place.target, &clean)?;
        let (cost, crates) = self.run(place, packages)?;
        if crates == packages.len() {
            return Ok(cost);
        }
        Err(format!("{} was to be compiled alone, and {crates} crates were", packages.join(" and ")))
    }
}

/// Where crates are compiled.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    /// One of its own: cleaning must not touch that of the workspace.
    pub(crate) target: PathBuf,
}

/// One changed line in the program of a package, built again: the median of five times.
pub(crate) fn rebuild(place: &Place, package: &str, main: &Path) -> Result<Cost, String> {
    const TIMES: usize = 5;
    let error = |e: std::io::Error| format!("{}: {e}", main.display());
    let text = fs::read_to_string(main).map_err(error)?;
    let package = [package.to_owned()];
    let mut costs = Vec::new();
    for time in 0..=TIMES {
        let changed = text.replace("fn main() {", &format!("fn main() {{\n    println!(\"{time}\");"));
        fs::write(main, changed).map_err(error)?;
        costs.push(Build::Dev.run(place, &package)?.0);
    }
    fs::write(main, text).map_err(error)?;
    // the first made what was not there
    let median = |part: fn(&Cost) -> f64| {
        let mut parts: Vec<f64> = costs.iter().skip(1).map(part).collect();
        parts.sort_by(f64::total_cmp);
        parts.get(TIMES / 2).copied().unwrap_or_default()
    };
    Ok(Cost {
        user_seconds: median(|cost| cost.user_seconds),
        wall_seconds: median(|cost| cost.wall_seconds),
        peak_mb: median(|cost| cost.peak_mb),
    })
}
