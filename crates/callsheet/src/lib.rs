//! Action-style cloud APIs as typed, sans-IO Rust.
//!
//! This crate turns typed actions into signed [`http::Request`]s and [`http::Response`]s into typed structs. What it does not do:
//! open sockets, read files or the environment, look at a clock, start threads, draw random numbers. Time is an argument; I/O is done by a
//! transport (`callsheet-ureq`, `callsheet-hyper`) or by you.

// generated code says `::callsheet`, here as in the crates of others
#[allow(unused_extern_crates)]
extern crate self as callsheet;

pub mod call;
pub mod check;
pub mod credentials;
pub mod decode;
pub mod draft;
pub mod encode;
pub mod error;
pub mod pairs;
pub mod schema;
pub mod sequence;
pub mod series;
pub mod service;
pub mod sign;
pub mod time;
pub mod value;

pub use credentials::Credentials;
pub use error::Error;
pub use service::{Options, Service};
pub use value::Action;

// written by `cargo xtask generate`, which formats it
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic)]
mod generated;

#[allow(unused_imports, unreachable_pub)]
pub use generated::*;

#[doc(hidden)]
pub mod rt;
