//! What is typed: commands, arguments, and their help.

mod sequence;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::parser::ValueSource;
use clap::{ArgGroup, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum, ValueHint};

pub(crate) use self::sequence::{Sequence, Split};
use crate::exit;

/// Calls action-style cloud APIs from spec files: signed requests, readable answers, charts.
///
/// Everything is known from spec files, one per action; those of the shipped services are built in. Begin with `callsheet list`,
/// read `callsheet show oos GetBandwidth`, and run the example at its end: it needs no account and no network.
#[derive(Debug, Parser)]
#[command(name = "callsheet", version, max_term_width = 110, after_help = exit::HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Folder of spec files to use in place of the built-in ones. It is read now: a file written a minute ago can be called.
    #[arg(long, value_name = "DIR", env = "CALLSHEET_SPECS", value_hint = ValueHint::DirPath, global = true)]
    pub(crate) specs: Option<PathBuf>,
    /// Whether `--specs` was typed: the environment may say it too.
    #[arg(skip)]
    pub(crate) has_specs_argument: bool,
}

impl Cli {
    /// Reads the command line. Ends the program if it makes no sense.
    pub(crate) fn read() -> Self {
        let matches = Self::command().get_matches();
        let cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let has_specs_argument = matches.value_source("specs") == Some(ValueSource::CommandLine);
        Self { has_specs_argument, ..cli }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(List),
    Show(Show),
    Call(Box<Call>),
    Check(Check),
    Serve(Serve),
    Generate(Generate),
    Import(Import),
    Completions(Completions),
}

const LIST_EXAMPLES: &str = "\
Examples:
  callsheet list
  callsheet list oos";

/// Lists services, or the actions of one.
#[derive(Args, Debug)]
#[command(after_long_help = LIST_EXAMPLES)]
pub(crate) struct List {
    /// Service: `oos`. Without it, all services.
    pub(crate) service: Option<String>,
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  callsheet import botocore sts/2011-06-15/service-2.json --out specs
  callsheet import botocore service-2.json paginators-1.json waiters-2.json --out specs
  callsheet list --specs specs

The models are part of the PyPI package botocore, below botocore/data, where they are packed with gzip.";

/// Makes spec files from the API models of others: names, types and traits, no documentation texts.
#[derive(Args, Debug)]
#[command(after_long_help = IMPORT_EXAMPLES)]
pub(crate) struct Import {
    /// Where the models come from.
    pub(crate) origin: Origin,
    /// The service's model, and its files of paginators and waiters if there are any; which is which is told by their names.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Spec folder that gets a folder for the service.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// Id of the service, in place of the one that the model gives.
    #[arg(long, value_name = "NAME")]
    pub(crate) id: Option<String>,
}

/// Whose models are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Origin {
    /// Those of the AWS SDK for Python: protocols query, ec2 and json.
    Botocore,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  callsheet show oos GetBandwidth
  callsheet show qingcloud GetWanMonitor | less";

/// Shows an action: its parameters with their rules, its answer, its errors, an example.
#[derive(Args, Debug)]
#[command(after_long_help = SHOW_EXAMPLES)]
pub(crate) struct Show {
    /// Service, as in `callsheet list`.
    pub(crate) service: String,
    /// Action, as in `callsheet list SERVICE`; GROUP.ACTION where two groups have one of that name.
    pub(crate) action: String,
}

const CALL_EXAMPLES: &str = "\
Examples:
  callsheet call oos GetBandwidth BeginDate=2018-12-26T16:45+08:00 EndDate=2018-12-26-16-50 --mock
  callsheet call qingcloud GetWanMonitor zone=pek3a resource=waif-6bm6mt85 access_type=vpc \\
      meters=traffic,pps step=5m start_time=2020-05-09T02:00Z end_time=2020-05-09T08:00Z --chart
  callsheet call oos GetBandwidth BeginDate=... EndDate=... --output csv --svg bandwidth.svg
  callsheet call oos GetBandwidth BeginDate=... EndDate=... --curl
  callsheet call qingcloud DescribeInstances zone=pek3a --all --output csv
  callsheet call qingcloud StopInstances zone=pek3a instances=i-rtyv0968 --wait
  callsheet call qingcloud DescribeJobs zone=pek3a jobs=j-37amqany --until done
  callsheet call qingcloud StopInstances zone=pek3a --each instances.txt --journal stopped.journal

Exit codes are listed by `callsheet --help`.";

/// Calls an action and shows its answer.
///
/// Parameters are written Name=value. Times are RFC 3339 or the service's own form, lists a,b,c. Lists and structures may be JSON
/// too, or be given member by member: rules.1.protocol=tcp rules.2.protocol=udp. Name=@FILE takes the value from a file.
///
/// Credentials are never arguments, which other users of the machine can read. They come from the environment or the vendor's
/// configuration file; `callsheet show` names both.
#[derive(Args, Debug)]
#[command(after_long_help = CALL_EXAMPLES)]
#[command(group = ArgGroup::new("preview").args(["dry_run", "curl", "explain_signature"]).multiple(true))]
#[command(group = ArgGroup::new("waits").args(["wait", "until"]))]
pub(crate) struct Call {
    /// Service, as in `callsheet list`.
    pub(crate) service: String,
    /// Action, as in `callsheet list SERVICE`; GROUP.ACTION where two groups have one of that name.
    pub(crate) action: String,
    /// Parameters of the action, and those common to the service, such as a zone.
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,

