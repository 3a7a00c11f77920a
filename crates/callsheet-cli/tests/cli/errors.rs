//! What goes wrong: the message on standard error, and the exit code.

use std::net::TcpListener;

use crate::support::{BANDWIDTH, Scratch, code, command, output, run, stderr, stdout, words, zoo};

#[test]
fn unknown_names_have_suggestions() {
    insta::assert_snapshot!("unknown_service", zoo("list nope"));
    insta::assert_snapshot!("misspelt_service", run("call oss GetBandwidth"));
    insta::assert_snapshot!("misspelt_action", run("call oos GetBandwith --mock"));
    insta::assert_snapshot!("misspelt_parameter", run("call oos GetBandwidth BucketNam=x --mock"));
}

#[test]
fn broken_rules_are_told_before_anything_is_sent() {
    let bandwidth = |parameters: &str| run(&format!("call oos GetBandwidth {parameters} --mock"));
    let begin = "BeginDate=2018-12-26T16:45+08:00";
    insta::assert_snapshot!("missing_required", bandwidth(""));
    insta::assert_snapshot!("wrong_enum", bandwidth(&format!("{begin} EndDate=2018-12-26T16:50+08:00 NetType=al")));
    insta::assert_snapshot!("minute_03", bandwidth(&format!("{begin} EndDate=2018-12-26T17:03+08:00")));
    insta::assert_snapshot!("end_before_begin", bandwidth(&format!("{begin} EndDate=2018-12-26T16:40+08:00")));
    insta::assert_snapshot!(
        "bucket_name",
        bandwidth(&format!("{begin} EndDate=2018-12-26T16:50+08:00 BucketName=My_Bucket"))
    );
    insta::assert_snapshot!("no_time", bandwidth(&format!("{begin} EndDate=yesterday")));
    insta::assert_snapshot!("several", bandwidth(&format!("{begin} EndDate NetType=x foo=1 {begin}")));
}

#[test]
fn unchecked_leaves_the_judgement_to_the_service() {
    let call = "call oos GetBandwidth BeginDate=2018-12-26T16:45+08:00 EndDate=2018-12-26T17:03+08:00 NetType=al";
    let refused = output(&words(&format!("{call} --mock --unchecked")));
    assert_eq!(code(&refused), 1);
    assert!(
        stderr(&refused).contains("warning: EndDate = \"2018-12-26T17:03:00+08:00\": must be a multiple"),
        "{}",
        stderr(&refused)
    );
    assert!(stderr(&refused).contains("error: oos GetBandwidth: error InvalidArgument"), "{}", stderr(&refused));
    let shown = run(&format!("{call} --mock --unchecked --dry-run --at 2018-12-26T09:10Z"));
    assert!(shown.contains("EndDate=2018-12-26-17-03&NetType=al HTTP/1.1"), "{shown}");
}

/// Rules that depend on the clock are the service's to judge.
#[test]
fn rules_about_the_clock_only_warn() {
    let mut call = command(&words(&format!("call {BANDWIDTH} --dry-run --at 2019-03-01T00:00Z")));
    let shown = call.env("OOS_ACCESS_KEY_ID", "id").env("OOS_SECRET_ACCESS_KEY", "hunter2").output().expect("runs");
    assert_eq!(code(&shown), 0);
    assert_eq!(stderr(&shown), "warning: BeginDate = \"2018-12-26-16-45\": must not be older than 31 days\n");
}

#[test]
fn secrets_do_not_show() {
    let message = zoo("call zoo Adopt animal=ada password=pass123 --mock");
    assert!(message.contains("password = \"<redacted>\": must have 8 to 64 characters"), "{message}");
    assert!(!message.contains("pass123"), "{message}");
    let explained = command(&words(&format!("call {BANDWIDTH} --explain-signature --dry-run")))
        .env("OOS_ACCESS_KEY_ID", "id")
        .env("OOS_SECRET_ACCESS_KEY", "hunter2")
        .output()
        .expect("runs");
    assert_eq!(code(&explained), 0);
    assert!(!format!("{explained:?}").contains("hunter2"));
}

#[test]
fn missing_credentials_are_listed() {
    insta::assert_snapshot!("no_credentials", run(&format!("call {BANDWIDTH}")));
    // who answers at that address depends on the machine
    let lines = run(&format!("call {}", crate::support::MONITOR));
    let lines: Vec<&str> = lines
        .lines()
        .map(|line| if line.contains("metadata address") { line.rsplit_once(": ").expect("a reason").0 } else { line })
        .collect();
    insta::assert_snapshot!("no_credentials_qingcloud", lines.join("\n"));
}

