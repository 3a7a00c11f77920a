//! Who calls.

mod files;
mod metadata;
mod printable;
mod provider;
mod settings;
mod trace;

use std::fmt;

use zeroize::{Zeroize as _, ZeroizeOnDrop};

pub use provider::{CredentialStep, Provider, Source};
pub use settings::Settings;

use crate::error::Error;

/// An access key: its id, its secret, and the session token of a temporary one.
///
/// Neither secret nor token shows in `Debug`; their memory is overwritten on drop ([`ZeroizeOnDrop`]).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    id: String,
    secret: String,
    token: Option<String>,
    /// Whether there is something in them that no key has; looked for once, not for each request.
    is_flawed: bool,
}

impl Credentials {
    /// A permanent key. With nothing in it, or anything but printable ASCII, such as the line break at the end of a file, calls fail.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        let mut credentials = Self { id: id.into(), secret: secret.into(), token: None, is_flawed: false };
        credentials.is_flawed = credentials.flaw().is_some();
        credentials
    }

    /// Makes it a temporary key: the token travels with each request.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        if let Some(mut old) = self.token.replace(token.into()) {
            old.zeroize();
        }
        self.is_flawed = self.flaw().is_some();
        self
    }

    /// The access key id; not secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret key.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The session token of a temporary key.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Refuses what no service can have given: a signature with it would be one that nobody can explain.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.is_flawed.then(|| self.flaw()).flatten() {
            None => Ok(()),
            Some(flaw) => Err(Error::Setup(format!("the credentials are not usable: {flaw}"))),
        }
    }

    fn flaw(&self) -> Option<String> {
        let named = |name: &str, text: &str| printable::flaw(text).map(|flaw| format!("the {name} {flaw}"));
        named("access key id", &self.id)
            .or_else(|| named("secret", &self.secret))
            .or_else(|| named("session token", self.token.as_deref()?))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("id", &self.id)
            .field("secret", &"<redacted>")
            .field("token", &self.token.as_ref().map(|_| "<redacted>"))
            .finish()
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        // by name, so that no further field is forgotten
        let Self { id: _, secret, token, is_flawed: _ } = self;
        secret.zeroize();
        token.zeroize();
    }
}

impl ZeroizeOnDrop for Credentials {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_left_in_memory() {
        fn wiped<T: ZeroizeOnDrop>(_: &T) {}
        wiped(&Credentials::new("AKID", "hunter2"));
    }

    /// They were signed with and sent.
    #[test]
    fn variables_that_were_not_set_are_no_credentials() {
        for credentials in [Credentials::new("", ""), Credentials::new("AKID", "").with_token("t")] {
            let error = credentials.check().unwrap_err().to_string();
            assert!(error.contains("is empty"), "{error}");
        }
        let error = Credentials::new("AKID", "s").with_token("").check().unwrap_err().to_string();
        assert_eq!(error, "the credentials are not usable: the session token is empty");
    }

    #[test]
    fn debug_shows_no_secret() {
        let text = format!("{:?}", Credentials::new("AKID", "hunter2").with_token("tok3n"));
        assert!(text.contains("AKID"), "{text}");
        assert!(!text.contains("hunter2") && !text.contains("tok3n"), "{text}");
    }
}
