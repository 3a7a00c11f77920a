//! From a record to parameters or to a JSON body.

mod json;
mod params;
mod scalar;

pub use json::{JsonBody, json_text};
pub use params::{Encoding, encode};
pub use scalar::scalar_text;
pub(crate) use scalar::time_format;
