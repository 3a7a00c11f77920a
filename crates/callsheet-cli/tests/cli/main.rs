//! The program as its users run it: arguments in, output and exit code out.

// helpers outside of #[test] functions count as production code for clippy
#![allow(clippy::expect_used)]

mod body;
mod bulk;
mod call;
/// A server that remembers, which is that of the tests of the workspace.
#[path = "../../../../tests/src/server.rs"]
#[allow(dead_code, unreachable_pub)]
mod cloud;
mod credentials;
mod errors;
mod files;
mod help;
mod import;
#[cfg(unix)]
mod interrupted;
mod jobs;
mod journal;
mod pages;
mod server;
mod spans;
mod stopped;
mod support;
mod until;
