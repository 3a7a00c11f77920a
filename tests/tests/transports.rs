//! Every example of every spec through both real transports, against the mock server, which verifies signatures and parameters.

use std::sync::Arc;

use callsheet::Error;
use callsheet::call::RetryPolicy;
use callsheet_dynamic::{DynRecord, difference};
use callsheet_mock::{Config, Server};
use callsheet_tests::{Case, cases, catalog, credentials};

/// What a call gives, in a form that can be compared: the answer, or the message of the error.
fn outcome(result: Result<DynRecord, Error>) -> Result<DynRecord, String> {
    result.map_err(|error| error.to_string())
}

fn assert_same(case: &Case, transport: &str, found: Result<DynRecord, String>, expected: &Result<DynRecord, String>) {
    match (&found, expected) {
        (Ok(found), Ok(expected)) => assert_eq!(difference(found, expected), None, "{} through {transport}", case.id),
        _ => assert_eq!(found.as_ref().err(), expected.as_ref().err(), "{} through {transport}", case.id),
    }
}

#[test]
fn every_example_through_both_transports() {
    let catalog = Arc::new(catalog());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let once = RetryPolicy::once();
    let mut calls = 0;
    for case in cases() {
        let mut expected = DynRecord::from_record(&*(case.output)());
        let Some(result) = case.decode(&catalog, case.operation, &mut expected) else { continue };
        let expected = outcome(result.map(|()| expected));

        let config = Config::default().credentials([credentials()]).strict();
        let server = Server::start(Arc::clone(&catalog), config).expect("a server on this machine");
        let service = case.service(&catalog).endpoint(server.endpoint(&case.entry(&catalog)));

        let client = callsheet_ureq::Client::builder(service.clone()).retry(once).build().expect("a client");
        assert_same(&case, "ureq", outcome((case.send_ureq)(&client).result), &expected);
        let client = callsheet_hyper::Client::builder(service).retry(once).build().expect("a client");
        assert_same(&case, "hyper", outcome((case.send_hyper)(&runtime, &client).result), &expected);
        assert_eq!(server.count(case.operation.name), 2, "{}", case.id);
        calls += 2;
    }
    assert!(calls >= 12, "only {calls} calls were made");
}

#[test]
fn a_wrong_secret_is_refused_by_both() {
    let catalog = Arc::new(catalog());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = Server::start(Arc::clone(&catalog), Config::default().credentials([credentials()])).expect("a server");
    for case in cases().into_iter().filter(|case| case.index == 0) {
        let wrong = callsheet::Credentials::new(credentials().id(), "another-secret");
        let service = case.service(&catalog).endpoint(server.endpoint(&case.entry(&catalog))).credentials(wrong);
        let blocking = (case.send_ureq)(&callsheet_ureq::Client::new(service.clone())).result;
        let concurrent = (case.send_hyper)(&runtime, &callsheet_hyper::Client::new(service)).result;
        for result in [blocking, concurrent] {
            let error = result.expect_err("a wrong secret");
            let service = error.as_service().unwrap_or_else(|| panic!("{}: {error}", case.id));
            assert_eq!(service.meaning, callsheet::schema::Meaning::Auth, "{}", case.id);
            assert!(!format!("{error} {error:?}").contains("another-secret"));
        }
    }
}
