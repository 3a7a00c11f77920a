//! Rules about parameters that the shipped specs state, and what comes of them before anything is sent.

use callsheet::qingcloud::instance::{self, DescribeInstances, LoginMode, RunInstances};
use callsheet::qingcloud::monitor::{self, GetMonitor, MonitorStep};
use callsheet::qingcloud::sdwan::{self, AccessType, GetWanMonitor, Meter, Step};
use callsheet::{Action, Error, Service};
use callsheet_tests::credentials;
use chrono::{DateTime, Utc};

const ZONE: &str = "zone: is not given, and by some of the service's documents it is required";

fn now() -> DateTime<Utc> {
    "2014-02-10T04:00:00Z".parse().unwrap()
}

fn warnings(service: &Service, action: &impl Action) -> Vec<String> {
    let told = service.check(action, now());
    assert!(told.iter().all(|violation| violation.warning), "{told:?}");
    told.iter().map(ToString::to_string).collect()
}

#[test]
fn a_zone_that_is_not_set_is_warned_about() {
    let service = instance::service().credentials(credentials());
    let action = DescribeInstances::new();
    assert_eq!(warnings(&service, &action), [ZONE]);
    // some documented requests have none, so it goes out
    assert!(service.request(&action, now()).is_ok());
    assert_eq!(warnings(&service.common("zone", "pek3a"), &action), [""; 0]);
}

#[test]
fn a_zone_among_the_parameters_is_one() {
    let catalog = callsheet_tests::catalog();
    let entry = catalog.find("qingcloud", "DescribeInstances").unwrap();
    let service = instance::service().credentials(credentials());
    let mut input = entry.input();
    assert_eq!(service.check(&input, now()).iter().map(ToString::to_string).collect::<Vec<_>>(), [ZONE]);
    assert_eq!(service.clone().common("zone", "pek3a").check(&input, now()).len(), 0);
    input.set_text("zone", "pek3a", &callsheet_dynamic::Reading::of(entry.operation)).unwrap();
    assert_eq!(service.check(&input, now()).len(), 0);
}

#[test]
fn how_to_log_in_is_asked_for() {
    let service = instance::service().credentials(credentials()).common("zone", "pek3a");
    let told = warnings(&service, &RunInstances::new("centos63x64"));
    assert!(told.len() == 1 && told[0].starts_with("login_mode: is not given"), "{told:?}");
    let mut action = RunInstances::new("centos63x64").login_mode(LoginMode::Passwd);
    assert_eq!(warnings(&service, &action), [""; 0]);
    // what may hold secrets is not shown
    action = action.login_passwd("hunter2").userdata_value("aHVudGVyMg==");
    let debug = format!("{action:?}");
    assert!(!debug.contains("hunter2") && !debug.contains("aHVudGVyMg"), "{debug}");
}

#[test]
fn a_monitor_span_does_not_end_before_it_begins() {
    let (begin, end) = ("2014-02-09T21:47:00Z".parse().unwrap(), now());
    let rule = "end_time = \"2014-02-09T21:47:00Z\": must not be before start_time = \"2014-02-10T04:00:00Z\"";
    let refusal = |service: &Service, action: &dyn Fn(&Service) -> Result<(), Error>| match action(service) {
        Err(error @ Error::Invalid(_)) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    };

    let service = monitor::service().credentials(credentials());
    let read = |start, end| GetMonitor::new("i-1234abcd", ["cpu"], MonitorStep::V5m, start, end);
    assert!(service.request(&read(begin, end), now()).is_ok());
    assert_eq!(refusal(&service, &|service| service.request(&read(end, begin), now()).map(drop)), rule);

    let service = sdwan::service().credentials(credentials());
    let read = |start, end| GetWanMonitor::new("waif-1", AccessType::Vpc, [Meter::Pps], Step::V5m, start, end);
    assert!(service.request(&read(begin, end), now()).is_ok());
    assert_eq!(refusal(&service, &|service| service.request(&read(end, begin), now()).map(drop)), rule);
}

#[test]
fn instances_can_be_ordered() {
    let service = instance::service().credentials(credentials());
    let action = DescribeInstances::new().sort_key("create_time").reverse(1);
    let uri = service.request(&action, now()).unwrap().uri().to_string();
    assert!(uri.contains("&reverse=1&") && uri.contains("&sort_key=create_time&"), "{uri}");
}
