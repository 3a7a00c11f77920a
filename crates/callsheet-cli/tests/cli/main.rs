//! The program as its users run it: arguments in, output and exit code out.

mod call;
mod errors;
mod files;
mod help;
mod server;
mod support;
