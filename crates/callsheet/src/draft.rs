//! A request on its way from the encoder through the signer to `http::Request`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use http::uri::{self, Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use zeroize::Zeroize as _;

use crate::{Error, pairs::Pairs};

/// A request before it is signed: the parts are still apart, so that a signer can add to them.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// GET, POST ...
    pub method: Method,
    /// `https` or `http`.
    pub scheme: String,
    /// Host, with the port when it is not the scheme's own.
    pub host: String,
    /// Path as sent: starts with `/`, already percent-encoded.
    pub path: String,
    /// Pairs of the query.
    pub query: Pairs,
    /// Headers in order; `host` and `content-length` are not among them.
    pub headers: Headers,
    /// What follows the head.
    pub body: Body,
}

/// The body of a [`Draft`].
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// A form: a signer may add pairs.
    Form(Pairs),
    /// Bytes that are sent as they are.
    Bytes(Vec<u8>),
}

impl Body {
    /// The bytes that go on the wire.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Empty => &[],
            Self::Form(pairs) => pairs.as_str().as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl Draft {
    /// The value of the header `name` (lower case), if it is set.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Sets a header, in place of one of the same name (lower case).
    pub fn set_header(&mut self, name: impl Into<Cow<'static, str>>, value: &str) {
        self.headers.set_with(name.into(), |text| text.push_str(value));
    }

    /// The finished request. The `host` header is left to the transport, which derives the same text from the URI.
    /// Headers that are secret are marked so that their values do not show in `Debug`.
    pub fn into_request(mut self) -> Result<Request<Vec<u8>>, Error> {
        self.take_request()
    }

    /// As [`Draft::into_request`], keeping the memory for the next draft.
    pub(crate) fn take_request(&mut self) -> Result<Request<Vec<u8>>, Error> {
        let query = self.query.as_str();
        let mark = &"?"[..usize::from(!query.is_empty())];
        let target = self.path.len() + mark.len() + query.len();
        let values: usize = self.headers.iter().map(|(_, value)| value.len()).sum();
        // one piece of memory for all texts of the request, cut into its parts
        let mut text = String::with_capacity(self.host.len() + target + values);
        for part in [&self.host, &self.path, mark, query] {
            text.push_str(part);
        }
        for (_, value) in self.headers.iter() {
            text.push_str(value);
        }
        let mut text = Bytes::from(text);
        let mut request = Request::new(match std::mem::take(&mut self.body) {
            Body::Empty => Vec::new(),
            Body::Form(pairs) => pairs.as_str().as_bytes().to_vec(),
            Body::Bytes(bytes) => bytes,
        });
        *request.method_mut() = std::mem::take(&mut self.method);
        *request.uri_mut() = self
            .uri(text.split_to(self.host.len()), text.split_to(target))
            .map_err(|e| no_uri(&self.host, target, &e))?;
        let mut headers = HeaderMap::try_with_capacity(self.headers.len())
            .map_err(|_| Error::invalid("header", "", "too many of them".to_owned()))?;
        for (name, value) in self.headers.iter() {
            let (header, secret) = header_name(name)?;
            // the value may be a secret: it is not repeated in the error
            let mut value = HeaderValue::from_maybe_shared(text.split_to(value.len())).map_err(|_| {
                Error::invalid("header", name, "its value has a character that no header can carry".to_owned())
            })?;
            value.set_sensitive(secret);
            headers.append(header, value);
        }
        *request.headers_mut() = headers;
        Ok(request)
    }

    fn uri(&self, host: Bytes, target: Bytes) -> Result<Uri, http::Error> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(Scheme::try_from(self.scheme.as_str())?);
        parts.authority = Some(Authority::from_maybe_shared(host)?);
        parts.path_and_query = Some(PathAndQuery::from_maybe_shared(target)?);
        Ok(Uri::from_parts(parts)?)
    }

    /// Empties it, keeping the memory.
    pub(crate) fn clear(&mut self) {
        self.method = Method::GET;
        for text in [&mut self.scheme, &mut self.host, &mut self.path] {
            text.clear();
        }
        self.query.clear();
        self.headers.clear();
        self.body = Body::Empty;
    }

    /// Overwrites its memory: the values of parameters and headers may be secret.
    pub(crate) fn wipe(&mut self) {
        self.query.wipe();
        self.headers.clear();
        self.headers.spare.zeroize();
    }
}