    /// Call the built-in test server, which answers with the example of the spec. Needs no account and no network.
    #[arg(long, help_heading = "Where it goes")]
    pub(crate) mock: bool,
    /// Region; without it, the first that the service documents. Refused where the service has none.
    #[arg(long, value_name = "REGION", help_heading = "Where it goes")]
    pub(crate) region: Option<String>,
    /// Another address than the documented one, such as that of a private cloud; it counts before that of a credentials file.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, conflicts_with = "mock", help_heading = "Where it goes")]
    pub(crate) endpoint: Option<String>,
    /// Take the credentials from this profile (section) of the file, and from nowhere else. Without it, "default" is tried after the
    /// environment.
    #[arg(long, value_name = "NAME", help_heading = "Where it goes")]
    pub(crate) profile: Option<String>,
    /// Give up after this time: `10s`, `500ms`, `2m`. With --each and a quota, it is the time of each try: lines wait for their turn.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Where it goes")]
    pub(crate) timeout: Duration,
    /// Send at most so often, where sending again is safe and may help.
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Where it goes")]
    pub(crate) attempts: u32,
    /// Let the request go out unencrypted when the endpoint says http. This machine itself is always reached so.
    #[arg(long, help_heading = "Where it goes")]
    pub(crate) allow_http: bool,
    /// Trust the certificates of this file in PEM form, and no others: those of a private cloud, which has an authority of its own.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Where it goes")]
    pub(crate) ca_cert: Option<PathBuf>,
    /// Take answers of at most this size: `64M`, `1G`. A larger one is an error.
    #[arg(long, value_name = "SIZE", default_value = "128M", value_parser = size, help_heading = "Where it goes")]
    pub(crate) max_body: usize,

    /// Send although a documented rule is broken or an enum value is not documented.
    #[arg(long, help_heading = "What is sent")]
    pub(crate) unchecked: bool,
    /// Parameter that the spec does not know, sent as it is. May be repeated. What the request says already is refused.
    #[arg(long = "param", value_name = "K=V", help_heading = "What is sent")]
    pub(crate) extra_parameters: Vec<String>,
    /// Further header, signed if the scheme signs headers. May be repeated. What would break the request is refused.
    #[arg(long = "header", value_name = "NAME: VALUE", help_heading = "What is sent")]
    pub(crate) headers: Vec<String>,

    /// Print the signed request and send nothing. It is good for sending until its signature expires.
    #[arg(long, help_heading = "Look before sending")]
    pub(crate) dry_run: bool,
    /// Print the curl command that sends the request, and send nothing.
    #[arg(long, help_heading = "Look before sending")]
    pub(crate) curl: bool,
    /// Print the canonical request and the string to sign, and send nothing. Secrets are not shown.
    #[arg(long, help_heading = "Look before sending")]
    pub(crate) explain_signature: bool,
    /// Sign as of this time (RFC 3339) instead of now, so that the output can be repeated.
    #[arg(long, value_name = "TIME", requires = "preview", value_parser = instant, help_heading = "Look before sending")]
    pub(crate) at: Option<DateTime<Utc>>,

