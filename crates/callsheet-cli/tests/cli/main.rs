//! The program as its users run it: arguments in, output and exit code out.

// helpers outside of #[test] functions count as production code for clippy
#![allow(clippy::expect_used)]

mod bulk;
mod call;
mod credentials;
mod errors;
mod files;
mod help;
mod import;
mod journal;
mod server;
mod stopped;
mod support;
