//! The server's side: whether a request as received was signed by who it says.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use http::Request;

use super::awsv2::{self, AwsV2, DateHeader};
use super::crypto::{self, Alphabet, Mac, decode_hex};
use super::parameter_hmac::{self, ParameterHmac};
use super::sigv4::{self, ContentSha256, Payload, SigV4, SigningKey, Stamp, parameter};
use super::{AUTHORIZATION, Explanation, SECURITY_TOKEN, Scheme, Words};
use crate::credentials::Credentials;
use crate::draft::{Body, Draft, Headers};
use crate::pairs::Pairs;

/// Why a server turns a request away. What to answer is up to the service: the variants are as fine as the error codes
/// of the services that we know. No secret and no right signature is in it, so that all of it may be shown to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no signature in the request.
    MissingSignature,
    /// A part of the signature is missing or cannot be read; the text says which.
    Malformed(String),
    /// There is no such access key id.
    UnknownKey(String),
    /// The session token is not the one of the key, or there is one where none belongs, or none where one does.
    InvalidToken,
    /// The request was signed at a time that is too far from that of the server.
    Skewed {
        /// When it says it was signed.
        sent: DateTime<Utc>,
        /// The time of the server.
        now: DateTime<Utc>,
        /// How far apart they may be.
        max_skew: Duration,
    },
    /// A presigned request came too late.
    Expired {
        /// When its life ended.
        at: DateTime<Utc>,
        /// The time of the server.
        now: DateTime<Utc>,
    },
    /// A header that has to be signed is not; its name in lower case.
    HeaderNotSigned(String),
    /// The payload is not the one that `x-amz-content-sha256` tells of.
    PayloadMismatch,
    /// The signature is not that of the request: another secret key, or the request was changed on the way.
    Mismatch {
        /// The server's idea of the canonical request, where the scheme has that step.
        canonical_request: Option<String>,
        /// The server's idea of the text that is signed.
        string_to_sign: String,
    },
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingSignature => f.write_str("the request is not signed"),
            Self::Malformed(what) => f.write_str(what),
            Self::UnknownKey(id) => write!(f, "there is no access key `{id}`"),
            Self::InvalidToken => f.write_str("the session token is not that of the access key"),
            Self::Skewed { sent, now, max_skew } => {
                write!(f, "signed at {sent}, which is more than {} s from now, {now}", max_skew.as_secs())
            }
            Self::Expired { at, now } => write!(f, "expired at {at}, it is {now} now"),
            Self::HeaderNotSigned(name) => write!(f, "the header `{name}` is there but not signed"),
            Self::PayloadMismatch => f.write_str("the payload is not the one of `x-amz-content-sha256`"),
            Self::Mismatch { string_to_sign, .. } => {
                write!(f, "the signature is not that of the request; the text to sign is {string_to_sign:?}")
            }
        }
    }
}

impl std::error::Error for VerifyError {}

/// Checks a request as a server of that scheme does, and returns the access key id; nothing for [`Scheme::None`].
///
/// `lookup` knows the keys by their id; `now` is the time of the server, and `max_skew` how far from it a request may have
/// been signed (QingCloud: 60 s, OOS: 15 min). The host is taken from the `host` header, else from the URI.
///
/// Signatures and tokens are compared in constant time.
pub fn verify<B: AsRef<[u8]>>(
    scheme: &Scheme,
    request: &Request<B>,
    lookup: impl Fn(&str) -> Option<Credentials>,
    words: &Words<'_>,
    now: DateTime<Utc>,
    max_skew: Duration,
) -> Result<String, VerifyError> {
    let body = request.body().as_ref();
    // the head alone, so that what follows is compiled once
    let head = request_head(request);
    let server = Server { lookup: &lookup, words, now, max_skew };
    match scheme {
        Scheme::None => Ok(String::new()),
        Scheme::ParameterHmac(scheme) => server.parameter_hmac(scheme, &head, body),
        Scheme::SigV4(scheme) => server.sigv4(scheme, &head, body),
        Scheme::AwsV2(scheme) => server.awsv2(scheme, &head),
    }
}

/// The head of a request in the form that signers work on, with all of its headers, sorted.
fn request_head<B>(request: &Request<B>) -> Draft {
    let header = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let uri = request.uri();
    let host = match request.headers().get(http::header::HOST) {
        Some(host) => header(host),
        None => uri.authority().map(ToString::to_string).unwrap_or_default(),
    };
    let mut headers: Headers = request
        .headers()
        .iter()
        .filter(|(name, _)| *name != http::header::HOST)
        .map(|(name, value)| (name.as_str().to_owned(), header(value)))
        .collect();
    headers.sort();
    Draft {
        method: request.method().clone(),
        scheme: String::new(),
        host,
        path: uri.path().to_owned(),
        query: Pairs::parse(uri.query().unwrap_or_default(), false),
        headers,
        body: Body::Empty,
    }
}

