//! What reads the answers of a format.

use std::fmt;

use super::document::Node;
use super::{Limits, Outcome, Problem, document, json, plain, xml};
use crate::schema::{Api, Format, Operation};
use crate::value::Record;

type ReadOutput = fn(&'static Operation, &[u8], Limits, &mut dyn Record) -> Result<Outcome, Problem>;

/// What reads answers: [`JSON`] or [`XML`].
///
/// Tables name a reader, not a format to choose one by: the linker leaves out of a program what none of its tables names.
pub struct Reader {
    /// What it reads.
    pub format: Format,
    /// The fast path; `None` for whatever is not plain.
    pub(super) plain: fn(&'static Operation, &[u8], Limits, &mut dyn Record) -> Option<()>,
    /// The output of an action, or word that it is an error.
    pub(super) output: ReadOutput,
    /// The members of a modelled error.
    pub(super) members: fn(&'static Api, &[u8], &mut dyn Record) -> Result<(), Problem>,
    /// The whole body without a table, nested no deeper than this.
    pub(super) tree: fn(&[u8], usize) -> Option<Node>,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.format.fmt(f)
    }
}

/// Reads JSON.
pub static JSON: Reader = Reader {
    format: Format::Json,
    plain: plain::json::decode,
    output: json::decode,
    members: json::decode_error,
    tree: document::from_json,
};

/// Reads XML.
pub static XML: Reader = Reader {
    format: Format::Xml,
    plain: plain::xml::decode,
    output: xml::decode,
    members: xml::decode_error,
    tree: document::from_xml,
};
