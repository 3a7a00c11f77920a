//! A request on its way from the encoder through the signer to `http::Request`.

use http::{HeaderName, HeaderValue, Method, Request};

use crate::{Error, pairs::Pairs};

/// A request before it is signed: the parts are still apart, so that a signer can add to them.
#[derive(Clone, Debug)]
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
    /// Headers in order; names in lower case. `host` and `content-length` are not among them.
    pub headers: Vec<(String, String)>,
    /// What follows the head.
    pub body: Body,
}

/// The body of a [`Draft`].
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
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

    /// Sets a header, in place of one of the same name.
    pub fn set_header(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.headers.iter_mut().find(|(found, _)| found == name) {
            Some(header) => header.1 = value,
            None => self.headers.push((name.to_owned(), value)),
        }
    }

    /// The finished request. The `host` header is left to the transport, which derives the same text from the URI.
    pub fn into_request(self) -> Result<Request<Vec<u8>>, Error> {
        let mut uri = String::with_capacity(
            self.scheme.len() + 3 + self.host.len() + self.path.len() + 1 + self.query.as_str().len(),
        );
        uri.push_str(&self.scheme);
        uri.push_str("://");
        uri.push_str(&self.host);
        uri.push_str(&self.path);
        if !self.query.is_empty() {
            uri.push('?');
            uri.push_str(self.query.as_str());
        }
        let uri = http::Uri::try_from(uri).map_err(|e| Error::invalid("endpoint", &self.host, e.to_string()))?;
        let body = match self.body {
            Body::Empty => Vec::new(),
            Body::Form(pairs) => pairs.as_str().as_bytes().to_vec(),
            Body::Bytes(bytes) => bytes,
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.method;
        *request.uri_mut() = uri;
        for (name, value) in self.headers {
            let header = HeaderName::try_from(name.as_str())
                .map_err(|_| Error::invalid("header", &name, "not a header name".to_owned()))?;
            // the value may be a secret: it is not repeated in the error
            let value = HeaderValue::try_from(value).map_err(|_| {
                Error::invalid("header", &name, "its value has a character that no header can carry".to_owned())
            })?;
            request.headers_mut().append(header, value);
        }
        Ok(request)
    }
}
