//! Runs the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) const BANDWIDTH: &str = "oos GetBandwidth BeginDate=2018-12-26T16:45+08:00 EndDate=2018-12-26T16:50+08:00 \
                                    BucketName=example-bucket";
pub(crate) const MONITOR: &str = "qingcloud GetWanMonitor zone=pek3a resource=waif-6bm6mt85 access_type=vpc \
                                  meters=traffic,flow,pps step=5m start_time=2020-05-09T02:04:32.200Z \
                                  end_time=2020-05-09T08:04:32.200Z";

/// A command with an environment that no test machine changes.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    command.args(words).env_clear().env("HOME", "/nonexistent").env("COLUMNS", "100").stdin(Stdio::null());
    command
}

pub(crate) fn output(words: &[&str]) -> Output {
    command(words).output().expect("the program runs")
}

/// Calls an action of a server of the tests: `call qingcloud DescribeInstances ...`.
pub(crate) fn call_at(server: &crate::cloud::Server, line: &str) -> Output {
    command_at(server, line).output().expect("the program runs")
}

/// The command that does it.
pub(crate) fn command_at(server: &crate::cloud::Server, line: &str) -> Command {
    let path = if line.starts_with("qingcloud") { "/iaas/" } else { "/" };
    let mut words: Vec<String> = shlex::split(line).expect("words");
    words.splice(..0, ["call".to_owned()]);
    words.extend(["--endpoint".to_owned(), server.url(path)]);
    let mut command = command(&words.iter().map(String::as_str).collect::<Vec<_>>());
    for name in ["QINGCLOUD_ACCESS_KEY", "QINGCLOUD_SECRET_KEY", "OOS_ACCESS_KEY_ID", "OOS_SECRET_ACCESS_KEY"] {
        command.env(name, "key");
    }
    command
}

pub(crate) fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// What the command prints, and how it ends.
pub(crate) fn run(line: &str) -> String {
    transcript(&output(&words(line)))
}

/// With the spec folder of the tests.
pub(crate) fn zoo(line: &str) -> String {
    let mut words = words(line);
    let folder = test_specs();
    let folder = folder.display().to_string();
    words.extend(["--specs", &folder]);
    transcript(&output(&words))
}

pub(crate) fn transcript(output: &Output) -> String {
    let stdout = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    let stderr = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    let mut text = stdout;
    if !stderr.is_empty() {
        text.push_str("--- standard error\n");
        text.push_str(&stderr);
    }
    text.push_str(&format!("--- exit code {}\n", code(output)));
    text
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ended it")
}

pub(crate) fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

pub(crate) fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

pub(crate) fn test_specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs")
}

pub(crate) fn shipped_specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

/// A folder that is removed at the end of the test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("callsheet-cli-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("scratch folder");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        fs::write(path, text).expect("file");
    }

    /// A copy of the test specs.
    pub(crate) fn with_specs() -> Self {
        let scratch = Self::new();
        for entry in fs::read_dir(test_specs().join("zoo")).expect("test specs") {
            let entry = entry.expect("entry");
            let text = fs::read_to_string(entry.path()).expect("text");
            scratch.write(&format!("zoo/{}", entry.file_name().to_string_lossy()), &text);
        }
        scratch
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
