//! AWS Signature Version 4, in the header and in the query.
//!
//! Where the facts come from: the signing chapter of the AWS general reference, its public test suites, and for CTYUN OOS
//! the chapter on V4 signatures of its developer document.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::crypto::{hmac_sha256, push_hex, sha256};
use super::hmac::Hmac;
use super::path::push_canonical_path;
use super::{AUTHORIZATION, Explanation, KeyCache, REDACTED, SECURITY_TOKEN, Scheme, Sign, Words};
use crate::credentials::Credentials;
use crate::draft::Draft;
use crate::error::Error;

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(super) const CONTENT_SHA256: &str = "x-amz-content-sha256";
pub(super) const DATE: &str = "x-amz-date";
pub(super) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The last word of a scope.
pub(super) const TERMINATOR: &str = "aws4_request";
/// A week: what a link may live at most, in seconds.
pub(super) const MAX_EXPIRES: u32 = 604_800;

/// Names of the query parameters of a presigned request.
pub(super) mod parameter {
    pub(in super::super) const ALGORITHM: &str = "X-Amz-Algorithm";
    pub(in super::super) const CREDENTIAL: &str = "X-Amz-Credential";
    pub(in super::super) const DATE: &str = "X-Amz-Date";
    pub(in super::super) const SIGNED_HEADERS: &str = "X-Amz-SignedHeaders";
    pub(in super::super) const EXPIRES: &str = "X-Amz-Expires";
    pub(in super::super) const SECURITY_TOKEN: &str = "X-Amz-Security-Token";
    pub(in super::super) const SIGNATURE: &str = "X-Amz-Signature";
}

/// The words of an AWS Signature Version 4.
///
/// Signed are method, path, query, payload, `host`, and every header that the draft has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigV4 {
    /// The service in the scope, such as `s3`, which OOS says for its statistics too, or `sts`, which it says for IAM.
    pub service: &'static str,
    /// The region in the scope; `None` takes [`Words::region`].
    pub region: Option<&'static str>,
    /// What is sent as `x-amz-content-sha256`. OOS wants it in every request, AWS in those to S3.
    pub content_sha256: ContentSha256,
    /// Whether empty and dot segments are taken out of the path that is signed. AWS does so but for S3, OOS does not.
    pub normalize_path: bool,
    /// Whether the session token is added after signing, as a few AWS services want it.
    pub omit_session_token: bool,
    /// Whether a presigned request stands for any payload (S3, OOS) or for that of the draft.
    pub presign_unsigned: bool,
}

/// What is sent as `x-amz-content-sha256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentSha256 {
    /// Nothing; the hash of the payload is signed all the same.
    Omit,
    /// The hash of the payload, in lower-case hex.
    Hash,
    /// `UNSIGNED-PAYLOAD`: the signature does not protect the payload.
    Unsigned,
}

impl Sign for SigV4 {
    fn scheme(&self) -> Scheme {
        Scheme::SigV4(*self)
    }

    fn headers(&self) -> &'static [&'static str] {
        match self.content_sha256 {
            ContentSha256::Omit => &[AUTHORIZATION, DATE, SECURITY_TOKEN],
            _ => &[AUTHORIZATION, DATE, SECURITY_TOKEN, CONTENT_SHA256],
        }
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
        let stamp = Stamp::new(now);
        let region = self.known_region(words)?;
        let payload = match self.content_sha256 {
            ContentSha256::Unsigned => Payload::Unsigned,
            ContentSha256::Omit | ContentSha256::Hash => Payload::hash(draft.body.bytes()),
        };
        draft.headers.remove(AUTHORIZATION);
        if self.content_sha256 != ContentSha256::Omit {
            draft.headers.set_with(CONTENT_SHA256.into(), |text| payload.push(text));
        }
        draft.set_header(DATE, stamp.as_str());
        if let Some(token) = credentials.token()
            && !self.omit_session_token
        {
            draft.set_header(SECURITY_TOKEN, token);
        }
        // the order of headers means nothing to HTTP, so that of the signature will do
        draft.headers.sort();

        let KeyCache { key, text, .. } = cache;
        let key = SigningKey::current(key, credentials, &stamp, region, self.service);
        let (tag, names) = self.tag(text, draft, &stamp, &payload, key, trace);
        let (tag, names) = (tag.finalize(), &text[names]);
        draft.headers.set_with(AUTHORIZATION.into(), |text| {
            text.push_str(ALGORITHM);
            text.push_str(" Credential=");
            key.push_credential(text, credentials);
            text.push_str(", SignedHeaders=");
            text.push_str(names);
            text.push_str(", Signature=");
            push_hex(text, &tag);
        });
        if let Some(token) = credentials.token()
            && self.omit_session_token
        {
            draft.set_header(SECURITY_TOKEN, token);
        }
        Ok(())
    }
}

impl SigV4 {
    /// As S3 and OOS have it: the path as it is, links for any payload; with no `x-amz-content-sha256`, and the region
    /// of the configuration.
    pub const fn new(service: &'static str) -> Self {
        Self {
            service,
            region: None,
            content_sha256: ContentSha256::Omit,
            normalize_path: false,
            omit_session_token: false,
            presign_unsigned: true,
        }
    }

