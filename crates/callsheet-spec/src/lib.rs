//! Reads and checks callsheet spec files.
//!
//! A spec folder holds a folder per service with its `service.toml`, and a TOML file per action. [`load_dir`] and
//! [`load`] turn them into a [`Spec`](model::Spec) in which every default is filled in and every name is known to exist,
//! or into a [`Report`] of everything that is wrong, each problem with its place and a hint.
//!
//! Not here: whether answers of examples can be decoded (the engine's tests say that), and Rust names (the generator's).

#![forbid(unsafe_code)]

mod action;
mod body;
mod context;
mod document;
mod example;
mod fields;
mod files;
mod grammar;
mod jobs;
mod load;
pub mod model;
mod paging;
mod problems;
mod report;
pub mod schema;
mod settings;
mod shape;
mod suggest;
mod syntax;
mod types;
mod window;

pub use files::Files;
pub use load::{Loaded, load, load_dir};
pub use report::{Problem, Report, Severity};
pub use suggest::closest;
