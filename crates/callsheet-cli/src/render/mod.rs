//! Answers in the forms that people and programs read.

pub(crate) mod chart;
pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod picture;
mod plot;
pub(crate) mod table;