    pub(super) fn region<'a>(&self, words: &Words<'a>) -> &'a str {
        self.region.unwrap_or(words.region)
    }

    fn known_region<'a>(&self, words: &Words<'a>) -> Result<&'a str, Error> {
        match self.region(words) {
            "" => Err(Error::invalid("region", "", "the signature needs one".to_owned())),
            region => Ok(region),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "those of `apply`, and how long the link lives")]
    pub(super) fn presign(
        &self,
        draft: &mut Draft,
        credentials: &Credentials,
        words: &Words<'_>,
        now: DateTime<Utc>,
        expires_seconds: u32,
        cache: &mut KeyCache,
        trace: Option<&mut Explanation>,
    ) -> Result<(), Error> {
        if !(1..=MAX_EXPIRES).contains(&expires_seconds) {
            let rule = format!("from 1 to {MAX_EXPIRES} seconds");
            return Err(Error::invalid(parameter::EXPIRES, &expires_seconds.to_string(), rule));
        }
        let stamp = Stamp::new(now);
        let region = self.known_region(words)?;
        let payload = if self.presign_unsigned { Payload::Unsigned } else { Payload::hash(draft.body.bytes()) };
        draft.headers.sort();

        let KeyCache { key, text, .. } = cache;
        let key = SigningKey::current(key, credentials, &stamp, region, self.service);
        draft.query.push(parameter::ALGORITHM, ALGORITHM);
        text.clear();
        key.push_credential(text, credentials);
        draft.query.push(parameter::CREDENTIAL, text);
        draft.query.push(parameter::DATE, stamp.as_str());
        text.clear();
        push_names(text, signed_headers(draft));
        draft.query.push(parameter::SIGNED_HEADERS, text);
        draft.query.push_display(parameter::EXPIRES, expires_seconds);
        if let Some(token) = credentials.token()
            && !self.omit_session_token
        {
            draft.query.push(parameter::SECURITY_TOKEN, token);
        }

        let (tag, _) = self.tag(text, draft, &stamp, &payload, key, trace);
        if let Some(token) = credentials.token()
            && self.omit_session_token
        {
            draft.query.push(parameter::SECURITY_TOKEN, token);
        }
        text.clear();
        push_hex(text, &tag.finalize());
        draft.query.push(parameter::SIGNATURE, text);
        Ok(())
    }

    /// The signature of a draft whose headers are sorted, not yet finished: a signer takes it, a verifier compares. Both texts that
    /// it is made of are left in `text`; given beside it is where there are the names of the headers that are signed.
    pub(super) fn tag(
        &self,
        text: &mut String,
        draft: &Draft,
        stamp: &Stamp,
        payload: &Payload,
        key: &SigningKey,
        trace: Option<&mut Explanation>,
    ) -> (Hmac<Sha256>, Range<usize>) {
        text.clear();
        let names = self.push_canonical_request(text, draft, payload);
        let hash = sha256(text.as_bytes());
        let end = text.len();
        key.push_string_to_sign(text, stamp, &hash);
        let (canonical_request, string_to_sign) = text.split_at(end);
        let mut tag = key.mac.clone();
        tag.update(string_to_sign.as_bytes());
        if let Some(trace) = trace {
            trace.canonical_request = Some(canonical_request.to_owned());
            string_to_sign.clone_into(&mut trace.string_to_sign);
            trace.signature.clear();
            push_hex(&mut trace.signature, &tag.clone().finalize());
        }
        (tag, names)
    }

    /// Appends the request in the form that is signed, and tells where in it the names of the headers are.
    fn push_canonical_request(&self, out: &mut String, draft: &Draft, payload: &Payload) -> Range<usize> {
        out.push_str(draft.method.as_str());
        out.push('\n');
        push_canonical_path(out, &draft.path, self.normalize_path);
        out.push('\n');
        draft.query.write_sorted_encoded(out);
        out.push('\n');
        let headers = signed_headers(draft);
        let mut last = "";
        for (name, value) in headers.clone() {
            if name == last {
                // one more value in the line of the last
                out.pop();
                out.push(',');
            } else {
                out.push_str(name);
                out.push(':');
            }
            push_trimmed(out, value);
            out.push('\n');
            last = name;
        }
        out.push('\n');
        let start = out.len();
        push_names(out, headers);
        let names = start..out.len();
        out.push('\n');
        payload.push(out);
        names
    }
}

/// Names and values of the headers that are signed: `host` and those of the draft, which are sorted.
fn signed_headers(draft: &Draft) -> impl Iterator<Item = (&str, &str)> + Clone {
    let place = draft.headers.iter().take_while(|(name, _)| name.as_ref() < "host").count();
    let (before, after) = draft.headers.split_at(place);
    before.iter().map(plain).chain([("host", draft.host.as_str())]).chain(after.iter().map(plain))
}

