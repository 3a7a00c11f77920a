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
    /// Of the endpoint, a whole address; empty if there is none.
    pub endpoint: &'static str,
    /// Common parameters, each with the variable that has its value.
    pub common: &'static [(&'static str, &'static str)],
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
    /// Keys of the parts of the endpoint.
    pub endpoint: Option<&'static AddressKeys>,
    /// Keys of the parts of the metadata address.
    pub metadata: Option<&'static AddressKeys>,
    /// Common parameters, each with the key that has its value.
    pub common: &'static [(&'static str, &'static str)],
}

/// Keys of the parts of an address, each empty if there is none.
#[derive(Clone, Copy, Debug)]
pub struct AddressKeys {
    /// Of `https` or `http`.
    pub scheme: &'static str,
    /// Of the host.
    pub host: &'static str,
    /// Of the port.
    pub port: &'static str,
    /// Of the path.
    pub path: &'static str,
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
