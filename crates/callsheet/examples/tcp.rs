//! Bring your own I/O: the core and `std::net::TcpStream`, nothing else.
//!
//! Start `callsheet serve`, then `cargo run -p callsheet --example tcp --features oos -- http://127.0.0.1:8787/`.

// the I/O that the core itself must not do
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, clippy::disallowed_types)]

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::SystemTime;

use callsheet::Credentials;
use callsheet::oos::statistics::{self, GetBandwidth};

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("usage: tcp http://HOST:PORT/")?;
    let service = statistics::service("cn")
        .endpoint(url)
        .credentials(Credentials::new("MOCKACCESSKEYID", "mock-secret-access-key"));
    let action = GetBandwidth::new("2018-12-26T16:45:00+08:00".parse()?, "2018-12-26T16:50:00+08:00".parse()?);

    let request = service.request(&action, SystemTime::now().into())?;
    let host = request.uri().authority().ok_or("no host")?;
    let path = request.uri().path_and_query().ok_or("no path")?;
    let mut head = format!("{} {path} HTTP/1.0\r\nhost: {host}\r\n", request.method());
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str()?);
    }
    let mut tcp = TcpStream::connect((host.host(), host.port_u16().unwrap_or(80)))?;
    tcp.write_all(format!("{head}content-length: {}\r\n\r\n", request.body().len()).as_bytes())?;
    tcp.write_all(request.body())?;

    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no head")?;
    let status = std::str::from_utf8(&answer[..end])?.split(' ').nth(1).ok_or("no status")?;
    let response = http::Response::builder().status(status).body(&answer[end + 4..])?;
    println!("{:#?}", service.response::<GetBandwidth>(&response)?);
    Ok(())
}
