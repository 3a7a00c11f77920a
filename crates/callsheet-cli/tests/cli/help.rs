//! What tells users what there is.

use crate::support::{Scratch, code, command, output, run, shipped_specs, stdout, zoo};

#[test]
fn list_names_services_and_actions() {
    let shipped = run("list");
    for service in ["oos ", "qingcloud "] {
        assert!(shipped.lines().any(|line| line.starts_with(service)), "{service} is not in {shipped}");
    }
    let oos = run("list oos");
    let bandwidth = oos.lines().find(|line| line.starts_with("  GetBandwidth ")).expect("an action");
    assert!(bandwidth.contains("  Reads the used bandwidth"), "{bandwidth}");
    insta::assert_snapshot!("list", zoo("list"));
    insta::assert_snapshot!("list_zoo", zoo("list zoo"));
}

#[test]
fn show_tells_all_of_an_action() {
    insta::assert_snapshot!("show_bandwidth", run("show oos GetBandwidth"));
    insta::assert_snapshot!("show_monitor", run("show qingcloud GetWanMonitor"));
    insta::assert_snapshot!("show_cages", zoo("show zoo ListCages"));
    insta::assert_snapshot!("show_adopt", zoo("show zoo Adopt"));
}

#[test]
fn show_tells_how_an_action_is_called() {
    // what stands between the documentation and the parameters
    let calls = |page: String| {
        let (head, _) = page.split_once("\n\nParameters").expect("parameters");
        head.rsplit("\n\n").next().unwrap_or_default().replace('\n', " ")
    };
    assert_eq!(
        calls(run("show qingcloud DescribeInstances")),
        "Repeating the call does no harm. The answer comes in pages of 100 items at most: --all reads all of them. \
         It can be called until something is so: --until running or stopped."
    );
    assert_eq!(
        calls(run("show qingcloud StopInstances")),
        "The call changes something: it is not repeated once the service may have received it. \
         It answers before it is done: --wait follows its job to the end."
    );
    assert_eq!(
        calls(run("show oos GetBandwidth")),
        "Repeating the call does no harm. \
         From BeginDate to EndDate, one call covers 31 days at most: a longer time is split, and the answers are joined."
    );
    assert_eq!(
        calls(run("show oos GetTraffics")),
        "Repeating the call does no harm. From BeginDate to EndDate, one call covers 1 day with Freq=by5min, 7 days with \
         Freq=byHour, 30 days with Freq=byDay (without Freq: 1 day) at most: how answers are joined is not known, so that \
         a longer time is not split."
    );
    // with a token it may be sent again, whatever became of it
    assert_eq!(
        calls(zoo("show zoo Adopt")),
        "The call changes something, and repeating it does no harm: by token the service knows that it is the same call."
    );
    assert!(run("show qingcloud GetWanMonitor").contains("\n  At most 2000 calls in 1 hour;"));
}

/// Every action of every shipped spec, those of tomorrow too.
#[test]
fn every_shipped_action_can_be_shown() {
    let mut shown = 0;
    for service in stdout(&output(&["list"])).lines().filter_map(|line| line.split_whitespace().next()) {
        let list = output(&["list", service]);
        let actions = stdout(&list).lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        for action in actions.filter_map(|line| line.split_whitespace().next()) {
            let page = output(&["show", service, action]);
            assert_eq!(code(&page), 0, "{service} {action}");
            assert!(stdout(&page).starts_with(&format!("{service} {action}  ")), "{service} {action}");
            shown += 1;
        }
    }
    assert!(shown >= 2, "{shown} actions");
}

