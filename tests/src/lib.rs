//! Snapshots, vectors and end-to-end tests of the workspace.
//!
//! Every example of every spec is a [`Case`]: the registry is generated, so that a new action is tested with no line written for it.

pub mod server;

use std::io::Write as _;
use std::path::PathBuf;

use callsheet::call::Called;
use callsheet::schema::Operation;
use callsheet::value::{Output, Record};
use callsheet::{Action, Credentials, Error, Options, Service};
use callsheet_dynamic::{Catalog, DynRecord, Entry};
use callsheet_spec::model::Example;
use chrono::{DateTime, Utc};

#[rustfmt::skip]
#[allow(unreachable_pub)]
mod generated {
    mod examples;

    pub use examples::cases;
    use super::{Case, case};
}

/// One example of one action, with its parameters as generated code makes them.
pub struct Case {
    /// `oos/statistics/GetBandwidth`
    pub id: &'static str,
    /// Which example of the action, from 0.
    pub index: usize,
    /// The generated tables.
    pub operation: &'static Operation,
    /// The generated parameters.
    pub input: Box<dyn Record + Send + Sync>,
    /// An answer in generated code, with nothing in it.
    pub output: fn() -> Box<dyn Output>,
    /// Sends the typed action through the blocking transport.
    pub send_ureq: SendUreq,
    /// Sends the typed action through the async transport.
    pub send_hyper: SendHyper,
}

/// Sends one typed action through the blocking transport.
pub type SendUreq = Box<dyn Fn(&callsheet_ureq::Client) -> Called<DynRecord> + Send + Sync>;

/// Sends one typed action through the async transport.
pub type SendHyper = Box<dyn Fn(&tokio::runtime::Runtime, &callsheet_hyper::Client) -> Called<DynRecord> + Send + Sync>;

fn case<A>(id: &'static str, index: usize, action: A) -> Case
where
    A: Action + Clone + Send + Sync + 'static,
    A::Output: Send + 'static,
{
    let (blocking, concurrent) = (action.clone(), action.clone());
    Case {
        id,
        index,
        operation: A::OPERATION,
        input: Box::new(action),
        output: || Box::new(A::Output::default()),
        send_ureq: Box::new(move |client| client.call(&blocking).map(|output| DynRecord::from_record(&output))),
        send_hyper: Box::new(move |runtime, client| {
            runtime.block_on(client.call(&concurrent)).map(|output| DynRecord::from_record(&output))
        }),
    }
}

/// Every example of every spec.
pub fn cases() -> Vec<Case> {
    generated::cases().expect("the generator writes times that can be read")
}

/// The specs of this repository.
pub fn catalog() -> Catalog {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs");
    let loaded = callsheet_spec::load_dir(folder).unwrap_or_else(|report| panic!("{report}"));
    Catalog::new(&loaded.spec)
}

impl Case {
    /// The action as its spec file has it.
    pub fn entry<'a>(&self, catalog: &'a Catalog) -> Entry<'a> {
        let (service, rest) = self.id.split_once('/').expect("an id has a service");
        let entry = catalog.find(service, &rest.replace('/', "."));
        entry
            .or_else(|_| catalog.find(service, rest.rsplit('/').next().unwrap_or(rest)))
            .expect("the registry is fresh")
    }

    /// The example as its spec file has it.
    pub fn example<'a>(&self, catalog: &'a Catalog) -> &'a Example {
        &self.entry(catalog).action.examples[self.index]
    }

    /// What the clock says in the example.
    pub fn now(&self, catalog: &Catalog) -> DateTime<Utc> {
        self.example(catalog).now.parse().expect("the loader checks the clock")
    }

    /// The service as generated code has it, with the common parameters of the example and a key for tests.
    pub fn service(&self, catalog: &Catalog) -> Service {
        self.configured(Service::new(self.operation.api, ""), catalog)
    }

    /// Sets what all tests set.
    pub fn configured(&self, mut service: Service, catalog: &Catalog) -> Service {
        for field in self.operation.api.common {
            if let Some(value) = self.example(catalog).request.get(field.name).and_then(|value| value.as_str()) {
                service = service.common(field.name, value);
            }
        }
        service.credentials(credentials())
    }

    /// Decodes the answer of the example, if it has one.
    pub fn decode(
        &self,
        catalog: &Catalog,
        operation: &'static Operation,
        output: &mut dyn Output,
    ) -> Option<Result<(), Error>> {
        let response = self.response(catalog)?;
        let answer = callsheet::decode::Answer {
            status: response.status().as_u16(),
            headers: response.headers(),
            body: response.body().as_bytes(),
        };
        Some(self.service(catalog).response_of(operation, answer, output))
    }

    /// The answer of the example, if it has one.
    pub fn response<'a>(&self, catalog: &'a Catalog) -> Option<http::Response<&'a str>> {
        let example = self.example(catalog);
        let mut builder = http::Response::builder().status(example.status);
        for (name, value) in &example.headers {
            builder = builder.header(name, value);
        }
        Some(builder.body(example.response.as_ref()?.text.as_str()).expect("the loader checks headers"))
    }
}

/// The key of all tests; it is no secret.
pub fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
}

/// What calls of tests change: nothing.
pub fn options() -> Options {
    Options::default()
}

/// The folder with the public suites that are not part of this repository, as `CALLSHEET_SHARED` names it.
///
/// Without it the caller has nothing to do and returns: a line says so. With `CALLSHEET_REQUIRE_SHARED=1`, as in CI, that
/// is a failure.
pub fn shared_dir() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("CALLSHEET_SHARED") {
        return Some(dir.into());
    }
    let required = std::env::var_os("CALLSHEET_REQUIRE_SHARED").is_some_and(|value| value == "1");
    assert!(!required, "CALLSHEET_REQUIRE_SHARED is set, but CALLSHEET_SHARED is not");
    let thread = std::thread::current();
    // past the capture of the test harness, which would hide it
    let _ = writeln!(std::io::stderr(), "SKIPPED: {} (set CALLSHEET_SHARED)", thread.name().unwrap_or("a test"));
    None
}
