//! Any bytes as an XML answer: an output or an error, never a panic.
#![no_main]

use callsheet::oos::statistics::{self, GetBandwidth};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let service = statistics::service("cn");
    for status in [200, 403] {
        let mut response = http::Response::new(data);
        *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
        match service.response::<GetBandwidth>(&response) {
            Ok(output) => drop(format!("{output:?}")),
            Err(error) => drop(format!("{error} {error:?}")),
        }
    }
});
