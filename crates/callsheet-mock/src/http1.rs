//! Requests from a stream of bytes, and answers into one.

use std::io::{self, BufRead, Read as _, Write};

use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};

/// Bytes of a request's head at most.
const HEAD: usize = 64 << 10;
const HEADERS: usize = 128;

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The other side closed the connection between two requests.
    Closed,
    /// The connection failed.
    Io(io::Error),
    /// The status that says what is wrong with what came, and the words.
    Refused(u16, &'static str),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A request and whether the connection goes on after it.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) request: Request<Vec<u8>>,
    pub(crate) keep_alive: bool,
}

/// How the body is framed.
enum Framing {
    Length(usize),
    Chunked,
}

struct Head {
    request: Request<()>,
    keep_alive: bool,
    framing: Framing,
    expects_continue: bool,
}

/// Reads the next request. `out` is for the word that a client may wait for before it sends the body.
pub(crate) fn read(input: &mut impl BufRead, out: &mut impl Write, max_body: usize) -> Result<Received, Problem> {
    let bytes = read_head(input)?;
    let head = parse_head(&bytes)?;
    if let Framing::Length(length) = head.framing
        && length > max_body
    {
        return Err(Problem::Refused(413, "the body is too large"));
    }
    let empty = matches!(head.framing, Framing::Length(0));
    if head.expects_continue && !empty {
        out.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        out.flush()?;
    }
    let body = match head.framing {
        Framing::Length(length) => {
            let mut body = Vec::new();
            input.by_ref().take(length as u64).read_to_end(&mut body)?;
            if body.len() < length {
                return Err(Problem::Closed);
            }
            body
        }
        Framing::Chunked => read_chunks(input, max_body)?,
    };
    Ok(Received { request: head.request.map(|()| body), keep_alive: head.keep_alive })
}

/// The bytes up to and with the empty line.
fn read_head(input: &mut impl BufRead) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    loop {
        let start = bytes.len();
        read_line(input, &mut bytes, HEAD - start)?;
        let line = &bytes[start..];
        if line.is_empty() {
            return Err(Problem::Closed);
        }
        if line == b"\r\n" || line == b"\n" {
            if start > 0 {
                return Ok(bytes);
            }
            // an empty line before a request is to be overlooked
            bytes.clear();
        } else if !line.ends_with(b"\n") {
            return Err(if bytes.len() >= HEAD {
                Problem::Refused(431, "the head is too large")
            } else {
                Problem::Closed
            });
        }
    }
}

/// Appends a line with its end, or what there is of it within the limit.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>, limit: usize) -> io::Result<()> {
    input.by_ref().take(limit as u64).read_until(b'\n', line).map(drop)
}

fn parse_head(bytes: &[u8]) -> Result<Head, Problem> {
    const MALFORMED: Problem = Problem::Refused(400, "the head of the request is malformed");
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Problem::Refused(431, "there are too many headers")),
        _ => return Err(MALFORMED),
    }
    let (Some(method), Some(target), Some(version)) = (parsed.method, parsed.path, parsed.version) else {
        return Err(MALFORMED);
    };
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| MALFORMED)?;
    *request.uri_mut() =
        Uri::try_from(target).map_err(|_| Problem::Refused(400, "the target of the request is malformed"))?;
    for header in parsed.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| MALFORMED)?;
        let value = HeaderValue::from_bytes(header.value).map_err(|_| MALFORMED)?;
        request.headers_mut().append(name, value);
    }
    let words = |name: &str| {
        let values = request.headers().get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(|word| word.trim().to_ascii_lowercase()).collect::<Vec<_>>()
    };
    let connection = words("connection");
    let keep_alive = if version == 0 {
        connection.iter().any(|word| word == "keep-alive")
    } else {
        connection.iter().all(|word| word != "close")
    };
    let encodings = words("transfer-encoding");
    let lengths = words("content-length");
    let framing = match (encodings.as_slice(), lengths.as_slice()) {
        ([], []) => Framing::Length(0),
        ([], [first, rest @ ..])
            if rest.iter().all(|length| length == first) && first.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Framing::Length(first.parse().map_err(|_| Problem::Refused(413, "the body is too large"))?)
        }
        ([coding], []) if coding == "chunked" => Framing::Chunked,
        // both at once is how requests are smuggled
        (_, []) => return Err(Problem::Refused(501, "the transfer coding is not known")),
        _ => return Err(Problem::Refused(400, "the length of the body is not clear")),
    };
    let expects_continue = words("expect").iter().any(|word| word == "100-continue");
    Ok(Head { keep_alive, framing, expects_continue, request })
}

