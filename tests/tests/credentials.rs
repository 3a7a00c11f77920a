//! Where credentials come from: the steps, and both clients against a metadata address.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsheet::call::ClientState;
use callsheet::credentials::{CredentialStep, Provider, Source};
use callsheet::oos::statistics::{self, GetBandwidth};
use callsheet::qingcloud::instance::{self, DescribeInstances};
use callsheet::schema::{CredentialFile, EnvironmentNames};
use callsheet::{Action, Credentials, Error};
use callsheet_tests::catalog;
use callsheet_tests::server::Server;
use chrono::{DateTime, TimeDelta, Utc};

/// A machine on which credentials are looked for.
#[derive(Default)]
struct Machine {
    variables: HashMap<&'static str, &'static str>,
    files: HashMap<&'static str, Result<&'static str, io::ErrorKind>>,
    /// Answers of the metadata address, the last one again and again; none: nobody answers.
    answers: Vec<(u16, String)>,
    asked: Vec<String>,
    fetched: usize,
    /// How long the searches waited, and the `Date` of all answers.
    waits: Vec<Duration>,
    date: Option<&'static str>,
}

impl Machine {
    fn look(&mut self, provider: &mut Provider, now: DateTime<Utc>) -> Result<Credentials, String> {
        for _ in 0..100 {
            match provider.step(now) {
                CredentialStep::Variable(name) => {
                    self.asked.push(name.to_owned());
                    let value = self.variables.get(name).map(|value| (*value).to_owned());
                    provider.variable(value);
                }
                CredentialStep::File(path) => {
                    let text = match self.files.get(path.as_str()) {
                        None => Err(io::ErrorKind::NotFound.into()),
                        Some(Ok(text)) => Ok((*text).to_owned()),
                        Some(Err(kind)) => Err((*kind).into()),
                    };
                    self.asked.push(path);
                    provider.file(text);
                }
                CredentialStep::Fetch { request, timeout } => {
                    assert_eq!(request.headers()["accept"], "application/json");
                    assert_eq!(timeout, Duration::from_secs(1));
                    self.asked.push(request.uri().to_string());
                    let answer = self.answers.get(self.fetched.min(self.answers.len().saturating_sub(1)));
                    self.fetched += 1;
                    let answer = match answer {
                        Some((status, body)) => {
                            let answer = http::Response::builder().status(*status);
                            let answer = self.date.iter().fold(answer, |answer, date| answer.header("date", *date));
                            Ok(answer.body(body.clone()).unwrap())
                        }
                        None => Err(Error::Setup("timed out".to_owned())),
                    };
                    provider.fetched(answer, now);
                }
                CredentialStep::Wait(time) => self.waits.push(time),
                CredentialStep::Ready(credentials) => return Ok(credentials.clone()),
                CredentialStep::Failed(error) => return Err(error.to_string()),
            }
        }
        panic!("the search never ends");
    }
}

fn start() -> DateTime<Utc> {
    "2020-05-24T10:00:00Z".parse().unwrap()
}

fn metadata(key: &str, expires: DateTime<Utc>) -> String {
    let inner = format!(
        "{{\"jti\":\"{key}\",\"id_token\":\"token-{key}\",\"access_key\":\"{key}\",\"secret_key\":\"secret-{key}\",\"expiration\":{}}}",
        expires.timestamp()
    );
    // a JSON text that holds JSON, as documented
    serde_json::to_string(&inner).unwrap()
}

const QINGCLOUD_FILE: &str = "~/.qingcloud/config.yaml";
const URL: &str = "http://169.254.169.254/latest/meta-data/security-credentials";

fn qingcloud() -> Provider {
    Provider::of(DescribeInstances::OPERATION.api)
}

#[test]
fn the_environment_comes_before_files_and_files_before_metadata() {
    let mut machine =
        Machine { answers: vec![(200, metadata("m", start() + TimeDelta::hours(1)))], ..Machine::default() };
    machine.files.insert(QINGCLOUD_FILE, Ok("qy_access_key_id: 'f'\nqy_secret_access_key: 'fs'\nzone: 'pek1'\n"));
    machine.variables.extend([("QY_ACCESS_KEY_ID", "e"), ("QY_SECRET_ACCESS_KEY", "es")]);
    let found = machine.look(&mut qingcloud(), start()).unwrap();
    assert_eq!((found.id(), found.secret(), found.token()), ("e", "es", None));
    // half a set is a mistake: what follows may be another caller
    machine.variables.insert("QY_SECRET_ACCESS_KEY", "");
    let error = machine.look(&mut qingcloud(), start()).unwrap_err();
    assert!(error.contains("QY_ACCESS_KEY_ID and QY_SECRET_ACCESS_KEY: only the first is set"), "{error}");
    assert!(!machine.asked.contains(&QINGCLOUD_FILE.to_owned()));
    // an empty one is none
    machine.variables.insert("QY_ACCESS_KEY_ID", "");
    let found = machine.look(&mut qingcloud(), start()).unwrap();
    assert_eq!((found.id(), found.secret(), found.token()), ("f", "fs", None));
    machine.files.clear();
    let found = machine.look(&mut qingcloud(), start()).unwrap();
    assert_eq!((found.id(), found.secret(), found.token()), ("m", "secret-m", Some("token-m")));
    assert!(machine.asked.contains(&URL.to_owned()));
}

