//! AWS Signature Version 2 of S3, in the header.
//!
//! Where the facts come from: the authentication chapter of the early S3 documents, and the chapter on V2 signatures of
//! the developer document of CTYUN OOS.

use chrono::{DateTime, Utc};

use super::crypto::{Algorithm, Alphabet, Keyed};
use super::{AUTHORIZATION, Explanation, KeyCache, SECURITY_TOKEN, Scheme, Sign, Words};
use crate::credentials::Credentials;
use crate::draft::Draft;
use crate::error::Error;
use crate::schema::TimeFormat;
use crate::time;

/// What the `authorization` header begins with.
pub(super) const PREFIX: &str = "AWS ";
pub(super) const AMZ: &str = "x-amz-";
pub(super) const ALGORITHM: Algorithm = Algorithm::HmacSha1;

/// The words of an AWS Signature Version 2.
///
/// Signed are the method, `content-md5`, `content-type`, the date, the `x-amz-*` headers, the path, and of the query the
/// sub-resources only: neither the parameters of an action nor the body are protected. Prefer [`SigV4`](super::SigV4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwsV2 {
    /// The header that carries the time of signing.
    pub date: DateHeader,
    /// Query parameters that are part of the resource, such as `acl`. An action request has none.
    pub sub_resources: &'static [&'static str],
}

/// The header that carries the time of signing, as in `Wed, 26 Dec 2018 08:55:00 GMT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateHeader {
    /// `date`.
    Date,
    /// `x-amz-date`, for transports that set `date` themselves.
    AmzDate,
}

impl DateHeader {
    /// Its name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::AmzDate => "x-amz-date",
        }
    }
}

impl Sign for AwsV2 {
    fn scheme(&self) -> Scheme {
        Scheme::AwsV2(*self)
    }

    fn headers(&self) -> &'static [&'static str] {
        match self.date {
            DateHeader::Date => &[AUTHORIZATION, SECURITY_TOKEN, "date"],
            DateHeader::AmzDate => &[AUTHORIZATION, SECURITY_TOKEN, "x-amz-date"],
        }
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
        draft.headers.remove(AUTHORIZATION);
        draft.headers.set_with(self.date.name().into(), |text| time::write(text, now, TimeFormat::Rfc822));
        if let Some(token) = credentials.token() {
            draft.set_header(SECURITY_TOKEN, token);
        }
        draft.headers.sort();

        let KeyCache { mac, text, .. } = cache;
        text.clear();
        self.push_string_to_sign(text, draft);
        let mut mac = Keyed::mac(mac, ALGORITHM, credentials.secret());
        mac.update(text.as_bytes());
        let mut authorization = [PREFIX, credentials.id(), ":"].concat();
        let signature = authorization.len();
        mac.push_base64(&mut authorization, Alphabet::Standard);
        if let Some(trace) = trace {
            trace.string_to_sign.clone_from(text);
            authorization[signature..].clone_into(&mut trace.signature);
        }
        draft.set_header(AUTHORIZATION, &authorization);
        Ok(())
    }
}

impl AwsV2 {
    /// Appends the text that is signed; the headers of the draft are sorted.
    pub(super) fn push_string_to_sign(&self, out: &mut String, draft: &Draft) {
        let header = |name: &str| draft.header(name).unwrap_or_default().trim();
        // with both dates there, the one of the service counts, and the line of the other is empty
        let date = if draft.header(DateHeader::AmzDate.name()).is_some() { "" } else { header("date") };
        for line in [draft.method.as_str(), header("content-md5"), header("content-type"), date] {
            out.push_str(line);
            out.push('\n');
        }
        for group in draft.headers.chunk_by(|a, b| a.0 == b.0) {
            if !group[0].0.starts_with(AMZ) {
                continue;
            }
            out.push_str(&group[0].0);
            for (i, (_, value)) in group.iter().enumerate() {
                out.push(if i == 0 { ':' } else { ',' });
                out.push_str(value.trim());
            }
            out.push('\n');
        }
        self.push_resource(out, draft);
    }

    /// Appends the path as it is sent, and the sub-resources: sorted, decoded, without `=` if there is no value.
    fn push_resource(&self, out: &mut String, draft: &Draft) {
        out.push_str(&draft.path);
        if self.sub_resources.is_empty() {
            return;
        }
        let mut found: Vec<_> =
            draft.query.decoded().filter(|(name, _)| self.sub_resources.contains(&name.as_str())).collect();
        found.sort();
        for (i, (name, value)) in found.iter().enumerate() {
            out.push(if i == 0 { '?' } else { '&' });
            out.push_str(name);
            if !value.is_empty() {
                out.push('=');
                out.push_str(value);
            }
        }
    }
}