fn read_chunks(input: &mut impl BufRead, max_body: usize) -> Result<Vec<u8>, Problem> {
    const MALFORMED: Problem = Problem::Refused(400, "a chunk of the body is malformed");
    let mut body = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        read_line(input, &mut line, HEAD)?;
        if line.is_empty() {
            return Err(Problem::Closed);
        }
        let Ok(httparse::Status::Complete((_, size))) = httparse::parse_chunk_size(&line) else {
            return Err(MALFORMED);
        };
        let room = (max_body - body.len()) as u64;
        if size > room {
            return Err(Problem::Refused(413, "the body is too large"));
        }
        if size == 0 {
            break;
        }
        let before = body.len();
        input.by_ref().take(size).read_to_end(&mut body)?;
        if ((body.len() - before) as u64) < size {
            return Err(Problem::Closed);
        }
        line.clear();
        read_line(input, &mut line, 2)?;
        if line != b"\r\n" {
            return Err(MALFORMED);
        }
    }
    // trailers say nothing here
    let mut trailers = 0;
    loop {
        line.clear();
        read_line(input, &mut line, HEAD)?;
        trailers += line.len();
        match line.as_slice() {
            b"" => return Err(Problem::Closed),
            b"\r\n" | b"\n" => return Ok(body),
            _ if trailers > HEAD => return Err(Problem::Refused(431, "the trailers are too large")),
            _ => {}
        }
    }
}

/// The head of an answer. `length` is what it says of the body's length.
pub(crate) fn head(response: &Response<Vec<u8>>, length: usize, keep_alive: bool) -> Vec<u8> {
    let status = response.status();
    let mut head =
        format!("HTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or("Unknown")).into_bytes();
    for (name, value) in response.headers() {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
    if !keep_alive {
        head.extend_from_slice(b"connection: close\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Result<Received, Problem> {
        read(&mut text.as_bytes(), &mut Vec::new(), 20)
    }

    fn refused(text: &str) -> u16 {
        match request(text) {
            Err(Problem::Refused(status, _)) => status,
            other => panic!("{text:?} gave {other:?}"),
        }
    }

    #[test]
    fn bodies_have_a_length_or_chunks() {
        let got = request("POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello").expect("a request");
        assert_eq!(
            (got.request.body().as_slice(), got.request.uri().to_string().as_str(), got.keep_alive),
            (&b"hello"[..], "/a?b=c", true)
        );
        let text = "\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: t\r\n\r\n";
        let got = request(text).expect("a request");
        assert_eq!((got.request.body().as_slice(), got.keep_alive), (&b"hello"[..], false));
    }

    #[test]
    fn two_requests_in_one_stream() {
        let mut stream = "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.0\r\n\r\n".as_bytes();
        let first = read(&mut stream, &mut Vec::new(), 0).expect("the first");
        let second = read(&mut stream, &mut Vec::new(), 0).expect("the second");
        assert_eq!((first.request.uri().path(), first.keep_alive), ("/1", true));
        assert_eq!((second.request.uri().path(), second.keep_alive), ("/2", false));
        assert!(matches!(read(&mut stream, &mut Vec::new(), 0), Err(Problem::Closed)));
    }

    #[test]
    fn who_waits_is_told_to_go_on() {
        let mut out = Vec::new();
        let text = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx";
        read(&mut text.as_bytes(), &mut out, 1).expect("a request");
        assert_eq!(out, b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    #[test]
    fn bad_requests_are_refused() {
        assert_eq!(refused("GET\r\n\r\n"), 400);
        assert_eq!(refused("POST / HTTP/1.1\r\nContent-Length: 21\r\n\r\n"), 413);
        assert_eq!(refused("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"), 413);
        assert_eq!(refused("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400);
        assert_eq!(refused("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), 400);
        assert_eq!(refused("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
        assert_eq!(refused("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
        assert_eq!(refused("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"), 413);
        assert_eq!(refused("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), 400);
        assert_eq!(refused(&format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(HEAD))), 431);
        assert_eq!(refused(&format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(HEADERS + 1))), 431);
    }

    #[test]
    fn what_breaks_off_is_no_request() {
        for text in [
            "",
            "GET / HT",
            "GET / HTTP/1.1\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhell",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        ] {
            assert!(matches!(request(text), Err(Problem::Closed)), "{text:?}");
        }
    }
}