fn plain<'a>((name, value): &'a (Cow<'static, str>, String)) -> (&'a str, &'a str) {
    (name, value)
}

/// Appends the names of the headers that are signed, joined by `;`.
fn push_names<'a>(out: &mut String, headers: impl Iterator<Item = (&'a str, &'a str)>) {
    let mut last = "";
    for (name, _) in headers {
        if name == last {
            continue;
        }
        if !last.is_empty() {
            out.push(';');
        }
        out.push_str(name);
        last = name;
    }
}

/// Appends the value of a header without blanks around it, and with one in place of several within.
fn push_trimmed(out: &mut String, value: &str) {
    // without a way out in between the loop takes many bytes at once
    let is_plain = value.bytes().fold(true, |is_plain, byte| is_plain & (byte > b' '));
    if is_plain {
        return out.push_str(value);
    }
    for (i, word) in value.split_ascii_whitespace().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}

/// What stands for the payload in the canonical request.
pub(super) enum Payload {
    Unsigned,
    /// Most requests have none.
    Empty,
    Sha256([u8; 32]),
}

impl Payload {
    pub(super) fn hash(body: &[u8]) -> Self {
        if body.is_empty() { Self::Empty } else { Self::Sha256(sha256(body)) }
    }

    pub(super) fn push(&self, out: &mut String) {
        match self {
            Self::Unsigned => out.push_str(UNSIGNED_PAYLOAD),
            Self::Empty => out.push_str("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            Self::Sha256(hash) => push_hex(out, hash),
        }
    }
}

/// The key of one day, region and service, derived from a secret key. `Debug` shows neither; the memory is overwritten on
/// drop.
#[derive(Clone)]
pub struct SigningKey {
    /// Has taken in the key, and waits for the text.
    mac: Hmac<Sha256>,
    secret: Zeroizing<String>,
    region: String,
    service: String,
    /// What it is good for: `20150830/us-east-1/iam/aws4_request`.
    scope: String,
}

impl SigningKey {
    /// Derives the key of the day of `now` (UTC).
    pub fn derive(credentials: &Credentials, now: DateTime<Utc>, region: &str, service: &str) -> Self {
        Self::new(credentials, &Stamp::new(now), region, service)
    }

    fn new(credentials: &Credentials, stamp: &Stamp, region: &str, service: &str) -> Self {
        let secret = credentials.secret();
        let start = Zeroizing::new(["AWS4", secret].concat());
        let day = Zeroizing::new(hmac_sha256(start.as_bytes(), stamp.date().as_bytes()));
        let place = Zeroizing::new(hmac_sha256(day.as_slice(), region.as_bytes()));
        let scope = Zeroizing::new(hmac_sha256(place.as_slice(), service.as_bytes()));
        let key = Zeroizing::new(hmac_sha256(scope.as_slice(), TERMINATOR.as_bytes()));
        Self {
            mac: Hmac::new(key.as_slice()),
            secret: Zeroizing::new(secret.to_owned()),
            region: region.to_owned(),
            service: service.to_owned(),
            scope: [stamp.date(), region, service, TERMINATOR].join("/"),
        }
    }

    /// The key in `slot` if it fits, else a new one, which goes there.
    pub(super) fn current<'a>(
        slot: &'a mut Option<Self>,
        credentials: &Credentials,
        stamp: &Stamp,
        region: &str,
        service: &str,
    ) -> &'a Self {
        slot.take_if(|key| {
            !key.scope.starts_with(stamp.date())
                || key.region != region
                || key.service != service
                || *key.secret != credentials.secret()
        });
        slot.get_or_insert_with(|| Self::new(credentials, stamp, region, service))
    }

    fn push_credential(&self, out: &mut String, credentials: &Credentials) {
        for part in [credentials.id(), "/", &self.scope] {
            out.push_str(part);
        }
    }

    fn push_string_to_sign(&self, out: &mut String, stamp: &Stamp, canonical_request: &[u8; 32]) {
        for part in [ALGORITHM, "\n", stamp.as_str(), "\n", &self.scope, "\n"] {
            out.push_str(part);
        }
        push_hex(out, canonical_request);
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("scope", &self.scope).field("key", &REDACTED).finish()
    }
}

/// A time as signatures write it, `20150830T123600Z`, on the stack.
pub(super) struct Stamp([u8; 16]);

impl Stamp {
    pub(super) fn new(time: DateTime<Utc>) -> Self {
        let mut text = *b"00000000T000000Z";
        // four digits is all the format has: years that need more do not occur
        put(&mut text[0..4], time.year().unsigned_abs());
        put(&mut text[4..6], time.month());
        put(&mut text[6..8], time.day());
        put(&mut text[9..11], time.hour());
        put(&mut text[11..13], time.minute());
        put(&mut text[13..15], time.second());
        Self(text)
    }

    pub(super) fn as_str(&self) -> &str {
        // it is ASCII, so there is no other case
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The first eight digits.
    pub(super) fn date(&self) -> &str {
        &self.as_str()[..8]
    }
}

/// Writes the last digits of a number.
fn put(place: &mut [u8], mut number: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}
