//! Plain JSON.
use super::super::Limits;
use crate::schema::Operation;
use crate::value::Record;
pub(in super::super) fn decode(_: &'static Operation, _: &[u8], _: Limits, _: &mut dyn Record) -> Option<()> {
    None
}
