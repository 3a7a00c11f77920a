//! The quota that the spec of a service states: both clients keep to it unless they are told otherwise.

use std::error::Error as _;
use std::time::Duration;

use callsheet::Error;
use callsheet::call::Quota;
use callsheet::error::Delivery;
use callsheet::qingcloud::job::{self, DescribeJobs};
use callsheet_tests::credentials;
use callsheet_tests::server::Server;

/// New accounts of QingCloud may make 2000 calls an hour (overview page).
const CALLS: usize = 2000;
/// Less than it takes until there is room again, more than a call takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn server() -> (Server, callsheet::Service) {
    let server = Server::start(|_| (200, "{\"ret_code\": 0, \"total_count\": 0, \"job_set\": []}".to_owned()));
    let service = job::service().endpoint(server.url("/iaas/")).credentials(credentials());
    (server, service)
}

/// What a call is told for which there is no room, and how many were sent.
fn refused<T>(server: &Server, result: Result<T, Error>) {
    let Err(Error::Transport(error)) = result else { panic!("there is no room for it") };
    assert_eq!(error.delivery, Delivery::Never);
    let why = error.source().map(ToString::to_string).unwrap_or_default();
    assert!(why.starts_with("the quota of 2000 calls in 1 hour is used up"), "{why}");
    assert_eq!(server.served(), CALLS);
}

#[test]
fn the_blocking_client_keeps_to_it() {
    let (server, service) = server();
    let client = callsheet_ureq::Client::builder(service.clone()).overall_timeout(Some(PATIENCE)).build().unwrap();
    // clones count together
    for client in [client.clone(), client.clone()] {
        for _ in 0..CALLS / 2 {
            client.send(&DescribeJobs::new()).unwrap();
        }
    }
    refused(&server, client.send(&DescribeJobs::new()));
    let own =
        callsheet_ureq::Client::builder(service).overall_timeout(Some(PATIENCE)).quota(Quota::new(1, PATIENCE * 2));
    let own = own.build().unwrap();
    own.send(&DescribeJobs::new()).unwrap();
    assert!(own.send(&DescribeJobs::new()).is_err(), "its own quota is smaller");
}

#[test]
fn the_async_client_keeps_to_it() {
    let (server, service) = server();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = callsheet_hyper::Client::builder(service.clone()).overall_timeout(Some(PATIENCE)).build().unwrap();
        for client in [client.clone(), client.clone()] {
            for _ in 0..CALLS / 2 {
                client.send(&DescribeJobs::new()).await.unwrap();
            }
        }
        refused(&server, client.send(&DescribeJobs::new()).await);
        let free = callsheet_hyper::Client::builder(service).quota(None).build().unwrap();
        for _ in 0..=CALLS {
            free.send(&DescribeJobs::new()).await.unwrap();
        }
    });
}
