//! A server that does what it is told, one request after the other.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers and waits for the next.
    Reply(String),
    /// Answers and closes.
    Last(String),
    /// Answers, says nothing of it, and closes a little later.
    ThenLeave(String),
    /// Reads the request and closes.
    Drop,
    /// Closes without reading.
    Slam,
    /// Reads the request and says nothing until the client leaves.
    Silence,
    /// Answers so far, and says nothing more until the client leaves.
    Stall(String),
    /// Answers a byte at a time.
    Slow(String),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// On which connection, counted from 0.
    pub(crate) connection: usize,
    /// Everything before the body.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: String,
}

/// A server on a port of its own. When it has nothing more to do, it closes every connection at once.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    acts: Mutex<std::vec::IntoIter<Act>>,
    seen: Mutex<Vec<Seen>>,
}

impl Server {
    /// Starts it.
    pub(crate) fn start(acts: Vec<Act>) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Arc::new(Self {
            address: listener.local_addr().unwrap(),
            acts: Mutex::new(acts.into_iter()),
            seen: Mutex::default(),
        });
        let own = Arc::clone(&server);
        std::thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let own = Arc::clone(&own);
                // the client may be gone: that is its right
                std::thread::spawn(move || own.serve(connection, stream.unwrap()));
            }
        });
        server
    }

    /// What came so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn serve(&self, connection: usize, mut stream: TcpStream) -> Option<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        loop {
            // an act is taken when there is something to act on
            let mut byte = [0];
            if matches!(self.acts.lock().unwrap().as_slice().first(), Some(Act::Slam) | None) {
                self.acts.lock().unwrap().next();
                return None;
            }
            if stream.peek(&mut byte).ok()? == 0 {
                return None;
            }
            let act = self.acts.lock().unwrap().next()?;
            // what is not HTTP has no head to wait for
            if !byte[0].is_ascii_uppercase() {
                if !matches!(act, Act::Silence) {
                    // all of it: closing with something unread would reset the connection
                    let _ = stream.read(&mut [0; 16 << 10]);
                    stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").ok()?;
                    return None;
                }
                return linger(&mut stream);
            }
            let (head, body) = read_request(&mut stream)?;
            self.seen.lock().unwrap().push(Seen { connection, head, body });
            match act {
                Act::Reply(text) => stream.write_all(text.as_bytes()).ok()?,
                Act::Last(text) => return stream.write_all(text.as_bytes()).ok(),
                Act::ThenLeave(text) => {
                    stream.write_all(text.as_bytes()).ok()?;
                    std::thread::sleep(Duration::from_millis(20));
                    return None;
                }
                Act::Drop | Act::Slam => return None,
                Act::Silence => return linger(&mut stream),
                Act::Stall(text) => {
                    stream.write_all(text.as_bytes()).ok()?;
                    return linger(&mut stream);
                }
                Act::Slow(text) => {
                    for byte in text.bytes() {
                        stream.write_all(&[byte]).ok()?;
                        std::thread::sleep(Duration::from_millis(50));
                    }
                }
            }
        }
    }
}

fn linger(stream: &mut TcpStream) -> Option<()> {
    while stream.read(&mut [0; 1024]).ok()? > 0 {}
    None
}

/// Head and body of the next request; `None` when there is none.
pub(crate) fn read_request(stream: &mut impl Read) -> Option<(String, String)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head
        .to_ascii_lowercase()
        .split_once("content-length: ")
        .and_then(|(_, rest)| rest.split("\r\n").next()?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).ok()?))
}
