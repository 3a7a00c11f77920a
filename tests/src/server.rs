//! A server with a memory: what the mock server, which answers from examples, cannot be.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use callsheet::pairs::Pairs;

/// What a request says: its parameters, from the query or a form body.
pub struct Asked {
    /// `/iaas/`
    pub path: String,
    /// `offset=100&limit=100`
    pub parameters: Pairs,
}

impl Asked {
    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<String> {
        self.parameters.get(name)
    }

    /// The value of a parameter that is a number.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.parse().ok()
    }
}

/// Answers every request by calling a function: status and body.
pub struct Server {
    address: SocketAddr,
    served: Arc<AtomicUsize>,
}

impl Server {
    /// Starts one on a free port of this machine. It ends with the process.
    pub fn start(answer: impl FnMut(&Asked) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let served = Arc::new(AtomicUsize::new(0));
        let (answer, count) = (Arc::new(Mutex::new(answer)), Arc::clone(&served));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, count) = (Arc::clone(&answer), Arc::clone(&count));
                thread::spawn(move || {
                    serve(stream, |asked| {
                        count.fetch_add(1, Ordering::SeqCst);
                        (*answer.lock().expect("no test panics in its server"))(asked)
                    })
                });
            }
        });
        Self { address, served }
    }

    /// Its URL, with a path: `http://127.0.0.1:4711/iaas/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many requests it has answered.
    pub fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, mut answer: impl FnMut(&Asked) -> (u16, String)) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let target = line.split(' ').nth(1)?.to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let text = if query.is_empty() { String::from_utf8_lossy(&body).into_owned() } else { query.to_owned() };
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let (status, body) = answer(&Asked { path, parameters: Pairs::parse(&text, false) });
        let kind = if body.starts_with('<') { "text/xml" } else { "application/json" };
        let head = format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        // in one piece: the second of two would wait until the first is acknowledged
        stream.write_all([head, body].concat().as_bytes()).ok()?;
    }
}