/// What a server knows besides the request.
struct Server<'a> {
    lookup: &'a dyn Fn(&str) -> Option<Credentials>,
    words: &'a Words<'a>,
    now: DateTime<Utc>,
    max_skew: Duration,
}

impl Server<'_> {
    fn credentials(&self, id: &str) -> Result<Credentials, VerifyError> {
        (self.lookup)(id).ok_or_else(|| VerifyError::UnknownKey(id.to_owned()))
    }

    fn check_time(&self, sent: DateTime<Utc>) -> Result<(), VerifyError> {
        let apart = (self.now - sent).abs().to_std().unwrap_or(Duration::MAX);
        if apart > self.max_skew {
            return Err(VerifyError::Skewed { sent, now: self.now, max_skew: self.max_skew });
        }
        Ok(())
    }

    fn parameter_hmac(&self, scheme: &ParameterHmac, head: &Draft, body: &[u8]) -> Result<String, VerifyError> {
        let form;
        let received = if head.query.get(scheme.signature).is_some() {
            &head.query
        } else {
            // the official Python client writes a blank as `+` in forms, and as `%20` in what it signs
            form = Pairs::parse(&String::from_utf8_lossy(body), true);
            &form
        };
        let mut pairs = Pairs::new();
        let mut signatures = Vec::new();
        for (name, value) in received.decoded() {
            if name == scheme.signature {
                signatures.push(value);
            } else {
                pairs.push(&name, &value);
            }
        }
        let signature = match signatures.as_slice() {
            [] => return Err(VerifyError::MissingSignature),
            [signature] => signature,
            _ => return Err(VerifyError::Malformed(format!("`{}` is there more than once", scheme.signature))),
        };
        let need = |name: &str| pairs.get(name).ok_or_else(|| missing(name));
        let id = need(scheme.key_id)?;
        let time = need(scheme.time_stamp)?;
        let sent = NaiveDateTime::parse_from_str(&time, scheme.time_format)
            .map_err(|_| VerifyError::Malformed(format!("`{}` is not a time: `{time}`", scheme.time_stamp)))?
            .and_utc();
        // either set will do: the official Go and Java clients send that of permanent keys with temporary ones too
        let temporary = scheme.temporary.as_ref();
        let known = scheme.constants.iter().chain(temporary.map_or(&[][..], |temporary| temporary.constants));
        for (name, _) in scheme.constants {
            let value = need(name)?;
            if !known.clone().any(|constant| *constant == (*name, value.as_str())) {
                return Err(VerifyError::Malformed(format!("`{name}` is not known: `{value}`")));
            }
        }

        let credentials = self.credentials(&id)?;
        self.check_time(sent)?;
        let token = temporary.and_then(|temporary| pairs.get(temporary.token));
        check_token(&credentials, token.as_deref())?;
        pairs.sort_plain(&mut String::new());
        let method = head.method.as_str();
        let mut mac = Mac::new(scheme.algorithm, credentials.secret().as_bytes());
        parameter_hmac::update(&mut mac, method, &head.path, &pairs);
        if mac.verify(&scheme.alphabet.decode(signature)) {
            return Ok(id);
        }
        let string_to_sign = parameter_hmac::string_to_sign(method, &head.path, &pairs);
        Err(mismatch(Explanation { string_to_sign, ..Explanation::default() }, &credentials))
    }

    fn sigv4(&self, scheme: &SigV4, head: &Draft, body: &[u8]) -> Result<String, VerifyError> {
        // with a signature in both places the one in the header counts, says OOS
        if let Some(authorization) = head.header(AUTHORIZATION) {
            self.sigv4_header(scheme, head, body, authorization)
        } else if head.query.get(parameter::SIGNATURE).is_some() {
            self.sigv4_query(scheme, head, body)
        } else {
            Err(VerifyError::MissingSignature)
        }
    }

    fn sigv4_header(
        &self,
        scheme: &SigV4,
        head: &Draft,
        body: &[u8],
        authorization: &str,
    ) -> Result<String, VerifyError> {
        let parts = authorization.strip_prefix(sigv4::ALGORITHM).ok_or_else(|| {
            VerifyError::Malformed(format!("`authorization` has to begin with `{}`", sigv4::ALGORITHM))
        })?;
        let part = |name: &str| {
            let mut parts = parts.split(',').filter_map(|part| part.trim().split_once('='));
            parts.find(|(found, _)| *found == name).map(|(_, value)| value).ok_or_else(|| missing(name))
        };
        let (credential, signed, signature) = (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
        let date = head.header(sigv4::DATE).ok_or_else(|| missing(sigv4::DATE))?;
        let sent = parse_stamp(date, sigv4::DATE)?;
        let id = self.check_scope(scheme, credential, sent)?;
        let signed: Vec<&str> = signed.split(';').collect();
        for name in head.headers.iter().map(|(name, _)| name.as_ref()).chain(["host"]) {
            let omitted = scheme.omit_session_token && name == SECURITY_TOKEN;
            let wanted = name == "host" || name == "content-type" || name.starts_with(awsv2::AMZ);
            if wanted && !omitted && !signed.contains(&name) {
                return Err(VerifyError::HeaderNotSigned(name.to_owned()));
            }
        }

        let credentials = self.credentials(id)?;
        self.check_time(sent)?;
        check_token(&credentials, head.header(SECURITY_TOKEN))?;
        let payload = received_payload(scheme, head, body)?;
        let draft = Draft { headers: pick(head, &signed), ..head.clone() };
        self.check_sigv4(scheme, &draft, sent, &payload, &credentials, signature)?;
        Ok(id.to_owned())
    }

    fn sigv4_query(&self, scheme: &SigV4, head: &Draft, body: &[u8]) -> Result<String, VerifyError> {
        let need = |name: &str| head.query.get(name).ok_or_else(|| missing(name));
        let algorithm = need(parameter::ALGORITHM)?;
        if algorithm != sigv4::ALGORITHM {
            return Err(VerifyError::Malformed(format!("`{}` is not known: `{algorithm}`", parameter::ALGORITHM)));
        }
        let credential = need(parameter::CREDENTIAL)?;
        let signed = need(parameter::SIGNED_HEADERS)?;
        let signature = need(parameter::SIGNATURE)?;
        let sent = parse_stamp(&need(parameter::DATE)?, parameter::DATE)?;
        let expires = need(parameter::EXPIRES)?;
        let seconds = expires.parse().ok().filter(|seconds| (1..=sigv4::MAX_EXPIRES).contains(seconds));
        let seconds = seconds.ok_or_else(|| {
            let (name, most) = (parameter::EXPIRES, sigv4::MAX_EXPIRES);
            VerifyError::Malformed(format!("`{name}` is not a number from 1 to {most}: `{expires}`"))
        })?;
        let id = self.check_scope(scheme, &credential, sent)?;
        let signed: Vec<&str> = signed.split(';').collect();
        for name in head.headers.iter().map(|(name, _)| name.as_ref()).chain(["host"]) {
            if (name == "host" || name.starts_with(awsv2::AMZ)) && !signed.contains(&name) {
                return Err(VerifyError::HeaderNotSigned(name.to_owned()));
            }
        }

        let credentials = self.credentials(id)?;
        // a link may be used long after it was made, but not before
        if sent > self.now {
            self.check_time(sent)?;
        }
        let at = sent + TimeDelta::seconds(i64::from(seconds));
        if at < self.now {
            return Err(VerifyError::Expired { at, now: self.now });
        }
        check_token(&credentials, head.query.get(parameter::SECURITY_TOKEN).as_deref())?;
        let mut query = Pairs::new();
        for (name, value) in head.query.decoded() {
            let omitted = scheme.omit_session_token && name == parameter::SECURITY_TOKEN;
            if name != parameter::SIGNATURE && !omitted {
                query.push(&name, &value);
            }
        }
        let payload = if scheme.presign_unsigned { Payload::Unsigned } else { Payload::hash(body) };
        let draft = Draft { query, headers: pick(head, &signed), ..head.clone() };
        self.check_sigv4(scheme, &draft, sent, &payload, &credentials, &signature)?;
        Ok(id.to_owned())
    }

    /// Checks that a credential is for this service on that day, and returns the access key id in it.
    fn check_scope<'c>(
        &self,
        scheme: &SigV4,
        credential: &'c str,
        sent: DateTime<Utc>,
    ) -> Result<&'c str, VerifyError> {
        // from the right, for an id may have slashes in it
        let mut words = credential.rsplitn(5, '/');
        let [terminator, service, region, date, id] = [(); 5].map(|()| words.next().unwrap_or_default());
        for (what, found, expected) in [
            ("date", date, Stamp::new(sent).date()),
            ("region", region, scheme.region(self.words)),
            ("service", service, scheme.service),
            ("last word", terminator, sigv4::TERMINATOR),
        ] {
            if found != expected {
                let text = format!("the {what} of the credential is `{found}`, it has to be `{expected}`");
                return Err(VerifyError::Malformed(text));
            }
        }
        Ok(id)
    }

    fn check_sigv4(
        &self,
        scheme: &SigV4,
        draft: &Draft,
        sent: DateTime<Utc>,
        payload: &Payload,
        credentials: &Credentials,
        signature: &str,
    ) -> Result<(), VerifyError> {
        let region = scheme.region(self.words);
        let key = SigningKey::derive(credentials, sent, region, scheme.service);
        let mut explanation = Explanation::default();
        let stamp = Stamp::new(sent);
        let (tag, _) = scheme.tag(&mut String::new(), draft, &stamp, payload, &key, Some(&mut explanation));
        if !crypto::same(&tag.finalize(), &decode_hex(signature)) {
            return Err(mismatch(explanation, credentials));
        }
        Ok(())
    }

    fn awsv2(&self, scheme: &AwsV2, head: &Draft) -> Result<String, VerifyError> {
        let authorization = head.header(AUTHORIZATION).ok_or(VerifyError::MissingSignature)?;
        let (id, signature) =
            authorization
                .strip_prefix(awsv2::PREFIX)
                .and_then(|rest| rest.trim().rsplit_once(':'))
                .ok_or_else(|| VerifyError::Malformed("`authorization` has to be `AWS ID:SIGNATURE`".to_owned()))?;
        let date = [DateHeader::AmzDate, DateHeader::Date].into_iter().find_map(|date| head.header(date.name()));
        let date = date.ok_or_else(|| missing(DateHeader::Date.name()))?;
        let sent = DateTime::parse_from_rfc2822(date.trim())
            .map_err(|_| VerifyError::Malformed(format!("the date is not one of RFC 1123: `{date}`")))?
            .to_utc();

        let credentials = self.credentials(id)?;
        self.check_time(sent)?;
        check_token(&credentials, head.header(SECURITY_TOKEN))?;
        let mut string_to_sign = String::new();
        scheme.push_string_to_sign(&mut string_to_sign, head);
        let mut mac = Mac::new(awsv2::ALGORITHM, credentials.secret().as_bytes());
        mac.update(string_to_sign.as_bytes());
        if mac.verify(&Alphabet::Standard.decode(signature)) {
            return Ok(id.to_owned());
        }
        Err(mismatch(Explanation { string_to_sign, ..Explanation::default() }, &credentials))
    }
}

