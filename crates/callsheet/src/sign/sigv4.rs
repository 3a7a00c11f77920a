//! AWS Signature Version 4, in the header and in the query.
//!
//! Where the facts come from: the signing chapter of the AWS general reference, its public test suites, and for CTYUN OOS
//! the chapter on V4 signatures of its developer document.

use std::borrow::Cow;
use std::fmt;

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
        let scope = self.scope(&stamp, words)?;
        let payload = match self.content_sha256 {
            ContentSha256::Unsigned => Payload::Unsigned,
            ContentSha256::Omit | ContentSha256::Hash => Payload::hash(draft.body.bytes()),
        };
        draft.headers.remove(AUTHORIZATION);
        draft.set_header(DATE, stamp.as_str());
        if self.content_sha256 != ContentSha256::Omit {
            draft.headers.set_with(CONTENT_SHA256.into(), |text| payload.push(text));
        }
        if let Some(token) = credentials.token()
            && !self.omit_session_token
        {
            draft.set_header(SECURITY_TOKEN, token);
        }
        // the order of headers means nothing to HTTP, so that of the signature will do
        draft.headers.sort();

        let KeyCache { key, text, .. } = cache;
        let key = SigningKey::current(key, credentials, &stamp, scope.region, scope.service);
        let tag = self.tag(text, draft, &scope, &payload, key, trace).finalize();

        text.clear();
        text.push_str(ALGORITHM);
        text.push_str(" Credential=");
        scope.push_credential(text, credentials);
        text.push_str(", SignedHeaders=");
        push_signed_headers(text, draft);
        text.push_str(", Signature=");
        push_hex(text, &tag);
        draft.set_header(AUTHORIZATION, text);
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

    fn scope<'a>(&self, stamp: &'a Stamp, words: &Words<'a>) -> Result<Scope<'a>, Error> {
        let region = self.region(words);
        if region.is_empty() {
            return Err(Error::invalid("region", "", "the signature needs one".to_owned()));
        }
        Ok(Scope { stamp, region, service: self.service })
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
        let scope = self.scope(&stamp, words)?;
        let payload = if self.presign_unsigned { Payload::Unsigned } else { Payload::hash(draft.body.bytes()) };
        draft.headers.sort();

        let KeyCache { key, text, .. } = cache;
        draft.query.push(parameter::ALGORITHM, ALGORITHM);
        text.clear();
        scope.push_credential(text, credentials);
        draft.query.push(parameter::CREDENTIAL, text);
        draft.query.push(parameter::DATE, stamp.as_str());
        text.clear();
        push_signed_headers(text, draft);
        draft.query.push(parameter::SIGNED_HEADERS, text);
        draft.query.push_display(parameter::EXPIRES, expires_seconds);
        if let Some(token) = credentials.token()
            && !self.omit_session_token
        {
            draft.query.push(parameter::SECURITY_TOKEN, token);
        }

        let key = SigningKey::current(key, credentials, &stamp, scope.region, scope.service);
        let tag = self.tag(text, draft, &scope, &payload, key, trace).finalize();
        if let Some(token) = credentials.token()
            && self.omit_session_token
        {
            draft.query.push(parameter::SECURITY_TOKEN, token);
        }
        text.clear();
        push_hex(text, &tag);
        draft.query.push(parameter::SIGNATURE, text);
        Ok(())
    }

    /// The signature of a draft whose headers are sorted, not yet finished: a signer takes it, a verifier compares.
    /// `text` is memory to work in.
    pub(super) fn tag(
        &self,
        text: &mut String,
        draft: &Draft,
        scope: &Scope<'_>,
        payload: &Payload,
        key: &SigningKey,
        trace: Option<&mut Explanation>,
    ) -> Hmac<Sha256> {
        text.clear();
        self.push_canonical_request(text, draft, payload);
        let hash = sha256(text.as_bytes());
        let canonical_request = trace.is_some().then(|| text.clone());

        text.clear();
        scope.push_string_to_sign(text, &hash);
        let mut tag = key.mac.clone();
        tag.update(text.as_bytes());
        if let Some(trace) = trace {
            trace.canonical_request = canonical_request;
            trace.string_to_sign.clone_from(text);
            trace.signature.clear();
            push_hex(&mut trace.signature, &tag.clone().finalize());
        }
        tag
    }

    fn push_canonical_request(&self, out: &mut String, draft: &Draft, payload: &Payload) {
        out.push_str(draft.method.as_str());
        out.push('\n');
        push_canonical_path(out, &draft.path, self.normalize_path);
        out.push('\n');
        draft.query.write_sorted_encoded(out);
        out.push('\n');
        for (name, values) in signed_headers(draft) {
            out.push_str(name);
            out.push(':');
            for (i, value) in values.enumerate() {
                if i > 0 {
                    out.push(',');
                }
                push_trimmed(out, value);
            }
            out.push('\n');
        }
        out.push('\n');
        push_signed_headers(out, draft);
        out.push('\n');
        payload.push(out);
    }
}

