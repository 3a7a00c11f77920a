//! A request on its way from the encoder through the signer to `http::Request`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
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
        let mark = usize::from(!query.is_empty());
        let uri = self.scheme.len() + 3 + self.host.len() + self.path.len() + mark + query.len();
        let values: usize = self.headers.iter().map(|(_, value)| value.len()).sum();
        // one piece of memory for all texts of the request, shared by its parts
        let mut text = String::with_capacity(uri + values);
        for part in [&self.scheme, "://", &self.host, &self.path, &"?"[..mark], query] {
            text.push_str(part);
        }
        for (_, value) in self.headers.iter() {
            text.push_str(value);
        }
        let text = Bytes::from(text);
        let mut request = Request::new(match std::mem::take(&mut self.body) {
            Body::Empty => Vec::new(),
            Body::Form(pairs) => pairs.as_str().as_bytes().to_vec(),
            Body::Bytes(bytes) => bytes,
        });
        *request.method_mut() = std::mem::take(&mut self.method);
        *request.uri_mut() = Uri::from_maybe_shared(text.slice(..uri))
            .map_err(|e| Error::invalid("endpoint", &self.host, e.to_string()))?;
        let mut headers = HeaderMap::try_with_capacity(self.headers.len())
            .map_err(|_| Error::invalid("header", "", "too many of them".to_owned()))?;
        let mut start = uri;
        for (name, value) in self.headers.iter() {
            let header = header_name(name)?;
            let end = start + value.len();
            // the value may be a secret: it is not repeated in the error
            let mut value = HeaderValue::from_maybe_shared(text.slice(start..end)).map_err(|_| {
                Error::invalid("header", name, "its value has a character that no header can carry".to_owned())
            })?;
            value.set_sensitive(SECRET.contains(&header));
            headers.append(header, value);
            start = end;
        }
        *request.headers_mut() = headers;
        Ok(request)
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

const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Headers that are marked as secret.
const SECRET: [HeaderName; 2] = [http::header::AUTHORIZATION, AMZ_SECURITY_TOKEN];

/// A header's name; those that most requests have cost no memory.
fn header_name(name: &str) -> Result<HeaderName, Error> {
    match name {
        "x-amz-date" => Ok(AMZ_DATE),
        "x-amz-content-sha256" => Ok(AMZ_CONTENT_SHA256),
        "x-amz-security-token" => Ok(AMZ_SECURITY_TOKEN),
        name => HeaderName::try_from(name).map_err(|_| Error::invalid("header", name, "not a header name".to_owned())),
    }
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

    /// Sorts by name.
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
