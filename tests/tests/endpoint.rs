//! Addresses that are set by hand: each mistake is told before anything is sent.

use callsheet::Service;
use callsheet::oos::iam::{self, ListUsers};
use callsheet::oos::statistics;
use callsheet::qingcloud::instance::DescribeInstances;
use callsheet::qingcloud::{instance, job};
use callsheet::service::Options;
use callsheet::value::Action as _;
use callsheet::{Credentials, Error};
use chrono::DateTime;

fn request(endpoint: &str) -> Result<http::Request<Vec<u8>>, Error> {
    let service: Service = iam::service("cn").credentials(Credentials::new("AKID", "SECRET")).endpoint(endpoint);
    service.request(&ListUsers::new(), DateTime::UNIX_EPOCH)
}

#[track_caller]
fn refused(endpoint: &str) -> String {
    request(endpoint).expect_err("a bad endpoint").to_string()
}

#[test]
fn a_port_that_is_none() {
    for port in ["65536", "99999", "0", "", "99999999999999999999"] {
        for host in ["host.test", "127.0.0.1", "[::1]"] {
            let url = format!("http://{host}:{port}/path");
            let text = refused(&url);
            assert!(text.starts_with(&format!("endpoint {url:?} ")), "{text}");
            assert!(text.contains("port"), "{text}");
        }
    }
    assert_eq!(
        refused("http://127.0.0.1:65536/"),
        "endpoint \"http://127.0.0.1:65536/\" has a port that is no number from 1 to 65535"
    );
}

#[test]
fn ports_that_are_some() {
    for (url, sent) in [
        ("http://host.test:65535/", "host.test:65535"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("http://[::1]/", "[::1]"),
        ("http://host.test:80/", "host.test"),
        ("https://host.test", "host.test"),
    ] {
        let request = request(url).expect("a good endpoint");
        assert_eq!(request.uri().authority().map(|authority| authority.as_str()), Some(sent), "{url}");
    }
}

#[test]
fn what_is_no_endpoint() {
    assert!(refused("ftp://host.test/").contains("begins with neither https:// nor http://"));
    assert!(refused("https://user@host.test/").contains("a user name"));
    assert!(refused("https://host.test/?a=b").contains("a query"));
    assert!(refused("https://host.test/path#f").contains("a fragment"));
}

#[test]
fn more_than_an_address_holds() {
    let service = instance::service().credentials(Credentials::new("AKID", "SECRET"));
    let ids = (0..3000).map(|n| format!("i-{n:020}"));
    let error = service.request(&DescribeInstances::new().instances(ids), DateTime::UNIX_EPOCH).expect_err("too long");
    let text = error.to_string();
    assert!(text.starts_with("the parameters would make a URL of ") && text.ends_with("give fewer or shorter ones"));
}

#[test]
fn headers_that_are_not_the_callers() {
    let asked = |service: &Service, name: &str| {
        let options = Options { headers: vec![(name.to_owned(), "x".to_owned())], ..Options::default() };
        service.request_of(ListUsers::OPERATION, &ListUsers::new(), &options, DateTime::UNIX_EPOCH)
    };
    let service = iam::service("cn").credentials(Credentials::new("AKID", "SECRET"));
    for name in ["Host", "content-length", "Transfer-Encoding", "connection", "Expect"] {
        let error = asked(&service, name).expect_err(name).to_string();
        assert_eq!(error, format!("the header {} is the transport's: it cannot be set", name.to_ascii_lowercase()));
    }
    for name in ["Authorization", "x-amz-date", "X-Amz-Content-Sha256", "x-amz-security-token"] {
        let error = asked(&service, name).expect_err(name).to_string();
        assert_eq!(error, format!("the header {} is set when the request is signed", name.to_ascii_lowercase()));
    }
    let request = asked(&service, "X-Trace").expect("a header of the caller");
    assert_eq!(request.headers()["x-trace"], "x");
}

#[test]
fn an_action_of_another_service_is_not_sent() {
    let credentials = || Credentials::new("AKID", "SECRET");
    let now = DateTime::UNIX_EPOCH;
    let users = iam::service("cn").credentials(credentials());
    let begin = DateTime::from_timestamp(1_545_813_900, 0).expect("a time");
    let error = users.request(&statistics::GetBandwidth::new(begin, begin), now).expect_err("another host");
    assert_eq!(
        error.to_string(),
        "GetBandwidth is an action of oos/statistics, which has a service of its own; this one is oos/iam"
    );
    let instances = instance::service().credentials(credentials());
    instances.request(&ListUsers::new(), now).expect_err("another cloud");

    // one endpoint for all groups
    let request = instances.request(&job::DescribeJobs::new(), now).expect("a group of the same service");
    assert_eq!(request.uri().path(), "/iaas/");
}