#[test]
fn credentials_come_from_the_vendors_file() {
    let home = Scratch::new();
    home.write(
        ".qingcloud/config.yaml",
        "qy_access_key_id: 'FILEKEY'\nqy_secret_access_key: s3cret # mine\nzone: 'pek3a'\n",
    );
    home.write(".oos/credentials", "[default]\naws_access_key_id = ONE\naws_secret_access_key = x\n[two]\naws_access_key_id=TWO\naws_secret_access_key=y\n");
    let shown = |call: &str| {
        let shown =
            command(&words(&format!("call {call} --dry-run"))).env("HOME", home.path("")).output().expect("runs");
        assert_eq!(code(&shown), 0, "{}", stderr(&shown));
        String::from_utf8(shown.stdout).expect("UTF-8")
    };
    assert!(shown(crate::support::MONITOR).contains("access_key_id=FILEKEY&"));
    assert!(shown(BANDWIDTH).contains("Credential=ONE/"));
    assert!(shown(&format!("{BANDWIDTH} --profile two")).contains("Credential=TWO/"));
    // whoever names a profile means it
    let named = command(&words(&format!("call {BANDWIDTH} --profile two --dry-run")))
        .env("HOME", home.path(""))
        .env("OOS_ACCESS_KEY_ID", "ENVIRONMENT")
        .env("OOS_SECRET_ACCESS_KEY", "hunter2")
        .output()
        .expect("runs");
    assert!(String::from_utf8_lossy(&named.stdout).contains("Credential=TWO/"), "{}", stderr(&named));
    let missing = command(&words(&format!("call {BANDWIDTH} --profile three")))
        .env("HOME", home.path(""))
        .env("OOS_ACCESS_KEY_ID", "ENVIRONMENT")
        .env("OOS_SECRET_ACCESS_KEY", "hunter2")
        .output()
        .expect("runs");
    assert_eq!(code(&missing), 5);
    assert!(
        stderr(&missing).contains("~/.oos/credentials: has no profile [three]; it has [default], [two]"),
        "{}",
        stderr(&missing)
    );
    let flat = command(&words(&format!("call {} --profile two", crate::support::MONITOR)))
        .env("HOME", home.path(""))
        .output()
        .expect("runs");
    assert_eq!(code(&flat), 5);
    assert!(stderr(&flat).contains("has no profile [two]; it is not made of profiles"), "{}", stderr(&flat));
}

/// A port at which nobody listens.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("port").local_addr().expect("address").port()
}

fn with_key(line: &str) -> std::process::Output {
    let mut command = command(&words(line));
    command.env("OOS_ACCESS_KEY_ID", "id").env("OOS_SECRET_ACCESS_KEY", "hunter2").output().expect("runs")
}