    /// How the answer is shown: a table for people, all of it as JSON, items as lines of JSON, rows as CSV, or the body as it came.
    #[arg(long, short, value_enum, value_name = "FORM", help_heading = "How the answer is shown")]
    pub(crate) output: Option<Output>,
    /// Tell on standard error how each call went: requests, waiting, status, endpoint, clock, request id. With --each, a line at the end.
    #[arg(long, short, help_heading = "How the answer is shown")]
    pub(crate) verbose: bool,
    /// Show these columns only, by name: `Date,UploadBW`. A chart draws them over their times. A wrong name is refused, with a list of
    /// the right ones.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "How the answer is shown")]
    pub(crate) columns: Vec<String>,
    /// Draw time series in the terminal, in place of a table.
    #[arg(long, conflicts_with = "output", help_heading = "How the answer is shown")]
    pub(crate) chart: bool,
    /// Draw time series as an SVG picture.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "How the answer is shown")]
    pub(crate) svg: Option<PathBuf>,
    /// Draw time series as a PNG picture.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "How the answer is shown")]
    pub(crate) png: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) sequence: Sequence,
    #[command(flatten)]
    pub(crate) each: Each,
}

/// Many calls.
#[derive(Args, Debug)]
pub(crate) struct Each {
    /// Call once for each line of this file (`-`: standard input), and print a line of JSON for each, in their order.
    ///
    /// A line has parameters, which come over those of the command line: Name=value words, quoted as in a shell, or a JSON object. In
    /// words, Name=@FILE takes the value from a file; in JSON, a value is what it says. Empty lines and those that begin with # say
    /// nothing.
    ///
    /// A result has the number of its "line", the "parameters" without secret ones, and the "answer", or in its place the "error":
    /// `jq 'select(.error)'` shows all that failed. Ctrl-C waits for what is out, and ends.
    #[arg(
        long = "each",
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["preview", "output", "columns", "chart", "svg", "png"],
        help_heading = "Many calls"
    )]
    pub(crate) file: Option<PathBuf>,
    /// Calls at the same time.
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = jobs, requires = "file", help_heading = "Many calls")]
    pub(crate) jobs: usize,
    /// At most so many calls in any time of that length, `5000/1h`, in place of what the service documents; `none`: no limit.
    /// Each run counts its own calls, and knows nothing of those of an earlier one.
    #[arg(long, value_name = "CALLS/TIME", value_parser = quota, requires = "file", help_heading = "Many calls")]
    pub(crate) quota: Option<Quota>,
    /// Keep each result in this file at once. If the run is interrupted, the same command goes on where it was: no line is
    /// lost, none is done twice; and all results are printed, those of earlier runs too.
    ///
    /// A journal is of one run at a time, and fits one account, action and command line: parameters with what is read from files,
    /// headers, region, endpoint. Lines may be added to the file of --each. Of temporary credentials, the profile counts and not the
    /// key, which changes. The journal has answers in it, which may be secret: only its owner can read it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "file", help_heading = "Many calls")]
    pub(crate) journal: Option<PathBuf>,
    /// Send again what failed by the journal, but for what the service may have done and must not do twice.
    #[arg(long, requires = "journal", help_heading = "Many calls")]
    pub(crate) retry_failed: bool,
    /// Go on when every line seems to fail. Without it, a run stops at wrong credentials, and if its first 20 calls all fail.
    #[arg(long, requires = "file", help_heading = "Many calls")]
    pub(crate) keep_going: bool,
}

/// What `--quota` says.
#[derive(Clone, Debug)]
pub(crate) struct Quota(pub(crate) Option<callsheet::call::Quota>);

fn quota(text: &str) -> Result<Quota, String> {
    if text == "none" {
        return Ok(Quota(None));
    }
    let calls = |text: &str| text.parse().ok().filter(|calls: &u32| *calls > 0);
    match text.split_once('/').and_then(|(before, time)| Some((calls(before)?, duration(time).ok()?))) {
        Some((calls, time)) if !time.is_zero() => Ok(Quota(Some(callsheet::call::Quota::new(calls, time)))),
        _ => Err("expected a number of calls, a slash and a time: 5000/1h; or none".to_owned()),
    }
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs @ 1..=256) => Ok(jobs),
        _ => Err("from 1 to 256".to_owned()),
    }
}

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Tables for people.
    Table,
    /// One JSON document; times in RFC 3339, series as points.
    Json,
    /// The items of a list, a line of JSON each, and nothing else of the answer; with --all, each as soon as it is there.
    Lines,
    /// The rows of the list, or of the largest table, with a header line.
    Csv,
    /// The body as it came.
    Raw,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  callsheet check
  callsheet check my-specs";

/// Checks spec files and shows every problem with its place.
///
/// Exit code 1 if there are errors, or nothing to check.
#[derive(Args, Debug)]
#[command(after_long_help = CHECK_EXAMPLES)]
pub(crate) struct Check {
    /// Folder of spec files; without it that of --specs, or the built-in ones.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,
}

const SERVE_EXAMPLES: &str = "\
Examples:
  callsheet serve
  callsheet serve --listen 127.0.0.1:9000 --fault 'GetBandwidth:throttle=0.1'";