/// Why a host, and a path and query of so many bytes, are no URI.
fn no_uri(host: &str, length: usize, why: &http::Error) -> Error {
    /// As many as the `http` crate takes.
    const LONGEST: usize = u16::MAX as usize - 1;
    if length > LONGEST {
        return Error::Setup(format!(
            "the parameters would make a URL of {length} bytes behind the host, and {LONGEST} are the most: give fewer or shorter ones"
        ));
    }
    Error::invalid("endpoint", host, why.to_string())
}

const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// A header's name, and whether its value is a secret; those that most requests have cost no memory.
fn header_name(name: &str) -> Result<(HeaderName, bool), Error> {
    Ok(match name {
        "authorization" => (http::header::AUTHORIZATION, true),
        "x-amz-date" => (AMZ_DATE, false),
        "x-amz-content-sha256" => (AMZ_CONTENT_SHA256, false),
        "x-amz-security-token" => (AMZ_SECURITY_TOKEN, true),
        name => match HeaderName::try_from(name) {
            // one that is not in lower case
            Ok(header) if header.as_str() != name => return header_name(header.as_str()),
            Ok(header) => (header, false),
            Err(_) => return Err(Error::invalid("header", name, "not a header name".to_owned())),
        },
    })
}

/// Names (lower case) and values of headers. What is taken out leaves its memory behind for the next.
#[derive(Clone, Default)]
pub struct Headers {
    items: Vec<(Cow<'static, str>, String)>,
    spare: Vec<String>,
}

impl Headers {
    /// Sets a header to the text that `write` appends, in place of one of the same name.
    pub(crate) fn set_with(&mut self, name: Cow<'static, str>, write: impl FnOnce(&mut String)) {
        if let Some((_, value)) = self.items.iter_mut().find(|(found, _)| *found == name) {
            value.clear();
            write(value);
        } else {
            let mut value = self.spare.pop().unwrap_or_default();
            write(&mut value);
            self.items.push((name, value));
        }
    }

    /// Takes out all headers of a name.
    pub(crate) fn remove(&mut self, name: &str) {
        let spare = &mut self.spare;
        self.items.retain_mut(|(found, value)| {
            let keeps = found != name;
            if !keeps {
                value.clear();
                spare.push(std::mem::take(value));
            }
            keeps
        });
    }

    /// Sorts by name; those of one name keep their order, which signatures rely on.
    pub(crate) fn sort(&mut self) {
        // there are a few, so each goes to its place by steps: a sort for many costs a program more than it saves
        for end in 1..self.items.len() {
            for at in (1..=end).rev() {
                if self.items[at - 1].0 <= self.items[at].0 {
                    break;
                }
                self.items.swap(at - 1, at);
            }
        }
    }

    fn clear(&mut self) {
        // the last comes first out, so that each value finds the memory that it had
        for (_, mut value) in self.items.drain(..).rev() {
            value.clear();
            self.spare.push(value);
        }
    }
}

impl Deref for Headers {
    type Target = [(Cow<'static, str>, String)];
    fn deref(&self) -> &Self::Target {
        &self.items
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        Self {
            items: headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            spare: Vec::new(),
        }
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl Eq for Headers {}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        let headers =
            [("Authorization", "a"), ("x-amz-security-token", "b"), ("x-amz-date", "c"), ("content-type", "d")];
        let (scheme, host, path) = ("https".to_owned(), "[::1]:8080".to_owned(), "/a%20b/".to_owned());
        Draft { scheme, host, path, headers: Headers::from_iter(headers), ..Draft::default() }
    }

    #[test]
    fn a_request_is_its_parts() {
        let mut draft = draft();
        assert_eq!(draft.clone().into_request().unwrap().uri(), "https://[::1]:8080/a%20b/");
        draft.query.push("a", "1 2");
        let request = draft.into_request().unwrap();
        assert_eq!(request.uri(), "https://[::1]:8080/a%20b/?a=1%202");
        let secret: Vec<_> =
            request.headers().iter().map(|(name, value)| (name.as_str(), value.is_sensitive())).collect();
        let marked =
            [("authorization", true), ("x-amz-security-token", true), ("x-amz-date", false), ("content-type", false)];
        assert_eq!(secret, marked);
        let values: Vec<_> = request.headers().values().map(|value| value.as_bytes()).collect();
        assert_eq!(values, [b"a", b"b", b"c", b"d"]);
    }

    #[test]
    fn what_is_no_host_is_told() {
        for (host, path) in [("", "/"), ("a b", "/"), ("a/b", "/"), ("a", "/ ")] {
            let draft = Draft { host: host.to_owned(), path: path.to_owned(), ..draft() };
            assert!(matches!(draft.into_request(), Err(Error::Invalid(_))), "{host:?} {path:?}");
        }
    }
}
