//! Turns checked spec files into Rust source.
//!
//! A library: `cargo xtask generate`, `callsheet generate` and the `build.rs` of other projects call it. It reads nothing and writes nothing:
//! [`generate`] gives the texts of the files, [`write()`](write()) and [`stale`] put them on disk or compare them with it.
//!
//! Generated code is data and moves: tables for the engine, structs, and where their fields live. All decisions are in the engine.

mod action;
mod blank;
mod build_script;
mod common;
mod docs;
mod example;
mod files;
mod graph;
mod module;
mod names;
mod only;
mod parts;
mod sequence;
mod tables;
mod types;

use callsheet_spec::model::Spec;

pub use blank::blanks;
pub use build_script::{build_script, build_script_only, inline};
pub use example::registry;
pub use files::{Stale, stale, write};
pub use module::features;

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Relative to the output folder, with `/`.
    pub path: String,
    /// Rust source, formatted.
    pub text: String,
}

/// How the code is generated.
#[derive(Clone, Debug)]
pub struct Options {
    /// The command that generates it, for the first line of each file: `cargo xtask generate`.
    pub command: String,
    /// The spec folder as that line names it: `specs`.
    pub specs: String,
    /// Whether each service and group stands behind a feature of its name.
    pub features: bool,
    /// Path of the module that holds the services, for the examples in the docs: `callsheet`, `my_crate::clouds`.
    /// Empty leaves the examples out.
    pub module: String,
    /// Only these actions, and what they need; empty for all. As `ec2/RunInstances` or `oos/statistics/GetBandwidth`.
    /// One that is not there is an error.
    pub only: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            command: "callsheet generate".to_owned(),
            specs: "specs".to_owned(),
            features: false,
            module: String::new(),
            only: Vec::new(),
        }
    }
}

/// Why no code can be generated from a spec that is sound in itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The spec file, or their folder.
    pub file: String,
    /// What Rust cannot say, or which wanted actions are not there.
    pub message: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for Error {}

/// The modules of all services: `mod.rs`, a folder per service, a file per group.
pub fn generate(spec: &Spec, options: &Options) -> Result<Vec<File>, Error> {
    only::check(spec, options)?;
    module::generate(spec, options)
}