/// Runs the test server: it verifies signatures, checks parameters and answers with the examples of the specs.
///
/// The credentials that it accepts, and a call of each service that works, are printed at the start. Each request is told on standard
/// error: method, action, status, code of the error, fault that struck. Ctrl-C ends it.
#[derive(Args, Debug)]
#[command(after_long_help = SERVE_EXAMPLES)]
pub(crate) struct Serve {
    /// Address to listen at; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) listen: String,
    /// Fault to inject, as ACTION:KIND=SHARE, `*` for all actions. May be repeated.
    ///
    /// Kinds: drop, cut, status(502), code(5100), throttle(2), later(2), delay(200ms), slow(5ms), garbage, noise, length(-10), skew(1h).
    /// `#3` behind it strikes at most three times, `@42` is the seed, so that a run can be repeated.
    /// A rule that can never strike is refused. Any code goes, documented or not.
    #[arg(long = "fault", value_name = "RULE")]
    pub(crate) faults: Vec<String>,
    /// Take any signature.
    #[arg(long)]
    pub(crate) unverified: bool,
    /// Refuse parameters that no spec knows.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Do not tell the requests.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

const GENERATE_EXAMPLES: &str = "\
Examples:
  callsheet generate --specs specs --out src/generated
  callsheet generate --specs specs --out src/generated --check";

/// Generates Rust modules from spec files, for a crate of your own that depends on `callsheet`.
///
/// Files that it made before and makes no longer are removed; other files are left alone.
#[derive(Args, Debug)]
#[command(after_long_help = GENERATE_EXAMPLES)]
pub(crate) struct Generate {
    /// Folder that the modules are written to.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// Write nothing; exit with code 1 if a file is not as it would be generated.
    #[arg(long)]
    pub(crate) check: bool,
    /// Put each service and group behind a feature of its name.
    #[arg(long)]
    pub(crate) features: bool,
    /// Only this action (`oos/statistics/GetBandwidth`) and what it needs. May be repeated.
    #[arg(long, value_name = "ACTION")]
    pub(crate) only: Vec<String>,
    /// Path of the module in your crate, for the examples in the docs: `my_crate::clouds`. Without it, no examples.
    #[arg(long, value_name = "PATH", default_value = "")]
    pub(crate) module: String,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  callsheet completions bash > ~/.local/share/bash-completion/completions/callsheet
  callsheet completions zsh > \"${fpath[1]}/_callsheet\"
  callsheet completions fish > ~/.config/fish/completions/callsheet.fish";

/// Prints a completion script for a shell.
#[derive(Args, Debug)]
#[command(after_long_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// `500ms`, `10s`, `2m`, `3h`, `7d`; a bare number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| "expected a time such as 10s, 500ms or 2m".to_owned())?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "" | "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        "d" => number * 86_400.0,
        _ => return Err(format!("unknown unit {unit:?}: expected ms, s, m, h or d")),
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("expected more than nothing and less than forever".to_owned()),
    }
}

/// `500K`, `64M`, `2G`, in powers of 1024; a bare number is bytes.
fn size(text: &str) -> Result<usize, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: usize = match unit {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return Err("expected a size such as 500K, 64M or 2G".to_owned()),
    };
    let bytes = number.parse::<usize>().ok().and_then(|number| number.checked_mul(factor));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| "expected a size from 1 byte up, such as 64M".to_owned())
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    callsheet::time::parse(text, callsheet::schema::TimeFormat::Iso8601)
        .ok_or_else(|| "expected a time such as 2018-12-26T09:01:30Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn quotas() {
        let told = quota("5000/1h").unwrap().0.map(|quota| (quota.calls(), quota.window()));
        assert_eq!(told, Some((5000, Duration::from_secs(3600))));
        assert!(quota("none").unwrap().0.is_none());
        for bad in ["", "5000", "0/1h", "5000/0s", "5000/", "/1h", "-1/1h", "1/h"] {
            assert!(quota(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(size("1"), Ok(1));
        assert_eq!(size("500K"), Ok(512_000));
        assert_eq!(size("64M"), Ok(67_108_864));
        assert_eq!(size("2G"), Ok(2_147_483_648));
        for bad in ["", "0", "0M", "M", "-1", "1.5M", "1T", "99999999999999999999", "18446744073709551615G"] {
            assert!(size(bad).is_err(), "{bad}");
        }
        let usual = callsheet::decode::Limits::default().body;
        assert_eq!(size("128M"), Ok(usual), "what is taken without the option");
    }

    #[test]
    fn durations() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1h"), Ok(Duration::from_secs(3600)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(7 * 86_400)));
        assert_eq!(duration("1.5"), Ok(Duration::from_millis(1500)));
        for bad in ["", "s", "0", "10w", "1e99", "-1s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
