//! Calls that succeed, in every form of output; and requests that are only shown.

use std::fs;

use crate::support::{
    BANDWIDTH, MONITOR, Scratch, code, command, output, run, shipped_specs, stderr, stdout, words, zoo,
};

#[test]
fn answers_are_tables() {
    insta::assert_snapshot!("bandwidth_table", run(&format!("call {BANDWIDTH} --mock")));
    insta::assert_snapshot!("monitor_table", run(&format!("call {MONITOR} --mock")));
    insta::assert_snapshot!("cages_table", zoo("call zoo ListCages limit=2 --mock"));
    insta::assert_snapshot!("keepers_table", zoo("call zoo ListKeepers --mock"));
    insta::assert_snapshot!("adopt_table", zoo("call zoo Adopt animal=ada --mock"));
}

/// Every width has a readable layout: no line is wider, no cell is lost.
#[test]
fn tables_fit_the_terminal() {
    for width in [60, 80, 120, 160, 240] {
        let call = format!("call {BANDWIDTH} --mock");
        let table = command(&words(&call)).env("COLUMNS", width.to_string()).output().expect("runs");
        let text = stdout(&table);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(widest <= width, "{widest} columns instead of {width}:\n{text}");
        for cell in
            ["ShenZhen", "QingDao", "2018-12-26 16:50", "1000", "2000", "3000", "4000", "5000", "6000", "7000", "8000"]
        {
            assert!(text.contains(cell), "{cell} is not in\n{text}");
        }
    }
}

/// What no number of parts makes readable is shown one record below the other.
#[test]
fn narrow_terminals_get_lists() {
    let specs = crate::support::test_specs();
    let mut call = command(&words("call zoo ListKeepers --mock"));
    let list = call.env("COLUMNS", "40").env("CALLSHEET_SPECS", specs).output().expect("runs");
    insta::assert_snapshot!("keepers_narrow", crate::support::transcript(&list));
}

#[test]
fn answers_are_json() {
    insta::assert_snapshot!("bandwidth_json", run(&format!("call {BANDWIDTH} --mock --output json")));
    insta::assert_snapshot!("weigh_json", zoo("call zoo Weigh animal=ada step=1h --mock -o json"));
    insta::assert_snapshot!("cages_json", zoo("call zoo ListCages limit=2 --mock -o json"));
}

#[test]
fn answers_are_csv() {
    insta::assert_snapshot!("bandwidth_csv", run(&format!("call {BANDWIDTH} --mock --output csv")));
    insta::assert_snapshot!("monitor_csv", run(&format!("call {MONITOR} --mock -o csv")));
    insta::assert_snapshot!("keepers_csv", zoo("call zoo ListKeepers --mock -o csv"));
    insta::assert_snapshot!("cages_csv", zoo("call zoo ListCages limit=2 --mock -o csv"));
}

#[test]
fn raw_answers_are_what_the_service_sent() {
    let raw = output(&words(&format!("call {BANDWIDTH} --mock --output raw")));
    assert_eq!(code(&raw), 0, "{}", stderr(&raw));
    let sent = fs::read(shipped_specs().join("oos/statistics/GetBandwidth.xml")).expect("example");
    assert_eq!(raw.stdout, sent);
}

#[test]
fn series_keep_gaps_and_say_when_they_have_no_times() {
    insta::assert_snapshot!("weigh_table", zoo("call zoo Weigh animal=ada step=1h --mock"));
    insta::assert_snapshot!("weigh_without_step", zoo("call zoo Weigh animal=ada --mock"));
}