#[test]
fn a_refused_connection_is_a_network_error() {
    let port = free_port();
    let refused = with_key(&format!("call {BANDWIDTH} --endpoint http://127.0.0.1:{port}/ --attempts 1"));
    assert_eq!(code(&refused), 3);
    let said = stderr(&refused);
    assert!(said.contains(&format!("error: http://127.0.0.1:{port}: no connection")), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

/// `instances=$FORGOTTEN` must not become a call for all of them.
#[test]
fn a_list_without_a_value_is_refused() {
    let said = "instances: has no value, and would not be sent: leave it out if that is meant";
    let empty = output(&words("call qingcloud DescribeInstances zone=pek3a instances= --mock"));
    assert_eq!((code(&empty), stdout(&empty)), (2, ""));
    assert!(stderr(&empty).contains(said), "{}", stderr(&empty));
    let scratch = Scratch::new();
    scratch.write("lines.txt", "instances=\n");
    let lines = scratch.text("lines.txt");
    let empty = output(&words(&format!("call qingcloud DescribeInstances zone=pek3a --mock --each {lines}")));
    assert_eq!((code(&empty), stdout(&empty)), (2, ""));
    assert!(stderr(&empty).contains(said), "{}", stderr(&empty));
}

/// To look at the body, it would have to be done again.
#[test]
fn what_may_have_been_done_is_not_to_be_repeated_for_a_look() {
    let server = crate::cloud::Server::start(|_| (502, "<html>".to_owned()));
    for (call, is_one, maybe) in [
        ("qingcloud StopInstances instances=i-1 zone=pek3a", false, true),
        ("qingcloud StopInstances instances=i-1 zone=pek3a --wait", false, true),
        ("qingcloud DescribeInstances zone=pek3a", true, false),
        ("qingcloud DescribeInstances zone=pek3a --output raw", false, false),
        ("qingcloud StopInstances instances=i-1 zone=pek3a --output raw", false, true),
        ("qingcloud DescribeInstances zone=pek3a --all", false, false),
        ("qingcloud DescribeJobs zone=pek3a --until done", false, false),
    ] {
        let broken = crate::support::call_at(&server, &format!("{call} --attempts 1"));
        let said = stderr(&broken);
        assert_eq!(code(&broken), 1, "{said}");
        assert_eq!(said.contains("hint: --output raw"), is_one, "{call}: {said}");
        assert_eq!(said.contains("hint: the service may have done it: see whether it did"), maybe, "{call}: {said}");
    }
}

#[test]
fn an_answer_that_is_too_large_is_told_with_what_to_do() {
    let server = crate::cloud::Server::start(|_| (200, format!(r#"{{"ret_code": 0{}}}"#, " ".repeat(2000))));
    let call = "qingcloud DescribeInstances zone=pek3a --max-body";
    for form in ["table", "raw"] {
        let fine = crate::support::call_at(&server, &format!("{call} 2015 -o {form}"));
        assert_eq!(code(&fine), 0, "{}", stderr(&fine));
        let small = crate::support::call_at(&server, &format!("{call} 1K -o {form}"));
        let endpoint = server.url("");
        let said = format!(
            "error: qingcloud DescribeInstances: the answer of {endpoint} is larger than 1K\n\
             hint: --max-body takes larger ones, or ask for less\n"
        );
        assert_eq!((code(&small), stderr(&small)), (4, said.as_str()), "{form}");
    }
    let all = crate::support::call_at(&server, &format!("{call} 1K --all"));
    assert!(stderr(&all).contains("qingcloud DescribeInstances: the answer of http"), "{}", stderr(&all));
}

#[test]
fn certificates_of_ones_own_are_read_before_anything_is_sent() {
    let port = free_port();
    let scratch = Scratch::new();
    scratch.write("notes.pem", "no certificate");
    let call = format!("call {BANDWIDTH} --endpoint http://127.0.0.1:{port}/ --attempts 1 --ca-cert");
    let missing = with_key(&format!("{call} /nonexistent.pem"));
    assert_eq!(code(&missing), 7);
    assert!(stderr(&missing).contains("/nonexistent.pem: No such file"), "{}", stderr(&missing));
    let notes = scratch.text("notes.pem");
    let none = with_key(&format!("{call} {notes}"));
    assert_eq!(code(&none), 5);
    assert!(stderr(&none).contains(&format!("error: --ca-cert {notes}: the root cert")), "{}", stderr(&none));
}

#[test]
fn unencrypted_endpoints_need_a_word() {
    let refused = with_key(&format!("call {BANDWIDTH} --endpoint http://192.0.2.1/"));
    assert_eq!(code(&refused), 5);
    assert!(stderr(&refused).contains("hint: --allow-http"), "{}", stderr(&refused));
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    for line in [
        "call oos GetBandwidth --at 2018-12-26T09:01:30Z",
        "call oos GetBandwidth --dry-run --at tomorrow",
        "call oos GetBandwidth --timeout 0",
        "call oos GetBandwidth --output xml",
        "call oos GetBandwidth --chart --output json",
        "call oos GetBandwidth --mock --endpoint http://127.0.0.1/",
        "call zoo",
        "serve --fault nonsense",
        "serve --listen nowhere",
        "generate --out /nonexistent/x",
    ] {
        let refused = output(&words(line));
        assert_eq!(code(&refused), 2, "{line}: {}", stderr(&refused));
    }
    insta::assert_snapshot!("nothing_to_draw", zoo("call zoo Adopt animal=ada --mock --chart"));
    insta::assert_snapshot!("no_points", zoo("call zoo Weigh animal=ada --mock --chart"));
    insta::assert_snapshot!("bad_header", zoo("call zoo Adopt animal=ada --mock --header nonsense"));
}

/// It would be sent twice, in the place of what is signed, or not at all.
#[test]
fn what_the_request_says_already_cannot_be_added() {
    let qingcloud = "qingcloud DescribeInstances zone=pek3a";
    let bandwidth = BANDWIDTH;
    for (call, option, message) in [
        (qingcloud, "--param zone=x", "error: --param zone: the spec knows this parameter"),
        (qingcloud, "--param instances.2=x", "hint: give it without --param: instances.2=VALUE"),
        (qingcloud, "--param action=x", "--param action: it names the action"),
        (qingcloud, "--param signature=x", "--param signature: it is part of the signature"),
        (qingcloud, "--param signature_method=x", "--param signature_method: it is part of the signature"),
        (qingcloud, "--param token=x", "--param token: it is part of the signature"),
        (bandwidth, "--param BeginDate=x", "hint: give it without --param: BeginDate=VALUE"),
        (bandwidth, "--param Action=x", "--param Action: it names the action"),
        (qingcloud, "--header Host:x", "--header host: it is that of the endpoint"),
        (qingcloud, "--header content-length:4", "--header content-length: it follows from what is sent"),
        (qingcloud, "--header Transfer-Encoding:x", "--header transfer-encoding: it follows"),
        (qingcloud, "--header Connection:close", "--header connection: it is about the connection"),
        (bandwidth, "--header Authorization:x", "--header authorization: the signature of the request sets it"),
        (bandwidth, "--header X-Amz-Date:x", "--header x-amz-date: the signature of the request sets it"),
    ] {
        let refused = output(&words(&format!("call {call} {option} --mock --dry-run")));
        assert_eq!((code(&refused), stdout(&refused)), (2, ""), "{option}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(message), "{option}: {}", stderr(&refused));
    }
    // those of other services are none here
    for (call, option) in [
        (qingcloud, "--param Action=x"),
        (qingcloud, "--header Authorization:x"),
        (bandwidth, "--param signature=x --header x-a:b"),
    ] {
        let shown = output(&words(&format!("call {call} {option} --mock --dry-run")));
        assert_eq!(code(&shown), 0, "{option}: {}", stderr(&shown));
    }
}

#[test]
fn a_region_of_a_service_without_regions_is_refused() {
    let refused = output(&words("call qingcloud DescribeInstances zone=pek3a --region pek3a --mock"));
    assert_eq!((code(&refused), stdout(&refused)), (2, ""));
    let said = "error: --region: QingCloud IaaS has no regions, as far as its spec knows; nothing was sent\n\
                hint: parameters that its actions have in common: zone\n";
    assert_eq!(stderr(&refused), said);
    // the caller's own address may have a place for it
    let endpoint = "http://127.0.0.1/{region}/";
    let words = ["call", "qingcloud", "DescribeInstances", "zone=pek3a", "--region", "a", "--endpoint", endpoint];
    let mut shown = command(&words);
    shown.args(["--dry-run"]).env("QINGCLOUD_ACCESS_KEY", "id").env("QINGCLOUD_SECRET_KEY", "hunter2");
    let shown = shown.output().expect("runs");
    assert!(stdout(&shown).starts_with("GET /a/?"), "{}", stderr(&shown));
}

/// A list of one region is not one of all regions, and the test server takes what the call names.
#[test]
fn a_region_that_the_spec_does_not_name_is_told() {
    let shown = output(&words("call oos ListUsers MaxItems=2 --region eu --mock --columns UserName"));
    assert_eq!(code(&shown), 0, "{}", stderr(&shown));
    let note = "note: the spec of CTYUN OOS names one region, cn: \"eu\" is taken as it is\n";
    assert!(stderr(&shown).contains(note), "{}", stderr(&shown));
}

#[test]
fn pictures_that_would_not_be_there_are_refused() {
    let scratch = Scratch::new();
    let path = scratch.text("a");
    let call = format!("call {BANDWIDTH} --mock");
    for (options, message) in [
        (format!("--svg {path} --png {path}"), "--svg and --png name the same file"),
        ("--svg -".to_owned(), "--svg -: a picture is written to a file"),
        ("--png -".to_owned(), "--png -: a picture is written to a file"),
    ] {
        let refused = output(&words(&format!("{call} {options}")));
        assert_eq!((code(&refused), stdout(&refused)), (2, ""), "{options}");
        assert!(stderr(&refused).contains(message), "{options}: {}", stderr(&refused));
    }
    assert!(!scratch.path("a").exists());
}

#[test]
fn files_that_cannot_be_read_or_written_have_a_code() {
    let chart = output(&words(&format!("call {BANDWIDTH} --mock --svg /nonexistent/x.svg")));
    assert_eq!(code(&chart), 7, "{}", stderr(&chart));
    assert_eq!(code(&output(&["list", "--specs", "/nonexistent"])), 7);
    assert_eq!(code(&zoo_output("call zoo ListCages after=@/nonexistent --mock")), 7);
}

fn zoo_output(line: &str) -> std::process::Output {
    command(&words(line)).env("CALLSHEET_SPECS", crate::support::test_specs()).output().expect("runs")
}

#[test]
fn broken_specs_stop_every_command() {
    let bad = format!("{}/tests/bad", env!("CARGO_MANIFEST_DIR"));
    for line in ["list", "show zoo Feed", "call zoo Feed animal=x --mock", "serve"] {
        let mut words = words(line);
        words.extend(["--specs", &bad]);
        let refused = output(&words);
        assert_eq!(code(&refused), 6, "{line}");
        let said = stderr(&refused);
        assert!(said.contains("there is no type `strng`") && said.contains("did you mean `string`?"), "{line}: {said}");
    }
}
