//! Signers: from a draft and credentials to a signed request, and back on the side of a server.
//!
//! What differs between services is data in a [`Scheme`]; the steps are code, one module for each family:
//!
//! | scheme | who speaks it |
//! | --- | --- |
//! | [`ParameterHmac`] | QingCloud, its AppCenter, and others that sign the sorted parameters |
//! | [`SigV4`] | AWS, CTYUN OOS |
//! | [`AwsV2`] | the older S3 signature, CTYUN OOS |
//!
//! A request is signed for one instant, so each try of a call is signed anew. [`sign()`] does it, [`presign`] makes a
//! link that others may use for a while, [`explain`] shows the texts on the way, and [`verify()`] is what a server does.
//!
//! Nothing here reads a clock: the time is an argument. Nothing here shows a secret key or a session token, neither in
//! `Debug`, nor in an [`Explanation`], nor in an error.

mod awsv2;
mod crypto;
mod hmac;
mod parameter_hmac;
mod path;
mod sigv4;
#[cfg(test)]
mod tests;
mod verify;

pub use awsv2::{AwsV2, DateHeader};
pub(crate) use crypto::sha256;
pub use crypto::{Algorithm, Alphabet};
pub use parameter_hmac::{ParameterHmac, Temporary};
pub use path::encode_path;
pub use sigv4::{ContentSha256, SigV4, SigningKey};
pub use verify::{VerifyError, verify};

use std::fmt;

use chrono::{DateTime, Utc};
use http::Request;
use zeroize::Zeroize as _;

use crate::credentials::Credentials;
use crate::draft::Draft;
use crate::error::Error;
use crate::pairs::push_encoded;
use crypto::Keyed;

/// The header of a session token. Signed by both AWS schemes.
const SECURITY_TOKEN: &str = "x-amz-security-token";
const AUTHORIZATION: &str = "authorization";
const REDACTED: &str = "<redacted>";

/// What signs the requests of a service: the words of a scheme with its code.
///
/// Tables name one of these and not a [`Scheme`] to choose by: the linker leaves out of a program what none of its tables names.
pub trait Sign: fmt::Debug + Sync {
    /// Which scheme it is, with its words.
    fn scheme(&self) -> Scheme;

    /// Names of the headers that it sets, in lower case: whoever sets one of them by hand would not be heard.
    fn headers(&self) -> &'static [&'static str] {
        &[]
    }

    /// The one path of signing: [`sign()`] and [`explain`] go it. `trace` is there to be explained to, and costs nothing when it is not.
    fn apply(
        &self,
        draft: &mut Draft,
        credentials: &Credentials,
        words: &Words<'_>,
        now: DateTime<Utc>,
        cache: &mut KeyCache,
        trace: Option<&mut Explanation>,
    ) -> Result<(), Error>;
}

/// Any of the schemes: for programs that ask which one it is, or choose one at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Not at all.
    None,
    /// An HMAC over method, path and sorted parameters, sent as one more parameter.
    ParameterHmac(ParameterHmac),
    /// AWS Signature Version 4.
    SigV4(SigV4),
    /// AWS Signature Version 2 of S3, in the header.
    AwsV2(AwsV2),
}

/// What a [`Scheme`] does not know because it differs between users of one service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words<'a> {
    /// The region that the client is configured for, as in `us-east-1`; used by schemes that name none themselves.
    pub region: &'a str,
}

