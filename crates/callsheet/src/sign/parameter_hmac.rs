//! Signatures over sorted parameters, sent as one more parameter.

use chrono::{DateTime, Utc};

use super::crypto::{Algorithm, Alphabet, Keyed, Mac};
use super::{Explanation, KeyCache, Scheme, Sign, Words};
use crate::credentials::Credentials;
use crate::draft::{Body, Draft};
use crate::error::Error;
use crate::pairs::Pairs;
use crate::time;

/// The words of a signature over sorted parameters.
///
/// The text that is signed: method, line feed, path, line feed, then all parameters as `name=value`, joined by `&` and
/// sorted by the bytes of the plain name. The parameters are those of the form if the draft has one, else those of the
/// query; in both they are sent in the order in which they are signed, as the official QingCloud clients do.
///
/// As an example, QingCloud (<https://docs.qingcloud.com/product/api/common/signature.html>):
///
/// ```
/// use callsheet::sign::{Algorithm, Alphabet, ParameterHmac, Temporary};
///
/// static QINGCLOUD: ParameterHmac = ParameterHmac {
///     algorithm: Algorithm::HmacSha256,
///     alphabet: Alphabet::Standard,
///     key_id: "access_key_id",
///     time_stamp: "time_stamp",
///     time_format: "%Y-%m-%dT%H:%M:%SZ",
///     constants: &[("signature_method", "HmacSHA256"), ("signature_version", "1")],
///     signature: "signature",
///     temporary: Some(Temporary {
///         token: "token",
///         path: Some(("/iaas/", "/iam/")),
///         constants: &[("signature_method", "HmacSHA256"), ("signature_version", "2")],
///     }),
/// };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterHmac {
    /// The keyed hash.
    pub algorithm: Algorithm,
    /// How the hash is written.
    pub alphabet: Alphabet,
    /// The parameter that carries the access key id.
    pub key_id: &'static str,
    /// The parameter that carries the time of signing.
    pub time_stamp: &'static str,
    /// How that time (UTC) is written, in the notation of [`chrono::format::strftime`]; `%Y %m %d %H %M %S %a %b %%` are known.
    pub time_format: &'static str,
    /// Parameters that say how the request is signed: name and value.
    pub constants: &'static [(&'static str, &'static str)],
    /// The parameter that carries the signature.
    pub signature: &'static str,
    /// What is different with temporary credentials; without it they are refused.
    pub temporary: Option<Temporary>,
}

/// What [`ParameterHmac`] does differently with temporary credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Temporary {
    /// The parameter that carries the session token.
    pub token: &'static str,
    /// A path that such requests leave, with a slash at its end or without, and the one that they go to in its place. Other
    /// paths stay.
    pub path: Option<(&'static str, &'static str)>,
    /// Stand in for [`ParameterHmac::constants`].
    pub constants: &'static [(&'static str, &'static str)],
}

impl Sign for ParameterHmac {
    fn scheme(&self) -> Scheme {
        Scheme::ParameterHmac(*self)
    }

    fn apply(
        &self,
        draft: &mut Draft,
        credentials: &Credentials,
        _: &Words<'_>,
        now: DateTime<Utc>,
        cache: &mut KeyCache,
        trace: Option<&mut Explanation>,
    ) -> Result<(), Error> {
        let Draft { method, path, query, body, .. } = draft;
        let pairs = match body {
            Body::Form(form) => form,
            Body::Empty | Body::Bytes(_) => query,
        };
        let KeyCache { mac, text, .. } = cache;

        pairs.push(self.key_id, credentials.id());
        text.clear();
        time::write_pattern(text, now, self.time_format, 0)
            .ok_or_else(|| Error::invalid(self.time_stamp, self.time_format, "not a format of times".to_owned()))?;
        pairs.push(self.time_stamp, text);
        let mut constants = self.constants;
        if let Some(token) = credentials.token() {
            let temporary = self.temporary.as_ref().ok_or_else(|| {
                Error::invalid("credentials", "", "this service has no place for a session token".to_owned())
            })?;
            pairs.push(temporary.token, token);
            constants = temporary.constants;
            if let Some((from, to)) = temporary.path
                && path.trim_end_matches('/') == from.trim_end_matches('/')
            {
                to.clone_into(path);
            }
        }
        for (name, value) in constants {
            pairs.push(name, value);
        }
        pairs.sort_plain(text);

        let mut mac = Keyed::mac(mac, self.algorithm, credentials.secret());
        update(&mut mac, method.as_str(), path, pairs);
        text.clear();
        mac.push_base64(text, self.alphabet);
        if let Some(trace) = trace {
            trace.string_to_sign = string_to_sign(method.as_str(), path, pairs);
            trace.signature.clone_from(text);
        }
        pairs.push(self.signature, text);
        Ok(())
    }
}

impl ParameterHmac {
    /// The signature of a bare text, such as the payload of the single sign-on of QingCloud's AppCenter.
    pub fn sign_text(&self, text: &str, credentials: &Credentials) -> String {
        let mut mac = Mac::new(self.algorithm, credentials.secret().as_bytes());
        mac.update(text.as_bytes());
        let mut signature = String::new();
        mac.push_base64(&mut signature, self.alphabet);
        signature
    }
}

/// Takes in the text that is signed, piece by piece: it needs no memory of its own.
pub(super) fn update(mac: &mut Mac, method: &str, path: &str, sorted: &Pairs) {
    for piece in pieces(method, path, sorted) {
        mac.update(piece.as_bytes());
    }
}

/// The text that is signed.
pub(super) fn string_to_sign(method: &str, path: &str, sorted: &Pairs) -> String {
    pieces(method, path, sorted).concat()
}

fn pieces<'a>(method: &'a str, path: &'a str, sorted: &'a Pairs) -> [&'a str; 5] {
    [method, "\n", path, "\n", sorted.as_str()]
}
