//! Where programs look for credentials.

/// Where programs look for credentials, in this order: environment, files, metadata.
#[derive(Debug)]
pub struct CredentialSources {
    /// Sets of environment variables, tried in order.
    pub env: &'static [EnvironmentNames],
    /// Files, tried in order.
    pub files: &'static [CredentialFile],
    /// What an instance of the cloud can ask.
    pub metadata: Option<MetadataSource>,
}

impl CredentialSources {
    /// Nowhere.
    pub const NONE: Self = Self { env: &[], files: &[], metadata: None };
}

/// Names of environment variables.
#[derive(Clone, Copy, Debug)]
pub struct EnvironmentNames {
    /// Of the access key id.
    pub id: &'static str,
    /// Of the secret.
    pub secret: &'static str,
    /// Of the session token; empty if there is none.
    pub token: &'static str,
}

/// A file with credentials.
#[derive(Clone, Copy, Debug)]
pub struct CredentialFile {
    /// May begin with `~/`.
    pub path: &'static str,
    /// How it is written.
    pub format: CredentialFormat,
    /// Key of the access key id.
    pub id: &'static str,
    /// Key of the secret.
    pub secret: &'static str,
    /// Key of the session token; empty if there is none.
    pub token: &'static str,
}

/// How a credential file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialFormat {
    /// Flat `key: value` lines.
    Yaml,
    /// Sections (profiles) of `key = value` lines.
    Ini,
}

/// An address that tells an instance of the cloud a temporary credential: a JSON object, or a JSON text with one in it.
#[derive(Clone, Copy, Debug)]
pub struct MetadataSource {
    /// Its address.
    pub url: &'static str,
    /// Member with the access key id.
    pub id: &'static str,
    /// Member with the secret.
    pub secret: &'static str,
    /// Member with the session token.
    pub token: &'static str,
    /// Member with the time until which it is good.
    pub expires: &'static str,
}