/// Signs a request as of `now`, the time of the server as far as it is known.
///
/// An `authorization` header that is already there gives way.
///
/// ```
/// use callsheet::Credentials;
/// use callsheet::draft::Draft;
/// use callsheet::pairs::Pairs;
/// use callsheet::sign::{ContentSha256, SigV4, Words, sign};
///
/// static STATISTICS: SigV4 = SigV4 { content_sha256: ContentSha256::Hash, ..SigV4::new("s3") };
///
/// let mut query = Pairs::new();
/// query.push("Action", "GetBandwidth");
/// let draft = Draft {
///     method: http::Method::GET,
///     scheme: "https".to_owned(),
///     host: "oos-cn-mg.ctyunapi.cn".to_owned(),
///     path: "/".to_owned(),
///     query,
///     ..Draft::default()
/// };
/// let now = chrono::DateTime::from_timestamp(1_545_814_500, 0).unwrap_or_default();
/// let credentials = Credentials::new("AKID", "secret");
/// let request = sign(&STATISTICS, draft, &credentials, &Words { region: "cn" }, now)?.into_request()?;
/// assert_eq!(request.headers()["x-amz-date"], "20181226T085500Z");
/// assert!(request.headers().contains_key("authorization"));
/// # Ok::<(), callsheet::Error>(())
/// ```
pub fn sign(
    scheme: &dyn Sign,
    draft: Draft,
    credentials: &Credentials,
    words: &Words<'_>,
    now: DateTime<Utc>,
) -> Result<Signed, Error> {
    sign_with(&mut KeyCache::new(), scheme, draft, credentials, words, now)
}

/// As [`sign()`], but with what earlier calls left in `cache`, which saves time and memory.
pub fn sign_with(
    cache: &mut KeyCache,
    scheme: &dyn Sign,
    mut draft: Draft,
    credentials: &Credentials,
    words: &Words<'_>,
    now: DateTime<Utc>,
) -> Result<Signed, Error> {
    scheme.apply(&mut draft, credentials, words, now, cache, None)?;
    Ok(Signed { draft })
}

/// Makes a link: a request whose signature is in the query, good for `expires_seconds` (1 to 604800) from `now` on.
///
/// Its payload is not known beforehand in the S3 family: see [`SigV4::presign_unsigned`].
pub fn presign(
    scheme: &SigV4,
    mut draft: Draft,
    credentials: &Credentials,
    words: &Words<'_>,
    now: DateTime<Utc>,
    expires_seconds: u32,
) -> Result<Signed, Error> {
    scheme.presign(&mut draft, credentials, words, now, expires_seconds, &mut KeyCache::new(), None)?;
    Ok(Signed { draft })
}

/// The texts that [`sign()`] makes of the same arguments: to compare with those that a server reports.
pub fn explain(
    scheme: &dyn Sign,
    mut draft: Draft,
    credentials: &Credentials,
    words: &Words<'_>,
    now: DateTime<Utc>,
) -> Result<Explanation, Error> {
    let mut explanation = Explanation::default();
    scheme.apply(&mut draft, credentials, words, now, &mut KeyCache::new(), Some(&mut explanation))?;
    explanation.hide_token(credentials);
    Ok(explanation)
}

/// The texts that [`presign`] makes of the same arguments.
pub fn explain_presigned(
    scheme: &SigV4,
    mut draft: Draft,
    credentials: &Credentials,
    words: &Words<'_>,
    now: DateTime<Utc>,
    expires_seconds: u32,
) -> Result<Explanation, Error> {
    let mut explanation = Explanation::default();
    let cache = &mut KeyCache::new();
    scheme.presign(&mut draft, credentials, words, now, expires_seconds, cache, Some(&mut explanation))?;
    explanation.hide_token(credentials);
    Ok(explanation)
}

/// A service whose requests are not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsigned;

impl Sign for Unsigned {
    fn scheme(&self) -> Scheme {
        Scheme::None
    }

    fn apply(
        &self,
        _: &mut Draft,
        _: &Credentials,
        _: &Words<'_>,
        _: DateTime<Utc>,
        _: &mut KeyCache,
        _: Option<&mut Explanation>,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// Whichever it is: a program that chooses at run time carries all of them.
impl Sign for Scheme {
    fn scheme(&self) -> Scheme {
        *self
    }

    fn headers(&self) -> &'static [&'static str] {
        self.signer().headers()
    }

    fn apply(
        &self,
        draft: &mut Draft,
        credentials: &Credentials,
        words: &Words<'_>,
        now: DateTime<Utc>,
        cache: &mut KeyCache,
        trace: Option<&mut Explanation>,
    ) -> Result<(), Error> {
        self.signer().apply(draft, credentials, words, now, cache, trace)
    }
}

impl Scheme {
    fn signer(&self) -> &dyn Sign {
        match self {
            Self::None => &Unsigned,
            Self::ParameterHmac(scheme) => scheme,
            Self::SigV4(scheme) => scheme,
            Self::AwsV2(scheme) => scheme,
        }
    }
}

/// A draft with its signature. `Debug` shows the request but neither signature nor token.
#[derive(Clone)]
pub struct Signed {
    draft: Draft,
}

impl Signed {
    /// The parts of the signed request. Beware of its `Debug`, which shows the session token of temporary credentials.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Takes the parts out.
    pub fn into_draft(self) -> Draft {
        self.draft
    }