#[test]
fn what_was_looked_for_is_told_without_secrets() {
    let mut machine = Machine { answers: vec![(404, "hunter2".to_owned())], ..Machine::default() };
    machine.files.insert(QINGCLOUD_FILE, Ok("zone: hunter2\n"));
    let error = machine.look(&mut qingcloud(), start()).unwrap_err();
    for part in [
        "no credentials for qingcloud/instance; looked for\n",
        "\n  the environment variables QINGCLOUD_ACCESS_KEY and QINGCLOUD_SECRET_KEY: not set\n",
        "\n  the environment variables QY_ACCESS_KEY_ID and QY_SECRET_ACCESS_KEY: not set\n",
        "\n  the file ~/.qingcloud/config.yaml: does not say qy_access_key_id and qy_secret_access_key\n",
        "\n  the metadata address http://169.254.169.254/latest/meta-data/security-credentials: the instance has no role",
    ] {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
    assert!(!error.contains("hunter2"), "{error}");
    machine.files.insert(QINGCLOUD_FILE, Ok("qy_secret_access_key: hunter2\n"));
    let error = machine.look(&mut qingcloud(), start()).unwrap_err();
    let half = "~/.qingcloud/config.yaml: says qy_secret_access_key, but not qy_access_key_id";
    assert!(error.ends_with(half) && !error.contains("hunter2"), "{error}");
    machine.variables.insert("QINGCLOUD_SECRET_KEY", "hunter2");
    let error = machine.look(&mut qingcloud(), start()).unwrap_err();
    let half = "QINGCLOUD_ACCESS_KEY and QINGCLOUD_SECRET_KEY: only the second is set";
    assert!(error.ends_with(half) && !error.contains("hunter2"), "{error}");
    let error = machine.look(&mut Provider::new("Nothing"), start()).unwrap_err();
    assert!(error.contains("the spec names no place"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_ends_the_search() {
    let mut machine =
        Machine { answers: vec![(200, metadata("m", start() + TimeDelta::hours(1)))], ..Machine::default() };
    machine.files.insert(QINGCLOUD_FILE, Err(io::ErrorKind::PermissionDenied));
    let error = machine.look(&mut qingcloud(), start()).unwrap_err();
    assert!(error.contains("config.yaml: permission denied"), "{error}");
    assert_eq!(machine.fetched, 0, "it was meant to be used");
}

/// What could be misread was signed with: `"QY\"ID"` as `QY\`, a variable with its line break.
#[test]
fn a_key_that_could_be_misread_is_refused_with_its_place() {
    let role = || vec![(200, metadata("m", start() + TimeDelta::hours(1)))];
    for (text, message) in [
        ("{qy_access_key_id: QYID, qy_secret_access_key: hunter2}", ", line 1: brackets"),
        ("qy_access_key_id: QYID\nqy_secret_access_key: >\n  hunter2\n", ", line 2: a block"),
        ("qy_access_key_id: QYID\nqy_secret_access_key: 'hunter2\n", ", line 2: the quote is not closed"),
        (
            "qy_access_key_id: QYID\nqy_secret_access_key: hunter2 two\n",
            ", line 2: qy_secret_access_key has white space in it",
        ),
        (
            "qy_access_key_id: \"QYID\\n\"\nqy_secret_access_key: hunter2\n",
            ", line 1: qy_access_key_id has a line break at its end",
        ),
    ] {
        let mut machine = Machine { answers: role(), ..Machine::default() };
        machine.files.insert(QINGCLOUD_FILE, Ok(text));
        let error = machine.look(&mut qingcloud(), start()).unwrap_err();
        assert!(error.contains(&format!("the file ~/.qingcloud/config.yaml{message}")), "{error}");
        assert!(!error.contains("hunter2") && machine.fetched == 0, "{error}");
    }
    let mut machine = Machine { answers: role(), ..Machine::default() };
    machine.files.insert(QINGCLOUD_FILE, Ok("qy_access_key_id: \"QY\\\"ID\" # mine\nqy_secret_access_key: s\n"));
    assert_eq!(machine.look(&mut qingcloud(), start()).unwrap().id(), "QY\"ID");
    machine.variables.extend([("QINGCLOUD_ACCESS_KEY", "e"), ("QINGCLOUD_SECRET_KEY", "hunter2\n")]);
    let error = machine.look(&mut qingcloud(), start()).unwrap_err();
    assert!(error.contains("the environment variable QINGCLOUD_SECRET_KEY: has a line break at its end"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    // and what the instance is given
    let mut machine =
        Machine { answers: vec![(200, metadata("m m", start() + TimeDelta::hours(1)))], ..Machine::default() };
    let error = machine.look(&mut qingcloud(), start()).unwrap_err();
    assert!(error.contains("the access_key of the answer has white space in it"), "{error}");
}

/// However they came.
#[test]
fn nothing_is_signed_with_a_key_that_no_service_gives() {
    let action = DescribeInstances::new();
    let error = |credentials: Credentials| {
        let service = instance::service().credentials(credentials);
        service.request(&action, start()).map(|_| ()).unwrap_err().to_string()
    };
    let said = error(Credentials::new("QYID", "hunter2\n"));
    assert_eq!(said, "the credentials are not usable: the secret has a line break at its end, which no key has");
    assert!(error(Credentials::new(" QYID", "hunter2")).contains("the access key id has white space at its start"));
    assert!(
        error(Credentials::new("QYID", "hunter2").with_token("t\0")).contains("the session token has the character")
    );
    let service = instance::service().credentials(Credentials::new("QYID", "hunter2").with_token("t ").with_token("t"));
    assert!(service.request(&action, start()).is_ok());
}

/// The vendor's Python SDK takes empty keys for: ask the instance.
#[test]
fn a_file_with_empty_keys_leaves_it_to_the_role() {
    let mut machine =
        Machine { answers: vec![(200, metadata("m", start() + TimeDelta::hours(1)))], ..Machine::default() };
    machine.files.insert(QINGCLOUD_FILE, Ok("qy_access_key_id: ''\nqy_secret_access_key: ''\n"));
    assert_eq!(machine.look(&mut qingcloud(), start()).unwrap().id(), "m");
}

#[test]
fn oos_has_profiles_and_tokens() {
    let text = "[default]\naws_access_key_id = d\naws_secret_access_key = ds\n\
                [work]\naws_access_key_id=w\naws_secret_access_key=ws==\naws_session_token = t/+=\n";
    let mut machine = Machine::default();
    machine.files.insert("~/.oos/credentials", Ok(text));
    let provider = || Provider::of(GetBandwidth::OPERATION.api);
    let found = machine.look(&mut provider(), start()).unwrap();
    assert_eq!((found.id(), found.secret(), found.token()), ("d", "ds", None));
    let found = machine.look(&mut provider().profile("work"), start()).unwrap();
    assert_eq!((found.id(), found.secret(), found.token()), ("w", "ws==", Some("t/+=")));
    let error = machine.look(&mut provider().profile("home"), start()).unwrap_err();
    assert!(error.contains("~/.oos/credentials: has no profile [home]; it has [default], [work]"), "{error}");
    machine.variables.extend([
        ("OOS_ACCESS_KEY_ID", "e"),
        ("OOS_SECRET_ACCESS_KEY", "es"),
        ("OOS_SESSION_TOKEN", "et"),
    ]);
    let found = machine.look(&mut provider(), start()).unwrap();
    assert_eq!((found.id(), found.secret(), found.token()), ("e", "es", Some("et")));
}

/// A profile that was named was passed over when the environment had keys, or when the file has no sections.
#[test]
fn a_profile_that_is_named_comes_before_everything() {
    let text = "[default]\naws_access_key_id = d\naws_secret_access_key = ds\n[work]\naws_access_key_id=w\n\
                aws_secret_access_key=ws\n[half]\naws_access_key_id=h\n";
    let mut machine = Machine::default();
    machine.files.insert("~/.oos/credentials", Ok(text));
    machine.variables.extend([("OOS_ACCESS_KEY_ID", "e"), ("OOS_SECRET_ACCESS_KEY", "es")]);
    let provider = || Provider::of(GetBandwidth::OPERATION.api).then(Source::Static(Credentials::new("s", "ss")));
    assert_eq!(machine.look(&mut provider(), start()).unwrap().id(), "e");
    assert_eq!(machine.look(&mut provider().profile("work"), start()).unwrap().id(), "w");
    assert_eq!(machine.look(&mut provider().profile("default"), start()).unwrap().id(), "d");
    let error = machine.look(&mut provider().profile("half"), start()).unwrap_err();
    assert!(error.contains("[half]: says aws_access_key_id, but not aws_secret_access_key"), "{error}");
    let error = machine.look(&mut provider().profile("home"), start()).unwrap_err();
    assert_eq!(
        error,
        "no credentials for oos/statistics in the profile [home]; looked for\n  \
         the environment variables OOS_ACCESS_KEY_ID and OOS_SECRET_ACCESS_KEY: not asked, since a profile is named\n  \
         the file ~/.oos/credentials: has no profile [home]; it has [default], [work], [half]\n  \
         credentials given by hand: not asked, since a profile is named"
    );
    machine.files.insert("~/.oos/credentials", Ok("aws_access_key_id = n\naws_secret_access_key = ns\n"));
    let error = machine.look(&mut provider().profile("home"), start()).unwrap_err();
    assert!(error.contains("~/.oos/credentials: has no profile [home]; it has none"), "{error}");
    machine.files.clear();
    let error = machine.look(&mut provider().profile("home"), start()).unwrap_err();
    assert!(error.contains("~/.oos/credentials: does not exist"), "{error}");

    let mut machine =
        Machine { answers: vec![(200, metadata("m", start() + TimeDelta::hours(1)))], ..Machine::default() };
    machine.files.insert(QINGCLOUD_FILE, Ok("qy_access_key_id: 'f'\nqy_secret_access_key: 'fs'\n"));
    let error = machine.look(&mut qingcloud().profile("work"), start()).unwrap_err();
    assert!(error.contains("config.yaml: has no profile [work]; it is not made of profiles"), "{error}");
    assert_eq!(machine.fetched, 0);
}

/// Where the keys count: what the vendor's file says of it was not read at all.
#[test]
fn an_endpoint_and_a_zone_stand_beside_the_keys() {
    // as the Go SDK writes it, with another host
    let text = "# QingCloud services configuration\n\nqy_access_key_id: 'f'\nqy_secret_access_key: 'fs'\n\n\
                host: 'api.private.example'\nport: 7777\nprotocol: 'http'\nuri: '/iaas'\nconnection_retries: 3\n\
                connection_timeout: 30\n\n# Valid log levels are \"debug\" and \"info\".\nlog_level: 'warn'\nzone: pek3a\n";
    let usual = DescribeInstances::OPERATION.api.endpoint;
    let zone = |provider: &Provider| {
        provider.settings().common().map(|(name, value)| format!("{name}={value}")).collect::<String>()
    };
    let mut machine = Machine::default();
    machine.files.insert(QINGCLOUD_FILE, Ok(text));
    let mut provider = qingcloud();
    machine.look(&mut provider, start()).unwrap();
    assert_eq!(provider.settings().endpoint(usual).unwrap(), "http://api.private.example:7777/iaas");
    assert_eq!(provider.settings().endpoint_from(), "the file ~/.qingcloud/config.yaml");
    assert_eq!(zone(&provider), "zone=pek3a");
    // what the caller sets counts more
    let request =
        |service: callsheet::Service| service.request(&DescribeInstances::new(), start()).unwrap().uri().to_string();
    let keys = || Credentials::new("f", "fs");
    let uri = request(instance::service().configured(provider.settings()).credentials(keys()));
    assert!(uri.starts_with("http://api.private.example:7777/iaas?") && uri.contains("&zone=pek3a"), "{uri}");
    let own = instance::service().endpoint("https://own.example/x/").common("zone", "gd2");
    let uri = request(own.configured(provider.settings()).credentials(keys()));
    assert!(uri.starts_with("https://own.example/x/?") && uri.contains("&zone=gd2") && !uri.contains("pek3a"), "{uri}");
    // a role that is asked at the usual place takes the path of roles, however the file writes the other
    let uri = request(instance::service().configured(provider.settings()).credentials(keys().with_token("t")));
    assert!(uri.starts_with("http://api.private.example:7777/iam/?"), "{uri}");

    // variables come before files, whether they have the keys or not
    machine
        .variables
        .extend([("QINGCLOUD_ZONE", "sh1a"), ("QINGCLOUD_ENDPOINT", "https://api.other.example:443/iaas")]);
    let mut provider = qingcloud();
    assert_eq!(machine.look(&mut provider, start()).unwrap().id(), "f");
    assert_eq!(provider.settings().endpoint(usual).unwrap(), "https://api.other.example/iaas");
    assert_eq!(provider.settings().endpoint_from(), "the environment variable QINGCLOUD_ENDPOINT");
    assert_eq!(zone(&provider), "zone=sh1a");
    // keys of the environment are not those of the cloud in the file
    machine.variables.clear();
    machine.variables.extend([("QY_ACCESS_KEY_ID", "e"), ("QY_SECRET_ACCESS_KEY", "es")]);
    let mut provider = qingcloud();
    assert_eq!(machine.look(&mut provider, start()).unwrap().id(), "e");
    assert_eq!((provider.settings().endpoint(usual), zone(&provider)), (None, String::new()));

    for (text, message) in [
        (
            "qy_access_key_id: f\nqy_secret_access_key: hunter2\nport: many\n",
            "config.yaml, line 3: port: expected a number from 1 to 65535",
        ),
        (
            "qy_access_key_id: f\nqy_secret_access_key: hunter2\nzone: a b\n",
            "config.yaml, line 3: zone has white space in it",
        ),
    ] {
        let mut machine = Machine::default();
        machine.files.insert(QINGCLOUD_FILE, Ok(text));
        let error = machine.look(&mut qingcloud(), start()).unwrap_err();
        assert!(error.contains(message) && !error.contains("hunter2"), "{error}");
    }
    let mut machine = Machine::default();
    machine.variables.insert("QINGCLOUD_ENDPOINT", "api.private.example");
    let error = machine.look(&mut qingcloud(), start()).unwrap_err();
    assert!(error.contains("the environment variable QINGCLOUD_ENDPOINT: expected an address such as"), "{error}");
}

/// As the Go SDK: empty keys, and where to ask for the role.
#[test]
fn a_file_says_where_the_metadata_is() {
    let text = "host: api.private.example\ncredential_proxy_protocol: http\ncredential_proxy_host: 169.254.0.1\n\
                credential_proxy_port: 8080\ncredential_proxy_uri: /role\n";
    let good = || {
        vec![(200, metadata("m", start() + TimeDelta::hours(1))), (200, metadata("n", start() + TimeDelta::hours(2)))]
    };
    let mut machine = Machine { answers: good(), ..Machine::default() };
    machine.files.insert(QINGCLOUD_FILE, Ok(text));
    let mut provider = qingcloud();
    assert_eq!(machine.look(&mut provider, start()).unwrap().id(), "m");
    assert_eq!(machine.asked.last().unwrap(), "http://169.254.0.1:8080/role");
    // and it stays so when they are renewed
    assert_eq!(machine.look(&mut provider, start() + TimeDelta::minutes(58)).unwrap().id(), "n");
    assert_eq!(machine.asked.last().unwrap(), "http://169.254.0.1:8080/role");
    let usual = DescribeInstances::OPERATION.api.endpoint;
    assert_eq!(provider.settings().endpoint(usual).unwrap(), "https://api.private.example/iaas/");
    // the caller knows best
    let mut machine = Machine { answers: vec![(404, String::new())], ..Machine::default() };
    machine.files.insert(QINGCLOUD_FILE, Ok(text));
    assert!(machine.look(&mut qingcloud().metadata_url("http://127.0.0.1:1/"), start()).is_err());
    assert_eq!(machine.asked.last().unwrap(), "http://127.0.0.1:1/");
    let error = machine.look(&mut qingcloud(), start()).unwrap_err();
    assert!(error.contains("the metadata address http://169.254.0.1:8080/role: the instance has no role"), "{error}");
}

#[test]
fn chains_are_made_by_hand_too() {
    let mut machine = Machine::default();
    let mut provider = Provider::new("mine").then(Source::Static(Credentials::new("s", "ss")));
    assert_eq!(machine.look(&mut provider, start()).unwrap().id(), "s");
    let mut provider = qingcloud()
        .without(|source| !matches!(source, Source::Metadata(..)))
        .metadata_url("http://127.0.0.1:1/")
        .then(Source::Static(Credentials::new("s", "ss")));
    assert_eq!(machine.look(&mut provider, start()).unwrap().id(), "s");
    assert_eq!(machine.asked, ["http://127.0.0.1:1/"]);
}

#[test]
fn metadata_is_asked_again_before_the_end() {
    let hour = TimeDelta::hours(1);
    let mut machine = Machine {
        answers: vec![(200, metadata("one", start() + hour)), (200, metadata("two", start() + hour * 2))],
        ..Machine::default()
    };
    let mut provider = qingcloud();
    let mut at = |machine: &mut Machine, minutes: i64| {
        machine.look(&mut provider, start() + TimeDelta::minutes(minutes)).unwrap().id().to_owned()
    };
    assert_eq!(at(&mut machine, 0), "one");
    let asked = machine.asked.len();
    assert_eq!(at(&mut machine, 54), "one");
    assert_eq!(machine.asked.len(), asked, "nothing is asked while they are good");
    assert_eq!(at(&mut machine, 55), "two", "five minutes early");
    assert_eq!(machine.asked[asked..], [URL], "and of their source only");
    assert_eq!(at(&mut machine, 114), "two");
    assert_eq!(machine.fetched, 2);
}

#[test]
fn what_is_still_good_is_used_while_there_is_nothing_newer() {
    let hour = TimeDelta::hours(1);
    let mut machine = Machine {
        answers: vec![
            (200, metadata("one", start() + hour)),
            (500, String::new()),
            (200, "rubbish".to_owned()),
            (200, metadata("old", start())),
            (200, metadata("two", start() + hour * 2)),
        ],
        ..Machine::default()
    };
    let mut provider = qingcloud();
    let mut at = |machine: &mut Machine, seconds: i64| {
        machine.look(&mut provider, start() + TimeDelta::seconds(seconds)).map(|found| found.id().to_owned())
    };
    assert_eq!(at(&mut machine, 0).unwrap(), "one");
    assert_eq!(at(&mut machine, 3300).unwrap(), "one");
    assert_eq!(machine.fetched, 2);
    assert_eq!(at(&mut machine, 3310).unwrap(), "one");
    assert_eq!(machine.fetched, 2, "not asked again at once");
    assert_eq!(at(&mut machine, 3316).unwrap(), "one");
    assert_eq!(at(&mut machine, 3340).unwrap(), "one", "expired ones are none");
    assert_eq!(machine.fetched, 4);
    assert_eq!(at(&mut machine, 3360).unwrap(), "two");

    // and none when they are not good any more
    let mut machine =
        Machine { answers: vec![(200, metadata("one", start() + hour)), (500, String::new())], ..Machine::default() };
    let mut provider = qingcloud();
    assert!(machine.look(&mut provider, start()).is_ok());
    let error = machine.look(&mut provider, start() + hour).unwrap_err();
    assert!(
        error.contains("the credentials for qingcloud/instance expired") && error.contains("HTTP status 500"),
        "{error}"
    );
    assert!(machine.look(&mut provider, start() + hour).is_err(), "looked for anew");
}

/// One answer 500 of the metadata address failed the call.
#[test]
fn the_metadata_address_is_asked_again_when_it_fails() {
    let good = || (200, metadata("m", start() + TimeDelta::hours(1)));
    let sick = |status| (status, "hunter2".to_owned());
    for status in [500, 502, 503, 429] {
        let mut machine = Machine { answers: vec![sick(status), sick(status), good()], ..Machine::default() };
        assert_eq!(machine.look(&mut qingcloud(), start()).unwrap().id(), "m", "{status}");
        assert_eq!((machine.fetched, machine.waits.len()), (3, 2));
        assert!(machine.waits[0] <= Duration::from_millis(200) && machine.waits[1] <= Duration::from_millis(400));
        // not without end
        let mut machine = Machine { answers: vec![sick(status)], ..Machine::default() };
        let error = machine.look(&mut qingcloud(), start()).unwrap_err();
        assert!(error.contains(&format!("{URL}: answers with HTTP status {status}, 3 times")), "{error}");
        assert!(machine.fetched == 3 && !error.contains("hunter2"), "{error}");
        let mut machine = Machine { answers: vec![sick(status), good()], ..Machine::default() };
        assert!(machine.look(&mut qingcloud().metadata_attempts(1), start()).is_err());
        assert_eq!(machine.fetched, 1);
    }
    // what will not change is asked for once
    for answer in [sick(404), sick(403), sick(200)] {
        let mut machine = Machine { answers: vec![answer, good()], ..Machine::default() };
        assert!(machine.look(&mut qingcloud(), start()).is_err());
        assert_eq!((machine.fetched, machine.waits.len()), (1, 0));
    }
    // "no role": the next source is asked
    let mut machine = Machine { answers: vec![sick(404)], ..Machine::default() };
    let mut provider = qingcloud().then(Source::Static(Credentials::new("s", "ss")));
    assert_eq!(machine.look(&mut provider, start()).unwrap().id(), "s");
}

/// How the network fails tells whether it helps to ask again.
#[test]
fn an_address_that_nobody_has_is_asked_once() {
    use callsheet::error::{Delivery, TransportError, TransportKind};
    let fail = |kind, delivery| {
        let mut provider = qingcloud().without(|source| !matches!(source, Source::Metadata(..)));
        let mut fetched = 0;
        loop {
            match provider.step(start()) {
                CredentialStep::Fetch { .. } => {
                    fetched += 1;
                    let error = TransportError { kind, delivery, endpoint: "metadata".to_owned(), source: None };
                    provider.fetched(Err::<http::Response<Vec<u8>>, _>(error.into()), start());
                }
                CredentialStep::Wait(_) => {}
                CredentialStep::Failed(error) => return (fetched, error.to_string()),
                step => panic!("{step:?}"),
            }
        }
    };
    let (fetched, error) = fail(TransportKind::Timeout, Delivery::Never);
    assert_eq!(fetched, 1, "elsewhere than on an instance, it would only take longer");
    assert!(error.ends_with(&format!("the metadata address {URL}: nobody answers there: timed out")), "{error}");
    let (fetched, error) = fail(TransportKind::Timeout, Delivery::Maybe);
    assert!(fetched == 3 && error.ends_with("nobody answers there: timed out, 3 times"), "{error}");
    let (fetched, error) = fail(TransportKind::Connect, Delivery::Never);
    assert!(fetched == 3 && error.ends_with("nobody answers there: no connection, 3 times"), "{error}");
}

/// The end of a credential is a time of the service, and was compared with our own clock.
#[test]
fn the_end_of_credentials_counts_by_the_clock_of_the_service() {
    let hour = TimeDelta::hours(1);
    // ours is two hours ahead: what is good for an hour yet seems to have ended
    let ours = start() + hour * 2;
    let answers = || vec![(200, metadata("one", start() + hour)), (200, metadata("two", start() + hour * 2))];
    let mut machine = Machine { answers: answers(), ..Machine::default() };
    let error = machine.look(&mut qingcloud(), ours).unwrap_err();
    assert!(error.contains("ended at 2020-05-24T11:00:00Z, and it is 2020-05-24T12:00:00Z now"), "{error}");

    let known = |provider: &mut Provider| provider.set_skew(hour * -2);
    let dated = Machine { date: Some("Sun, 24 May 2020 10:00:00 GMT"), ..Machine::default() };
    for (mut machine, learnt) in [(Machine::default(), true), (dated, false)] {
        machine.answers = answers();
        let mut provider = qingcloud();
        if learnt {
            known(&mut provider);
        }
        assert_eq!(machine.look(&mut provider, ours).unwrap().id(), "one");
        assert_eq!(machine.look(&mut provider, ours + TimeDelta::minutes(54)).unwrap().id(), "one");
        // what the client learns counts more than a date; if they agree, nothing changes
        known(&mut provider);
        assert_eq!(machine.look(&mut provider, ours + TimeDelta::minutes(54)).unwrap().id(), "one");
        assert_eq!(machine.fetched, 1);
        assert_eq!(machine.look(&mut provider, ours + TimeDelta::minutes(55)).unwrap().id(), "two");
    }

    // ours is an hour behind: what has ended would be used for an hour
    let mut machine = Machine { answers: answers(), ..Machine::default() };
    let mut provider = qingcloud();
    assert_eq!(machine.look(&mut provider, start() - hour).unwrap().id(), "one");
    assert_eq!(machine.look(&mut provider, start()).unwrap().id(), "one");
    provider.set_skew(hour);
    assert_eq!(machine.look(&mut provider, start()).unwrap().id(), "two");
}

/// A credential with a moment left was used for a quarter of a minute after a failure to replace it.
#[test]
fn what_has_ended_is_not_used_while_it_is_not_asked_again() {
    let answers = vec![(200, metadata("one", start() + TimeDelta::seconds(60))), (403, String::new())];
    let mut machine = Machine { answers, ..Machine::default() };
    let mut provider = qingcloud();
    assert!(machine.look(&mut provider, start()).is_ok());
    assert!(machine.look(&mut provider, start() + TimeDelta::seconds(59)).is_ok());
    assert!(machine.look(&mut provider, start() + TimeDelta::seconds(60)).is_err());
}

#[test]
fn credentials_of_a_moment_are_not_asked_for_without_end() {
    let mut machine = Machine::default();
    let mut provider = qingcloud();
    for second in 0..60 {
        let now = start() + TimeDelta::seconds(second);
        machine.answers = vec![(200, metadata("m", now + TimeDelta::seconds(20)))];
        machine.look(&mut provider, now).unwrap();
    }
    // of twenty seconds a quarter is left when they are replaced
    assert_eq!(machine.fetched, 4);
}

#[test]
fn tables_made_at_run_time_know_the_same_places() {
    let catalog = catalog();
    for (service, action, api) in [
        ("qingcloud", "DescribeInstances", DescribeInstances::OPERATION.api),
        ("oos", "GetBandwidth", GetBandwidth::OPERATION.api),
    ] {
        let other = &catalog.find(service, action).unwrap().operation.api.credentials;
        assert_eq!(format!("{:?}", api.credentials), format!("{other:?}"));
    }
}

/// A cloud and its metadata address; what the cloud was asked with.
fn cloud(lasting: TimeDelta) -> (Server, Server, Arc<Mutex<Vec<String>>>) {
    let mut given = 0;
    let metadata_address = Server::start(move |asked| {
        assert_eq!(asked.path, "/latest");
        given += 1;
        (200, metadata(&format!("key{given}"), DateTime::<Utc>::from(std::time::SystemTime::now()) + lasting))
    });
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let cloud = Server::start(move |asked| {
        let word = |name: &str| asked.get(name).unwrap_or_default();
        log.lock().unwrap().push(format!(
            "{} {} {} v{}",
            asked.path,
            word("access_key_id"),
            word("token"),
            word("signature_version")
        ));
        (200, "{\"ret_code\": 0, \"total_count\": 0, \"instance_set\": []}".to_owned())
    });
    (cloud, metadata_address, seen)
}

/// Asks the metadata address, however busy this machine is.
fn role(address: &Server) -> Provider {
    let provider = qingcloud().without(|source| !matches!(source, Source::Metadata(..)));
    provider.metadata_url(address.url("/latest")).metadata_timeout(Duration::from_secs(60))
}

#[test]
fn both_clients_call_with_the_role_of_the_instance() {
    let action = DescribeInstances::new();
    let (server, address, seen) = cloud(TimeDelta::hours(1));
    let service = instance::service().endpoint(server.url("/iaas/"));
    let client = callsheet_ureq::Client::builder(service.clone()).credentials(role(&address)).build().unwrap();
    client.send(&action).unwrap();
    client.clone().send(&action).unwrap();
    assert_eq!(*seen.lock().unwrap(), ["/iam/ key1 token-key1 v2"; 2], "a token changes path and version");
    assert_eq!(address.served(), 1);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = callsheet_hyper::Client::builder(service).credentials(role(&address)).build().unwrap();
    runtime.block_on(async {
        let (one, two) = (client.send(&action), client.send(&action));
        let (one, two) = join(one, two).await;
        one.unwrap();
        two.unwrap();
    });
    assert_eq!(seen.lock().unwrap()[2..], ["/iam/ key2 token-key2 v2"; 2]);
    assert_eq!(address.served(), 2, "two calls at the same time look once");
}

/// Both clients ask a metadata address again that fails once, and know the time by what they have learnt.
#[test]
fn both_clients_ask_again_and_use_the_skew_that_they_know() {
    let action = DescribeInstances::new();
    let day = TimeDelta::days(1);
    // a day ago by our clock, in an hour by that of the service
    let sick = || {
        let mut asked = 0;
        Server::start(move |_| {
            asked += 1;
            let expires = DateTime::<Utc>::from(std::time::SystemTime::now()) - day + TimeDelta::hours(1);
            if asked == 1 { (500, String::new()) } else { (200, metadata("key", expires)) }
        })
    };
    let cloud = Server::start(|_| (200, "{\"ret_code\": 0, \"total_count\": 0, \"instance_set\": []}".to_owned()));
    let service = instance::service().endpoint(cloud.url("/iaas/"));
    let state = || ClientState::new().with_skew(-day);

    let address = sick();
    let builder = callsheet_ureq::Client::builder(service.clone()).credentials(role(&address));
    builder.state(state()).build().unwrap().send(&action).unwrap();
    assert_eq!(address.served(), 2);

    let address = sick();
    let builder = callsheet_hyper::Client::builder(service).credentials(role(&address));
    let client = builder.state(state()).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.send(&action)).unwrap();
    assert_eq!(address.served(), 2);
}

/// A file leads both clients to its cloud.
#[test]
fn both_clients_go_where_the_file_says() {
    let (server, _, seen) = cloud(TimeDelta::hours(1));
    let url = server.url("");
    let (host, port) = url.trim_start_matches("http://").split_once(':').unwrap();
    let path = format!("{}/private-cloud.yaml", env!("CARGO_TARGET_TMPDIR"));
    let text =
        format!("qy_access_key_id: f\nqy_secret_access_key: fs\nprotocol: http\nhost: {host}\nport: {port}\nuri: /x\n");
    std::fs::write(&path, text).unwrap();
    let file = CredentialFile { path: path.leak(), ..DescribeInstances::OPERATION.api.credentials.files[0] };
    let provider = || Provider::new("Instances").then(Source::File(file));
    let action = DescribeInstances::new();
    callsheet_ureq::Client::builder(instance::service())
        .credentials(provider())
        .build()
        .unwrap()
        .send(&action)
        .unwrap();
    let client = callsheet_hyper::Client::builder(instance::service()).credentials(provider()).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.send(&action)).unwrap();
    assert_eq!(*seen.lock().unwrap(), ["/x f  v1"; 2]);
}

#[test]
fn credentials_that_end_are_replaced_between_calls() {
    // replaced when a quarter of their time is left
    let (server, address, seen) = cloud(TimeDelta::seconds(4));
    let service = instance::service().endpoint(server.url("/iaas/"));
    let provider = role(&address);
    let client = callsheet_ureq::Client::builder(service).credentials(provider).build().unwrap();
    while address.served() < 2 {
        client.send(&DescribeInstances::new()).unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
    let seen = seen.lock().unwrap();
    assert!(seen[0].contains("key1") && seen.last().unwrap().contains("key2"), "{seen:?}");
}

/// A call that had its answer was made to wait for newer credentials, and failed with them.
#[test]
fn a_call_that_has_its_answer_needs_no_credentials() {
    let mut given = 0;
    let address = Server::start(move |_| {
        given += 1;
        let expires = DateTime::<Utc>::from(std::time::SystemTime::now()) + TimeDelta::seconds(3);
        if given == 1 { (200, metadata("key1", expires)) } else { (500, String::new()) }
    });
    // the answer takes longer than the credentials are good
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_secs(4));
        (200, "{\"ret_code\": 0, \"total_count\": 0, \"instance_set\": []}".to_owned())
    });
    let service = instance::service().endpoint(server.url("/iaas/"));
    let client = callsheet_ureq::Client::builder(service.clone()).credentials(role(&address)).build().unwrap();
    client.send(&DescribeInstances::new()).unwrap();
    assert_eq!(address.served(), 1);
}

#[test]
fn both_clients_without_credentials_say_where_they_looked() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let service = statistics::service("cn").endpoint("http://127.0.0.1:9/");
    let action = GetBandwidth::new(start(), start());
    let failures = |provider: &dyn Fn() -> Provider| {
        let client = callsheet_ureq::Client::builder(service.clone()).credentials(provider()).build().unwrap();
        let blocking = client.send(&action).unwrap_err().to_string();
        let client = callsheet_hyper::Client::builder(service.clone()).credentials(provider()).build().unwrap();
        assert_eq!(runtime.block_on(client.send(&action)).unwrap_err().to_string(), blocking);
        assert_eq!(callsheet_ureq::look_up(&mut provider(), None).unwrap_err().to_string(), blocking);
        blocking
    };
    // a port at which nobody listens
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/role");
    let sources = &DescribeInstances::OPERATION.api.credentials;
    let names = EnvironmentNames { id: "CALLSHEET_NO_ID", secret: "CALLSHEET_NO_SECRET", ..sources.env[0] };
    let file = CredentialFile { path: "~/no such file of any machine", ..sources.files[0] };
    let chain = || {
        let provider = Provider::new("oos/statistics").then(Source::Environment(names)).then(Source::File(file));
        provider.then(Source::Metadata(sources.metadata.unwrap(), Some(url.clone())))
    };
    assert_eq!(
        failures(&chain),
        format!(
            "no credentials for oos/statistics; looked for\n  \
             the environment variables CALLSHEET_NO_ID and CALLSHEET_NO_SECRET: not set\n  \
             the file ~/no such file of any machine: does not exist\n  \
             the metadata address {url}: nobody answers there: no connection, 3 times"
        )
    );
    let nobody = || Provider::of(GetBandwidth::OPERATION.api).profile("no such profile of any machine");
    let error = failures(&nobody);
    assert!(error.contains("no credentials for oos/statistics") && error.contains("~/.oos/credentials"), "{error}");
    let nowhere = || Provider::new("oos/statistics");
    assert_eq!(failures(&nowhere), "no credentials for oos/statistics; the spec names no place to look for them");
}

/// A metadata address that never answers held up calls that were over: here for as long as the test runner waits.
#[test]
fn both_clients_give_up_at_the_deadline_of_the_call() {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let address = Server::start(move |_| {
        let _ = held.recv();
        (404, String::new())
    });
    let service = instance::service().endpoint("http://127.0.0.1:9/");
    let provider = || role(&address).metadata_timeout(Duration::from_secs(3600));
    let deadline = Some(Duration::from_millis(200));
    let builder = callsheet_ureq::Client::builder(service.clone()).credentials(provider());
    let error = builder.overall_timeout(deadline).build().unwrap().send(&DescribeInstances::new()).unwrap_err();
    assert!(error.to_string().contains("nobody answers there: timed out"), "{error}");
    assert_eq!(address.served(), 1, "nobody is asked after the deadline");
    let builder = callsheet_hyper::Client::builder(service).credentials(provider());
    let client = builder.overall_timeout(deadline).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(client.send(&DescribeInstances::new())).unwrap_err();
    assert!(error.to_string().contains("nobody answers there: timed out"), "{error}");
    assert_eq!(address.served(), 2, "nobody is asked after the deadline");
    let error = callsheet_ureq::look_up(&mut provider(), deadline).unwrap_err();
    assert!(error.to_string().contains("nobody answers there: timed out"), "{error}");
    assert_eq!(address.served(), 3, "a look-up by itself ends as well");
    drop(release);
}

#[test]
fn threads_that_call_at_the_same_time_look_once() {
    let (server, address, seen) = cloud(TimeDelta::hours(1));
    let service = instance::service().endpoint(server.url("/iaas/"));
    let client = callsheet_ureq::Client::builder(service).credentials(role(&address)).build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| client.send(&DescribeInstances::new()).unwrap());
        }
    });
    assert_eq!(*seen.lock().unwrap(), ["/iam/ key1 token-key1 v2"; 8]);
    assert_eq!(address.served(), 1);
}