/// Names and values of the headers that are signed: `host` and those of the draft, which are sorted.
fn signed_headers(draft: &Draft) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
    let place = draft.headers.partition_point(|(name, _)| name.as_ref() < "host");
    let (before, after) = draft.headers.split_at(place);
    let host = ("host", Some(draft.host.as_str()), &[][..]);
    let all = by_name(before).chain(std::iter::once(host)).chain(by_name(after));
    all.map(|(name, host, values)| (name, host.into_iter().chain(values.iter().map(|(_, value)| value.as_str()))))
}

/// Name and value.
type Header = (Cow<'static, str>, String);

/// One item for each name, with all headers of that name; no host among them.
fn by_name(headers: &[Header]) -> impl Iterator<Item = (&str, Option<&str>, &[Header])> {
    headers.chunk_by(|a, b| a.0 == b.0).map(|group| (group[0].0.as_ref(), None, group))
}

/// Appends the names of the headers that are signed, joined by `;`.
fn push_signed_headers(out: &mut String, draft: &Draft) {
    for (i, (name, _)) in signed_headers(draft).enumerate() {
        if i > 0 {
            out.push(';');
        }
        out.push_str(name);
    }
}

/// Appends the value of a header without blanks around it, and with one in place of several within.
fn push_trimmed(out: &mut String, value: &str) {
    if !value.bytes().any(|byte| byte.is_ascii_whitespace()) {
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

/// What a signature is good for.
pub(super) struct Scope<'a> {
    pub(super) stamp: &'a Stamp,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

impl Scope<'_> {
    fn push(&self, out: &mut String) {
        for word in [self.stamp.date(), self.region, self.service] {
            out.push_str(word);
            out.push('/');
        }
        out.push_str(TERMINATOR);
    }

    fn push_credential(&self, out: &mut String, credentials: &Credentials) {
        out.push_str(credentials.id());
        out.push('/');
        self.push(out);
    }

    fn push_string_to_sign(&self, out: &mut String, canonical_request: &[u8; 32]) {
        out.push_str(ALGORITHM);
        out.push('\n');
        out.push_str(self.stamp.as_str());
        out.push('\n');
        self.push(out);
        out.push('\n');
        push_hex(out, canonical_request);
    }
}

/// The key of one day, region and service, derived from a secret key. `Debug` shows neither; the memory is overwritten on
/// drop.
#[derive(Clone)]
pub struct SigningKey {
    /// Has taken in the key, and waits for the text.
    mac: Hmac<Sha256>,
    secret: Zeroizing<String>,
    date: String,
    region: String,
    service: String,
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
            date: stamp.date().to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
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
            key.date != stamp.date()
                || key.region != region
                || key.service != service
                || *key.secret != credentials.secret()
        });
        slot.get_or_insert_with(|| Self::new(credentials, stamp, region, service))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("date", &self.date)
            .field("region", &self.region)
            .field("service", &self.service)
            .field("key", &REDACTED)
            .finish()
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
