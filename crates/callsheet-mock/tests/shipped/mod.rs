//! The specs of this repository, and requests to them.

// each test takes what it needs
#![allow(dead_code, unreachable_pub)]

use std::path::Path;
use std::sync::{Arc, LazyLock};

use callsheet::{Credentials, Options, Service};
use callsheet_dynamic::{Catalog, DynRecord, Entry, Reading};
use callsheet_mock::Config;
use chrono::{DateTime, Utc};
use http::Request;

pub static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    match callsheet_spec::load_dir(folder) {
        Ok(loaded) => Arc::new(Catalog::new(&loaded.spec)),
        Err(report) => panic!("{report}"),
    }
});

pub fn now() -> DateTime<Utc> {
    "2020-05-09T08:04:33Z".parse().expect("a time")
}

pub fn bandwidth() -> Entry<'static> {
    CATALOG.find("oos", "GetBandwidth").expect("the action")
}

pub fn wan() -> Entry<'static> {
    CATALOG.find("qingcloud", "GetWanMonitor").expect("the action")
}

pub fn input(entry: &Entry<'_>, parameters: &[(&str, &str)]) -> DynRecord {
    let mut input = entry.input();
    let reading = Reading::of(entry.operation).unchecked();
    for (name, text) in parameters {
        input.set_text(name, text, &reading).unwrap_or_else(|e| panic!("{e}"));
    }
    input
}

pub const SPAN: [(&str, &str); 2] = [("BeginDate", "2018-12-26T16:45+08:00"), ("EndDate", "2018-12-26T16:50+08:00")];

pub const CPE: [(&str, &str); 6] = [
    ("resource", "wacc-1"),
    ("access_type", "cpe"),
    ("meters", "traffic,pps"),
    ("step", "5m"),
    ("start_time", "2020-05-09T02:04:32Z"),
    ("end_time", "2020-05-09T08:04:32Z"),
];

pub fn client(entry: &Entry<'_>) -> Service {
    entry.service("").credentials(Config::test_credentials())
}

pub fn request_as(entry: &Entry<'_>, parameters: &[(&str, &str)], who: Credentials) -> Request<Vec<u8>> {
    let options = Options { unchecked: true, ..Options::default() };
    let client = entry.service("").credentials(who);
    client.request_of(entry.operation, &input(entry, parameters), &options, now()).unwrap_or_else(|e| panic!("{e}"))
}

pub fn request(entry: &Entry<'_>, parameters: &[(&str, &str)]) -> Request<Vec<u8>> {
    request_as(entry, parameters, Config::test_credentials())
}