#[test]
fn nothing_secret_shows_while_it_is_looked_for() {
    let mut provider = Provider::of(GetBandwidth::OPERATION.api);
    let mut round = 0;
    let mut shown = String::new();
    loop {
        let step = provider.step(start());
        shown.push_str(&format!("{step:?}\n"));
        match step {
            CredentialStep::Variable("OOS_ACCESS_KEY_ID") => provider.variable(Some("AKID".to_owned())),
            CredentialStep::Variable(_) => provider.variable(Some("hunter2".to_owned())),
            CredentialStep::File(_) => {
                let text = "[default]\naws_access_key_id = f\naws_secret_access_key = hunter2\n";
                provider.file(Ok(text.to_owned()));
            }
            CredentialStep::Ready(_) if round == 0 => {
                // the variables gave them; the next time the file does
                round += 1;
                provider = provider.without(|source| matches!(source, Source::Environment(_)));
                provider.forget();
            }
            CredentialStep::Ready(_) => break,
            step => panic!("{step:?}"),
        }
        shown.push_str(&format!("{provider:?}\n"));
    }
    shown.push_str(&format!("{provider:?} {:?}", provider.settings()));
    assert!(shown.contains("aws_secret_access_key") && !shown.contains("hunter2"), "{shown}");
}

/// Both futures, without a crate for that.
async fn join<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (Box::pin(a), Box::pin(b));
    let (mut done_a, mut done_b) = (None, None);
    std::future::poll_fn(|context| {
        if done_a.is_none()
            && let std::task::Poll::Ready(value) = a.as_mut().poll(context)
        {
            done_a = Some(value);
        }
        if done_b.is_none()
            && let std::task::Poll::Ready(value) = b.as_mut().poll(context)
        {
            done_b = Some(value);
        }
        if done_a.is_some() && done_b.is_some() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    (done_a.unwrap(), done_b.unwrap())
}