/// What the sender signed in place of the payload, checked against what came.
fn received_payload(scheme: &SigV4, head: &Draft, body: &[u8]) -> Result<Payload, VerifyError> {
    match head.header(sigv4::CONTENT_SHA256) {
        Some(sigv4::UNSIGNED_PAYLOAD) => Ok(Payload::Unsigned),
        Some(hash) => {
            let payload = Payload::hash(body);
            let mut expected = String::new();
            payload.push(&mut expected);
            if hash == expected { Ok(payload) } else { Err(VerifyError::PayloadMismatch) }
        }
        None if scheme.content_sha256 == ContentSha256::Omit => Ok(Payload::hash(body)),
        None => Err(missing(sigv4::CONTENT_SHA256)),
    }
}

/// The headers of `head` that are `signed`.
fn pick(head: &Draft, signed: &[&str]) -> Headers {
    head.headers.iter().filter(|(name, _)| signed.contains(&name.as_ref())).cloned().collect()
}

fn parse_stamp(text: &str, name: &str) -> Result<DateTime<Utc>, VerifyError> {
    // chrono would also take a sign, more digits of the year, and fewer of the rest
    let time = (text.len() == 16).then(|| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ"));
    match time {
        Some(Ok(time)) => Ok(time.and_utc()),
        _ => Err(VerifyError::Malformed(format!("`{name}` is not a time like 20150830T123600Z: `{text}`"))),
    }
}

fn check_token(credentials: &Credentials, received: Option<&str>) -> Result<(), VerifyError> {
    let fits = match (credentials.token(), received) {
        (None, None) => true,
        (Some(token), Some(received)) => crypto::same(token.as_bytes(), received.as_bytes()),
        _ => false,
    };
    if fits { Ok(()) } else { Err(VerifyError::InvalidToken) }
}

fn missing(name: &str) -> VerifyError {
    VerifyError::Malformed(format!("`{name}` is missing"))
}

fn mismatch(mut explanation: Explanation, credentials: &Credentials) -> VerifyError {
    explanation.hide_token(credentials);
    let Explanation { canonical_request, string_to_sign, .. } = explanation;
    VerifyError::Mismatch { canonical_request, string_to_sign }
}
