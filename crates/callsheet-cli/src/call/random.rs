//! Random numbers: for idempotency tokens, and so that many who wait do not ask together.

use callsheet::Error;
use callsheet::schema::Operation;

/// A new idempotency token, if the action has a field for one.
pub(crate) fn token(operation: &Operation) -> Result<Option<String>, Error> {
    if !operation.input.fields().iter().any(|field| field.token) {
        return Ok(None);
    }
    Ok(Some(format!("{:032x}", number()?)))
}

/// A number that nobody can guess.
pub(super) fn number() -> Result<u128, Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::Setup(format!("no random numbers: {error}")))?;
    Ok(u128::from_be_bytes(bytes))
}
