//! A mock on a socket: a thread for each connection, nothing else.

use std::collections::HashMap;
use std::io::{self, BufReader, Read as _, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use callsheet_dynamic::{Catalog, Entry};

use crate::failure::respond;
use crate::http1::{self, Problem};
use crate::{Config, Mock, MockResponse, Recorded};

/// A mock that listens. It stops when it is dropped: requests that are being answered get their answer first.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    mock: Mock,
    connections: Mutex<Connections>,
    stopping: Condvar,
}

#[derive(Debug, Default)]
struct Connections {
    stopped: bool,
    next: u64,
    open: HashMap<u64, TcpStream>,
    threads: HashMap<u64, JoinHandle<()>>,
}

impl Server {
    /// Listens at the configured address and answers for all actions of a catalog. A fault that can never strike
    /// ([`Config::check`]) is an error of the kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    pub fn start(catalog: Arc<Catalog>, config: Config) -> io::Result<Self> {
        config.check(&catalog).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let listener = TcpListener::bind(config.address)?;
        let address = listener.local_addr()?;
        let mock = Mock::new(catalog, config);
        let shared = Arc::new(Shared { mock, connections: Mutex::default(), stopping: Condvar::new() });
        let for_thread = Arc::clone(&shared);
        let acceptor = thread::Builder::new().name("mock".to_owned()).spawn(move || accept(&listener, &for_thread))?;
        Ok(Self { shared, address, acceptor: Some(acceptor) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Scheme, host and port, without a path: `http://127.0.0.1:4711`. Of a server that listens at every address of the machine, the
    /// one that only the machine itself reaches.
    pub fn url(&self) -> String {
        format!("http://{}", self.reached_at())
    }

    /// Where this machine reaches it.
    fn reached_at(&self) -> SocketAddr {
        let mut address = self.address;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        address
    }

    /// What to give a client of an action's service as its endpoint: the documented path counts in signatures.
    pub fn endpoint(&self, entry: &Entry<'_>) -> String {
        format!("{}{}", self.url(), entry.endpoint_path())
    }

    /// The mock behind it.
    pub fn mock(&self) -> &Mock {
        &self.shared.mock
    }

    /// The last ten thousand requests, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.mock().requests()
    }

    /// How often an action was asked for.
    pub fn count(&self, action: &str) -> u64 {
        self.mock().count(action)
    }

    /// Waits until it stops, which it does not by itself: for a program that is nothing but a server.
    pub fn wait(mut self) {
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }

    /// Stops, as dropping it does.
    pub fn stop(self) {}
}

impl Drop for Server {
    fn drop(&mut self) {
        let threads = {
            let mut connections = self.shared.connections();
            connections.stopped = true;
            for stream in connections.open.values() {
                // who waits for a request finds the end; who writes an answer goes on
                let _ = stream.shutdown(Shutdown::Read);
            }
            std::mem::take(&mut connections.threads)
        };
        self.shared.stopping.notify_all();
        // the acceptor sees that it is to stop when the next connection comes: this one
        let woken = TcpStream::connect_timeout(&self.reached_at(), Duration::from_secs(1)).is_ok();
        if let (true, Some(acceptor)) = (woken, self.acceptor.take()) {
            let _ = acceptor.join();
        }
        for thread in threads.into_values() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn connections(&self) -> MutexGuard<'_, Connections> {
        // the table is whole at every point where a thread could panic
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, but not beyond the end of the server.
    fn sleep(&self, time: Duration) {
        if time.is_zero() {
            return;
        }
        let guard = self.connections();
        let _ = self.stopping.wait_timeout_while(guard, time, |connections| !connections.stopped);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let mut connections = shared.connections();
        if connections.stopped {
            return;
        }
        let Ok(stream) = stream else {
            // out of descriptors, for instance: others have to end first
            drop(connections);
            shared.sleep(Duration::from_millis(10));
            continue;
        };
        if connections.open.len() >= shared.mock.config().max_connections {
            drop(connections);
            refuse(&stream, 503, "too many connections");
            continue;
        }
        let number = connections.next;
        connections.next += 1;
        let Ok(handle) = stream.try_clone() else { continue };
        connections.open.insert(number, handle);
        let for_thread = Arc::clone(shared);
        let spawned = thread::Builder::new().name(format!("mock {number}")).spawn(move || {
            let _ = serve(&stream, &for_thread);
            let mut connections = for_thread.connections();
            connections.open.remove(&number);
            // nobody joins a thread that has ended by itself
            connections.threads.remove(&number);
        });
        match spawned {
            // the lock is still held, so the thread cannot have taken itself off the table yet
            Ok(thread) => {
                connections.threads.insert(number, thread);
            }
            Err(_) => {
                connections.open.remove(&number);
            }
        }
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    let config = shared.mock.config();
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(config.idle))?;
    stream.set_write_timeout(Some(config.idle))?;
    let mut input = BufReader::new(stream);
    let mut output = stream;
    loop {
        let received = match http1::read(&mut input, &mut output, config.max_body) {
            Ok(received) => received,
            Err(Problem::Refused(status, why)) => {
                refuse(stream, status, why);
                return Ok(());
            }
            Err(Problem::Closed) => return Ok(()),
            Err(Problem::Io(error)) => return Err(error),
        };
        let answer = shared.mock.handle(&received.request, (config.clock)());
        let goes_on = deliver(&answer, received.keep_alive, &mut output, shared)?;
        if !goes_on || shared.connections().stopped {
            return Ok(());
        }
    }
}

/// Sends an answer the way that its delivery says. Gives whether the connection goes on.
fn deliver(answer: &MockResponse, keep_alive: bool, output: &mut impl Write, shared: &Shared) -> io::Result<bool> {
    let MockResponse { response, delivery } = answer;
    shared.sleep(delivery.delay);
    if delivery.drop {
        return Ok(false);
    }
    if let Some(noise) = &delivery.noise {
        output.write_all(noise)?;
        return Ok(false);
    }
    let keep_alive = keep_alive && delivery.length.is_none() && delivery.cut.is_none();
    let body = response.body();
    let mut bytes = http1::head(response, delivery.length.unwrap_or(body.len()), keep_alive);
    let body = &body[..delivery.cut.unwrap_or(body.len()).min(body.len())];
    if delivery.pace.is_zero() {
        // one write, so that small answers travel in one piece
        bytes.extend_from_slice(body);
        output.write_all(&bytes)?;
    } else {
        output.write_all(&bytes)?;
        for byte in body {
            shared.sleep(delivery.pace);
            output.write_all(std::slice::from_ref(byte))?;
        }
    }
    output.flush()?;
    Ok(keep_alive)
}

/// Tells why nothing will be read, and closes.
fn refuse(mut stream: &TcpStream, status: u16, why: &str) {
    let response = respond(status, "text/plain; charset=utf-8", format!("{why}\n").into_bytes());
    let mut bytes = http1::head(&response, response.body().len(), false);
    bytes.extend_from_slice(response.body());
    let _ = stream.write_all(&bytes);
    let _ = stream.shutdown(Shutdown::Write);
    // a connection that is closed with something unread takes the answer with it, so a little of it is read
    let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
    let _ = io::copy(&mut stream.take(1 << 20), &mut io::sink());
}