/// What `show` prints as an example can be pasted into a shell as it is.
#[test]
#[cfg(unix)]
fn the_example_command_runs() {
    let page = zoo("show zoo ListCages");
    let start = page.find("  callsheet call").expect("an example");
    let end = start + page[start..].find("--mock").expect("its end") + "--mock".len();
    let program = env!("CARGO_BIN_EXE_callsheet");
    let script = page[start..end].replacen("callsheet", program, 1);
    let specs = crate::support::test_specs();
    let mut shell = std::process::Command::new("sh");
    let ran = shell.args(["-ec", &script]).env("CALLSHEET_SPECS", specs).env("COLUMNS", "100").output().expect("sh");
    assert_eq!(code(&ran), 0, "{}", String::from_utf8_lossy(&ran.stderr));
    // the answer is printed below the command, indented
    let answer: String = stdout(&ran).lines().map(|line| format!("  {line}").trim_end().to_owned() + "\n").collect();
    assert!(page.contains(&answer), "{answer}\nis not in\n{page}");
}

#[test]
fn help_has_examples_and_exit_codes() {
    insta::assert_snapshot!("help", run("--help"));
    insta::assert_snapshot!("help_call", run("call --help"));
    assert_eq!(code(&output(&["--version"])), 0);
}

#[test]
fn there_are_completions_for_five_shells() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = output(&["completions", shell]);
        assert_eq!(code(&script), 0, "{shell}");
        for word in ["callsheet", "explain-signature", "generate"] {
            assert!(stdout(&script).contains(word), "{shell}: no {word}");
        }
    }
    assert_eq!(code(&output(&["completions", "cmd"])), 2);
}

#[test]
fn colors_are_for_terminals() {
    let escape = |variables: &[(&str, &str)]| {
        let mut command = command(&["show", "oos", "GetBandwidth"]);
        command.envs(variables.iter().copied());
        stdout(&command.output().expect("runs")).contains('\u{1b}')
    };
    assert!(!escape(&[]), "colours in a pipe");
    assert!(escape(&[("CLICOLOR_FORCE", "1")]));
    assert!(!escape(&[("NO_COLOR", "1")]));
}

/// `callsheet show ... | head -1` ends quietly.
#[test]
fn a_closed_pipe_is_no_error() {
    use std::io::Read as _;
    use std::process::Stdio;

    let mut command = command(&["completions", "zsh"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().expect("standard error").read_to_string(&mut said).expect("text");
    assert_eq!(child.wait().expect("ends").code(), Some(0), "{said}");
    assert_eq!(said, "");
}

#[test]
fn check_counts_what_is_good_and_shows_what_is_not() {
    insta::assert_snapshot!("check", zoo("check"));
    let bad = format!("check {}/tests/bad", env!("CARGO_MANIFEST_DIR"));
    insta::assert_snapshot!("check_bad", run(&bad));
    let shipped = run(&format!("check {}", shipped_specs().display()));
    assert!(shipped.contains(": ok") && shipped.ends_with("--- exit code 0\n"), "{shipped}");
    assert_eq!(shipped, run("check"), "the built-in specs are those of the folder");
}

/// What was named is what is checked: a slip must not pass for a folder that is good.
#[test]
fn check_says_what_it_could_not_check() {
    let scratch = Scratch::new();
    let empty = scratch.text("");
    let hint = "hint: a spec folder has a folder for each service, with a file service.toml in it";
    let nothing = format!("--- standard error\nerror: {empty}: there is no service here\n{hint}\n--- exit code 1\n");
    assert_eq!(run(&format!("check {empty}")), nothing);
    assert_eq!(run(&format!("check --specs {empty}")), nothing);
    scratch.write("notes/readme.txt", "no spec");
    assert_eq!(run(&format!("check {empty}")), nothing);

    let missing = run("check /nonexistent");
    assert!(missing.contains("hint: `callsheet check` wants a folder of spec files"), "{missing}");
    let missing = run("check --specs /nonexistent");
    assert!(missing.contains("hint: --specs wants a folder of spec files"), "{missing}");

    let shipped = shipped_specs().display().to_string();
    for line in [format!("check {shipped} --specs {empty}"), format!("--specs {empty} check {shipped}")] {
        let both = run(&line);
        assert!(both.contains("DIR and --specs both name") && both.ends_with("exit code 2\n"), "{both}");
    }
    // that of the environment is one that is there until another is named
    let named = command(&["check", &shipped]).env("CALLSHEET_SPECS", &empty).output().expect("runs");
    assert_eq!(code(&named), 0);
}
