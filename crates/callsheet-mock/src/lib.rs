//! A server made from spec files.
//!
//! It knows every action of a [`Catalog`](callsheet_dynamic::Catalog): it verifies signatures with test credentials, reads and checks the
//! parameters, answers from the examples of the specs, and words its errors the way the real service does. It can also misbehave on
//! purpose: see [`Fault`].
//!
//! [`Mock`] is the whole of it without I/O: a request in, an answer out. [`Server`] puts it on a socket.
//!
//! What it does not do: remember what was created, or know anything that no spec says.
//!
//! ```
//! use std::sync::Arc;
//! use callsheet_mock::{Config, Server};
//! # fn main() -> std::io::Result<()> {
//! # let spec = callsheet_spec::model::Spec::default();
//! let catalog = Arc::new(callsheet_dynamic::Catalog::new(&spec));
//! let server = Server::start(catalog, Config::default())?;
//! println!("listening at {}", server.url());
//! # Ok(())
//! # }
//! ```

mod answer;
mod config;
mod delivery;
mod dice;
mod failure;
mod fault;
mod http1;
mod log;
mod mock;
mod params;
mod route;
mod rules;
mod server;
pub mod write;

pub use config::{Clock, Config, Observer};
pub use delivery::{Delivery, MockResponse};
pub use fault::{Fault, FaultKind, FaultSyntax};
pub use log::Recorded;
pub use mock::Mock;
pub use params::decode_pairs;
pub use rules::UselessFault;
pub use server::Server;
