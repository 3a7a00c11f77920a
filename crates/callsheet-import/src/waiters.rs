//! Conditions to wait for: `waiters-2.json`.

use crate::shapes::{Members, Shapes};
use crate::{ImportError, Source};

#[derive(Debug, Default)]
pub(crate) struct Waiters {}

pub(crate) fn read(_source: Source<'_>) -> Result<Waiters, ImportError> {
    Ok(Waiters {})
}

pub(crate) fn write(_text: &mut String, _name: &str, _output: &Members<'_>, _waiters: &Waiters, _shapes: &Shapes<'_>) -> Result<(), ImportError> {
    Ok(())
}
