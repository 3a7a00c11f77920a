//! How answers that come in pages go on: `paginators-1.json`.

use crate::shapes::{Members, Shapes};
use crate::{ImportError, Source};

#[derive(Debug, Default)]
pub(crate) struct Pages {}

pub(crate) fn read(_source: Source<'_>) -> Result<Pages, ImportError> {
    Ok(Pages {})
}

pub(crate) fn write(_text: &mut String, _name: &str, _input: &Members<'_>, _output: &Members<'_>, _pages: &Pages, _shapes: &Shapes<'_>) -> Result<(), ImportError> {
    Ok(())
}
