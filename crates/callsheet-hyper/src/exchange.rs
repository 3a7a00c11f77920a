//! One request, one answer.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use callsheet::call::Proxy;
use callsheet::error::{Delivery, Error, TransportError, TransportKind};
use http::header::{HOST, HeaderValue, USER_AGENT};
use http::{Request, Response, Uri};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};

use crate::connect::{Connector, NotConnected};
use crate::pool::Pool;

/// Sends requests over connections that are kept.
#[derive(Debug)]
pub(crate) struct Agent {
    connector: Connector,
    pool: Pool,
    user_agent: Option<HeaderValue>,
}

impl Agent {
    pub(crate) fn new(connector: Connector, user_agent: Option<HeaderValue>) -> Self {
        Self { connector, pool: Pool::default(), user_agent }
    }

    /// The request in the form that goes on the wire: path and query, the host in a header.
    pub(crate) fn prepare(&self, request: Request<Vec<u8>>) -> Result<Box<Outgoing>, Error> {
        let mut request = request.map(Once::new);
        let path = request.uri().path_and_query().map_or(Uri::from_static("/"), |path| Uri::from(path.clone()));
        let uri = std::mem::replace(request.uri_mut(), path);
        let host = uri.authority().map_or("", |host| host.as_str());
        let host = HeaderValue::from_str(host)
            .map_err(|_| Error::Setup(format!("{host:?} cannot be put into the host header")))?;
        request.headers_mut().insert(HOST, host);
        if let Some(user_agent) = &self.user_agent {
            request.headers_mut().entry(USER_AGENT).or_insert_with(|| user_agent.clone());
        }
        Ok(Box::new(Outgoing { uri, request, sent: false }))
    }

    /// Sends the request and reads the whole answer, unless it is larger than `limit`.
    pub(crate) async fn exchange(
        &self,
        outgoing: &mut Outgoing,
        left: Option<Duration>,
        limit: usize,
        endpoint: &str,
    ) -> Result<Response<Vec<u8>>, Error> {
        let result = match left {
            None => self.whole(outgoing, limit, endpoint).await,
            Some(left) => {
                tokio::time::timeout(left, self.whole(outgoing, limit, endpoint)).await.unwrap_or(Err(Failure::Timeout))
            }
        };
        result.map_err(|failure| {
            let proxy = if outgoing.sent { None } else { self.connector.proxy(&outgoing.uri) };
            failure.tell(endpoint, outgoing.sent, proxy.as_ref())
        })
    }

    async fn whole(&self, outgoing: &mut Outgoing, limit: usize, host: &str) -> Result<Response<Vec<u8>>, Failure> {
        loop {
            let kept = self.pool.take(host).await;
            let reused = kept.is_some();
            let mut sender = match kept {
                Some(sender) => sender,
                // boxed: the handshake is large and rare
                None => Box::pin(self.connect(&outgoing.uri)).await?,
            };
            let request = std::mem::replace(&mut outgoing.request, Request::new(Once(None)));
            outgoing.sent = true;
            match sender.try_send_request(request).await {
                Ok(response) => {
                    let (head, body) = response.into_parts();
                    let bytes = read(body, limit).await?;
                    self.pool.put(host, sender);
                    return Ok(Response::from_parts(head, bytes));
                }
                Err(mut error) => {
                    // given back: nothing of it was written, the connection was closed before
                    if let Some(unsent) = error.take_message() {
                        outgoing.request = unsent;
                        outgoing.sent = false;
                    }
                    if outgoing.sent || !reused {
                        return Err(Failure::Exchange(error.into_error()));
                    }
                }
            }
        }
    }

    async fn connect(&self, uri: &Uri) -> Result<SendRequest<Once>, Failure> {
        let stream = self.connector.connect(uri).await.map_err(Failure::Connect)?;
        let (sender, connection) = http1::handshake(stream).await.map_err(Failure::Exchange)?;
        // it ends with the sender, which is told of its errors
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// A request on its way. Boxed, so that the futures that pass it on stay small.
pub(crate) struct Outgoing {
    uri: Uri,
    request: Request<Once>,
    /// Whether the server may have seen something of it.
    sent: bool,
}

async fn read(body: Incoming, limit: usize) -> Result<Vec<u8>, Failure> {
    let announced = body.size_hint().lower();
    if announced > limit as u64 {
        return Err(Failure::TooLarge(limit));
    }
    // no more memory than a megabyte on the word of a server
    let mut bytes = Vec::with_capacity(announced.min(1 << 20) as usize);
    let mut body = pin!(body);
    while let Some(frame) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await {
        // trailers say nothing to us
        if let Ok(data) = frame.map_err(Failure::Exchange)?.into_data() {
            if data.len() > limit - bytes.len() {
                return Err(Failure::TooLarge(limit));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

/// A body of one piece.
#[derive(Debug)]
pub(crate) struct Once(Option<Bytes>);

impl Once {
    fn new(bytes: Vec<u8>) -> Self {
        Self(if bytes.is_empty() { None } else { Some(bytes.into()) })
    }
}

impl Body for Once {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// Why there is no answer.
#[derive(Debug)]
enum Failure {
    Connect(NotConnected),
    Exchange(hyper::Error),
    TooLarge(usize),
    Timeout,
}

impl Failure {
    /// `proxy`: on the way there, if the request has not left.
    fn tell(self, endpoint: &str, sent: bool, proxy: Option<&Proxy>) -> Error {
        let (kind, source): (_, Option<Box<dyn StdError + Send + Sync>>) = match self {
            Self::TooLarge(limit) => return Error::TooLarge { limit },
            // of the limits of a try and of a call the caller knows more
            Self::Timeout => (TransportKind::Timeout, proxy.map(|proxy| proxy.failed("no connection in time").into())),
            Self::Connect(NotConnected::Setup(error)) => return error,
            Self::Connect(NotConnected::Failed(kind, source)) => (kind, Some(source)),
            Self::Exchange(error) => (exchanging(&error), Some(error.into())),
        };
        let delivery = if sent { Delivery::Maybe } else { Delivery::Never };
        TransportError { kind, delivery, endpoint: endpoint.to_owned(), source }.into()
    }
}

fn exchanging(error: &hyper::Error) -> TransportKind {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    if error.is_parse() {
        TransportKind::Protocol
    } else if source.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
        TransportKind::Timeout
    } else {
        TransportKind::Broken
    }
}
