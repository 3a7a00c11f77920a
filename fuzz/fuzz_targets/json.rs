//! Any bytes as a JSON answer: an output or an error, never a panic; a series never expands without bound.
#![no_main]

use callsheet::qingcloud::sdwan::{self, GetWanMonitor};
use callsheet::series::step;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let response = http::Response::new(data);
    match sdwan::service().response::<GetWanMonitor>(&response) {
        Ok(output) => {
            for series in output.meter_set.iter().filter_map(|meter| meter.data.as_ref()) {
                let step = step("5m").expect("a step");
                let start = "2020-01-01T00:00:00Z".parse().expect("a time");
                assert!(series.points_from(start, step, 100).count() <= series.len() + 100);
            }
            drop(format!("{output:?}"));
        }
        Err(error) => drop(format!("{error} {error:?}")),
    }
});