    /// The finished request. Its secret headers are marked so that their values do not show in `Debug`.
    pub fn into_request(self) -> Result<Request<Vec<u8>>, Error> {
        self.draft.into_request()
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // names only: which values are secret depends on the scheme and on the action
        let names = |pairs: &crate::pairs::Pairs| pairs.decoded().map(|(name, _)| name).collect::<Vec<_>>();
        let headers: Vec<_> = self.draft.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Signed")
            .field("method", &self.draft.method)
            .field("host", &self.draft.host)
            .field("path", &self.draft.path)
            .field("query", &names(&self.draft.query))
            .field("headers", &headers)
            .finish_non_exhaustive()
    }
}

/// The steps of one signature. The session token of temporary credentials reads `<redacted>` in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The request in the one form that client and server agree on; schemes but [`SigV4`] know no such step.
    pub canonical_request: Option<String>,
    /// The text that the signature is made of.
    pub string_to_sign: String,
    /// The signature as it is sent: hex digits or Base64.
    pub signature: String,
}

impl Explanation {
    /// Puts `<redacted>` in place of a secret, such as the value of a parameter that is a password.
    pub fn hide(&mut self, secret: &str) {
        if let Some(text) = &mut self.canonical_request {
            redact(text, secret);
        }
        redact(&mut self.string_to_sign, secret);
    }

    fn hide_token(&mut self, credentials: &Credentials) {
        if let Some(token) = credentials.token() {
            self.hide(token);
        }
    }
}

/// Overwrites `secret` in `text`, spelled plain or percent-encoded.
fn redact(text: &mut String, secret: &str) {
    if secret.is_empty() {
        return;
    }
    let mut encoded = String::new();
    push_encoded(&mut encoded, secret);
    for spelling in [secret, &encoded] {
        if text.contains(spelling) {
            *text = text.replace(spelling, REDACTED);
        }
    }
}

/// What signing one request leaves behind for the next: the derived key of [`SigV4`], the hashed key of the others, and memory for
/// texts.
///
/// A plain value that belongs to the caller. It keeps one key of either kind, that of the last credentials, day, region and
/// service; whatever differs derives a new one, so that it is never wrong to share it. `Debug` shows no secret, and the memory is
/// overwritten on drop.
#[derive(Default)]
pub struct KeyCache {
    key: Option<SigningKey>,
    mac: Option<Keyed>,
    text: String,
    /// The last request, emptied; boxed, so that it costs nothing to hand it out and back.
    draft: Option<Box<Draft>>,
}

impl KeyCache {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty draft, in memory that an earlier one has left.
    pub(crate) fn draft(&mut self) -> Box<Draft> {
        self.draft.take().unwrap_or_default()
    }

    /// Takes the memory of a draft that has become a request.
    pub(crate) fn keep(&mut self, mut draft: Box<Draft>) {
        draft.clear();
        self.draft = Some(draft);
    }

    /// The key of that day (UTC), region and service: the kept one if it fits, else a new one, which is kept.
    pub fn key(&mut self, credentials: &Credentials, now: DateTime<Utc>, region: &str, service: &str) -> &SigningKey {
        SigningKey::current(&mut self.key, credentials, &sigv4::Stamp::new(now), region, service)
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCache").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Drop for KeyCache {
    fn drop(&mut self) {
        // it held a canonical request, and with it a session token
        self.text.zeroize();
        if let Some(draft) = &mut self.draft {
            draft.wipe();
        }
    }
}
