//! Actions from spec files read at run time: no generated code, values by name.
//!
//! [`Catalog`] builds the tables of the core from a [`callsheet_spec::model::Spec`], [`DynRecord`] holds the parameters and answers of any
//! action. The encoders, decoders and signers are those of generated code, so that the two cannot disagree.
//!
//! What it does not do: read spec files (`callsheet-spec` does), send anything (transports do).
//!
//! ```
//! use callsheet_dynamic::{Catalog, Reading};
//! # fn call(spec: &callsheet_spec::model::Spec, now: chrono::DateTime<chrono::Utc>) -> Result<(), Box<dyn std::error::Error>> {
//! let catalog = Catalog::new(spec);
//! let action = catalog.find("oos", "GetBandwidth")?;
//! let mut input = action.input();
//! let reading = Reading::of(action.operation);
//! input.set_text("BeginDate", "2018-12-26T16:45+08:00", &reading)?;
//! input.set_text("EndDate", "2018-12-26-16-50", &reading)?;
//! let service = action.service("cn").credentials(callsheet::Credentials::new("id", "secret"));
//! let request = service.request_of(action.operation, &input, &Default::default(), now)?;
//! # Ok(())
//! # }
//! ```

mod catalog;
mod error;
mod json;
mod pages;
mod reading;
mod sequence;
mod tables;
mod text;
mod value;

pub use catalog::{Catalog, Entry, NotFound};
pub use error::ParameterError;
pub use json::{answer_json, points};
pub use pages::{PagedList, Rest, has_one_list, take_items};
pub use reading::{Names, Reading};
pub use value::{DynRecord, List, Map, Value, difference};