#[test]
fn columns_can_be_chosen() {
    insta::assert_snapshot!("columns", run(&format!("call {BANDWIDTH} --mock --columns Region.Name,downloadbw")));
    insta::assert_snapshot!("columns_series", run(&format!("call {MONITOR} --mock --columns time,pps -o csv")));
    insta::assert_snapshot!("columns_none", run(&format!("call {BANDWIDTH} --mock --columns downloadbw,Nope")));
    // times too are shown only if they are named, and no table that repeats a column of another
    let instances = "call qingcloud DescribeInstances zone=pek3a --mock --columns";
    assert_eq!(
        run(&format!("{instances} instance_id -o csv")),
        "instance_id\ni-ogbndull\n--- exit code 0\n",
        "one column of one table"
    );
    let two = run(&format!("{instances} instance_id,vxnet_id"));
    assert!(two.contains("│ instance_set.instance_id ┆ vxnet_id │"), "{two}");
    let facts = run(&format!("{instances} total_count"));
    assert_eq!(facts, "total_count  1\n--- exit code 0\n");
    let both = run(&format!("{instances} total_count,instance_id -o csv"));
    assert!(both.contains("note: CSV holds one table; not in it: total_count\n"), "{both}");
    let csv = run("call qingcloud StopInstances zone=pek3a instances=i-1 --mock --columns ret_code,action -o csv");
    assert!(csv.starts_with("action,ret_code\n"), "{csv}");
}

/// Before anything is sent where the spec tells, so that nothing changes and then looks as if it had not.
#[test]
fn columns_that_would_do_nothing_are_refused() {
    let server = crate::cloud::Server::start(|_| (200, r#"{"ret_code": 0, "job_id": "j-7"}"#.to_owned()));
    let stop = "qingcloud StopInstances zone=pek3a instances=i-1";
    for (options, message) in [
        ("--columns nope", "--columns: the answer has no column nope; it has: action, job_id, ret_code"),
        ("--columns job_id -o json", "--columns: --output json shows the whole answer"),
        ("--columns job_id -o raw", "--columns: --output raw shows the whole answer"),
    ] {
        let refused = crate::support::call_at(&server, &format!("{stop} {options}"));
        assert_eq!((code(&refused), stdout(&refused)), (2, ""), "{options}");
        assert!(stderr(&refused).contains(message), "{options}: {}", stderr(&refused));
    }
    assert_eq!(server.served(), 0);
    // the answer of the job counts where it is shown
    let waited = run(&format!("call {stop} --mock --wait --columns job_id,create_time"));
    assert!(waited.contains("create_time (UTC)"), "{waited}");
    let absent = crate::support::call_at(&server, &format!("{stop} --columns action"));
    assert_eq!(stdout(&absent), "The answer has nothing in these columns.\n", "it says more than that it was done");
    // what series are called is in the answer
    let series = run(&format!("call {MONITOR} --mock --columns nope"));
    assert!(series.contains("no column nope; it has: ") && series.contains("pps[0]"), "{series}");
    assert!(series.contains("hint: the call was made") && series.ends_with("exit code 2\n"), "{series}");
}

/// That it says nothing would not be known.
#[test]
fn an_answer_in_which_the_spec_names_nothing_is_called_so() {
    for form in ["json", "csv"] {
        let shown = zoo(&format!("call zoo Adopt animal=ada --mock --output {form}"));
        assert!(shown.contains("note: the spec names nothing that Adopt answers"), "{shown}");
    }
}

/// The body of a call that can be made again without harm can be asked for.
#[test]
fn what_no_spec_names_can_be_seen_raw() {
    let scratch = Scratch::with_specs();
    scratch.write("zoo/Smell.toml", "doc = \"Smells an animal.\"\nsafe = true\n");
    let body = "{\"smell\":5}";
    let server = crate::cloud::Server::start(move |_| (200, body.to_owned()));
    let call = |form: &str| {
        let line = format!("call zoo Smell --endpoint {} --output {form}", server.url("/api/"));
        command(&words(&line)).env("CALLSHEET_SPECS", scratch.text("")).output().expect("runs")
    };
    let said =
        "The call was done; the spec names nothing that Smell answers; --output raw shows the body as it came.\n";
    assert_eq!(stdout(&call("table")), said);
    assert_eq!(stdout(&call("raw")), body);
}

/// Samples at times beyond all calendars were left out of tables and CSV without a word.
#[test]
fn samples_without_a_time_that_can_be_shown_are_counted() {
    let data = "[[1589000000,[1,2]],[90000000000000,[3,4]],[5,6]]";
    let body = format!(r#"{{"ret_code":0,"meter_set":[{{"meter_id":"traffic","data":{data}}}]}}"#);
    let server = crate::cloud::Server::start(move |_| (200, body.clone()));
    let told = crate::support::call_at(&server, &format!("{MONITOR} -o csv"));
    assert_eq!(code(&told), 0, "{}", stderr(&told));
    assert_eq!(stdout(&told).lines().count(), 2, "{}", stdout(&told));
    let note = "note: 2 samples of traffic at times that no calendar has; --output json has everything\n";
    assert!(stderr(&told).contains(note), "{}", stderr(&told));
}

#[test]
fn what_cannot_be_drawn_is_shown_all_the_same() {
    let scratch = Scratch::new();
    let picture = scratch.text("none.svg");
    let shown = zoo(&format!("call zoo Weigh animal=ada --mock -o csv --svg {picture}"));
    assert!(shown.starts_with("weight"), "{shown}");
    assert!(shown.contains("error: the answer has no points to draw") && shown.ends_with("exit code 4\n"), "{shown}");
}

#[test]
fn charts_are_drawn_in_the_terminal() {
    insta::assert_snapshot!("monitor_chart", run(&format!("call {MONITOR} --mock --chart --columns traffic")));
    insta::assert_snapshot!("weigh_chart", zoo("call zoo Weigh animal=ada step=1h --mock --chart"));
    let call = format!("call {MONITOR} --mock --chart");
    let colored = command(&words(&call)).env("CLICOLOR_FORCE", "1").output().expect("runs");
    // with colours both parts of a meter are on one chart, with a legend
    assert_eq!(stdout(&colored).matches("2020-05-09, UTC").count(), 3);
    let plain = output(&words(&call));
    assert_eq!(stdout(&plain).matches("2020-05-09, UTC").count(), 6);
}

#[test]
fn pictures_have_axes_units_and_a_legend() {
    let scratch = Scratch::new();
    let (svg, png) = (scratch.text("b.svg"), scratch.text("b.png"));
    let drawn = output(&words(&format!("call {BANDWIDTH} --mock --svg {svg} --png {png}")));
    assert_eq!(code(&drawn), 0, "{}", stderr(&drawn));
    assert!(stdout(&drawn).contains("ShenZhen"), "the table is shown besides");
    let svg = fs::read_to_string(svg).expect("SVG");
    for text in [
        "oos GetBandwidth",
        "ShenZhen",
        "QingDao",
        "B/s",
        "2018-12-26, UTC+08:00",
        "16:45",
        "16:50",
        "NonInternetUploadBW",
    ] {
        assert!(svg.contains(&format!(">{text}<")), "{text} is not in the picture");
    }
    let png = fs::read(png).expect("PNG");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let number = |at: usize| png[at..at + 4].iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    assert_eq!((number(16), number(20)), (1840, 1493), "width and height");
    // a blank picture of that size is a few kilobytes
    assert!(png.len() > 60_000, "{} bytes", png.len());
}

#[test]
fn requests_are_shown() {
    let bandwidth = |what: &str| run(&format!("call {BANDWIDTH} --mock --at 2018-12-26T09:01:30Z {what}"));
    let monitor = |what: &str| run(&format!("call {MONITOR} --mock --at 2020-05-09T08:04:33Z {what}"));
    insta::assert_snapshot!("bandwidth_dry_run", bandwidth("--dry-run"));
    insta::assert_snapshot!("bandwidth_curl", bandwidth("--curl"));
    insta::assert_snapshot!("bandwidth_explain", bandwidth("--explain-signature"));
    insta::assert_snapshot!("monitor_dry_run", monitor("--dry-run"));
    insta::assert_snapshot!("monitor_curl", monitor("--curl"));
    insta::assert_snapshot!("monitor_explain", monitor("--explain-signature"));
    assert!(!bandwidth("--dry-run --curl --explain-signature").contains("mock-secret-access-key"));
}

/// The shell takes the words of the curl command apart into what was meant.
#[test]
#[cfg(unix)]
fn the_curl_command_survives_a_shell() {
    let nasty = "it's \"$HOME\" & `id`; \\ *!\n#";
    let specs = crate::support::test_specs().display().to_string();
    let header = format!("x-note: {}", nasty.replace('\n', " "));
    let parameter = format!("animal={nasty}");
    let shown =
        output(&["call", "zoo", "Adopt", &parameter, "--unchecked", "--header", &header, "--curl", "--specs", &specs]);
    assert_eq!(code(&shown), 0, "{}", stderr(&shown));
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{}", stdout(&shown));
    let ran = std::process::Command::new("sh").args(["-c", &script]).output().expect("sh");
    let words: Vec<&str> = stdout(&ran).split('\0').collect();
    assert_eq!(words[..2], ["--header", "content-type: application/x-www-form-urlencoded"]);
    assert_eq!(words[2..4], ["--header", header.as_str()]);
    let body = words.iter().position(|word| *word == "--data-raw").expect("a body");
    assert!(words[body + 1].starts_with("Action=Adopt&animal=it%27s%20%22%24HOME%22%20%26"), "{words:?}");
    assert_eq!(words[body + 2], "https://zoo.example/api/");
}

#[test]
fn parameters_take_every_form() {
    let scratch = Scratch::new();
    scratch.write("name.txt", "from a file");
    let file = format!("after=@{}", scratch.text("name.txt"));
    let specs = crate::support::test_specs().display().to_string();
    let body = |parameters: &[&str]| {
        let mut words = vec!["call", "zoo", "ListCages", "--dry-run", "--specs", &specs];
        words.extend(parameters);
        let shown = output(&words);
        assert_eq!(code(&shown), 0, "{}", stderr(&shown));
        stdout(&shown).lines().last().unwrap_or_default().to_owned()
    };
    let start = "Action=ListCages";
    assert_eq!(body(&[&file]), format!("{start}&after=from%20a%20file"));
    assert_eq!(body(&["after=@@home"]), format!("{start}&after=%40home"));
    assert_eq!(body(&["after=a=b"]), format!("{start}&after=a%3Db"));
    let filter = "filters.1.name=kind&filters.1.values.1=cat&filters.1.values.2=bird";
    assert_eq!(body(&["filters.1.name=kind", "filters.1.values=cat,bird"]), format!("{start}&{filter}"));
    assert_eq!(body(&[r#"filters=[{"name":"kind","values":["cat","bird"]}]"#]), format!("{start}&{filter}"));
    assert_eq!(body(&["limit=7", "--param", "x=y z"]), format!("{start}&limit=7&x=y%20z"));
}

/// A new random text for each call, and none of the caller's own is replaced.
#[test]
fn idempotency_tokens_are_filled_in() {
    let token = |parameters: &str| {
        let shown = zoo(&format!("call zoo Adopt animal=ada {parameters} --dry-run"));
        let (_, rest) = shown.split_once("token=").expect("a token");
        rest.lines().next().unwrap_or_default().to_owned()
    };
    let (first, second) = (token(""), token(""));
    assert_eq!(first.len(), 32, "{first}");
    assert_ne!(first, second);
    assert_eq!(token("token=mine"), "mine");
}

/// A spec file written a minute ago is called with no compiling.
#[test]
fn a_new_spec_file_can_be_called() {
    let scratch = Scratch::with_specs();
    let call = || output(&["call", "zoo", "CountCats", "--mock", "-o", "json", "--specs", &scratch.text("")]);
    assert_eq!(code(&call()), 2, "it is not there yet");
    scratch.write(
        "zoo/CountCats.toml",
        "doc = 'Counts cats.'\nsafe = true\n[output]\ncats = 'integer!'\n[[example]]\ntitle = 'many'\n\
         now = 2024-05-01T00:00:00Z\nresponse = 'CountCats.json'\n[example.request]\n",
    );
    scratch.write("zoo/CountCats.json", "{\"cats\": 12}");
    let answer = call();
    assert_eq!(code(&answer), 0, "{}", stderr(&answer));
    assert_eq!(stdout(&answer), "{\n  \"cats\": 12\n}\n");
}
