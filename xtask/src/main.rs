//! Development tasks: `cargo xtask help`.

mod bench;
mod budgets;
mod builds;
mod conformance;
mod cost;
mod generate;
mod models;
mod tool;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Development tasks of callsheet.

cargo xtask generate [--check]    writes what is made from specs/: Rust modules, the registry of examples, JSON Schemas, features
                                  --check writes nothing and fails if something is stale
cargo xtask conformance --vectors DIR [--protocol P] [--mutate SEED]
                                  runs the public protocol suites of a folder with a manifest.json, generated and interpreted
                                  --mutate changes one expectation per file and fails unless its case fails
cargo xtask models --botocore DIR [--services A,B] [--peers] [--full]
                                  imports real models, generates and checks them, and prints what that costs
                                  --peers checks aws-sdk-ec2, -iam and -sts of the registry too
                                  --full builds them too, and programs that use them; aws-sdk-ec2 takes half an hour of CPU
cargo xtask bench [--sdk]         callsheet beside its peers, in one table; --sdk builds the AWS SDK too, which takes minutes
cargo xtask bench --loopback      whole calls of both transports against a server on this machine, beside the same by hand
cargo xtask builds [--sdk]        clean builds of programs with one call, ours beside others; --sdk adds the AWS SDK, which takes minutes
cargo xtask builds --choices      what features and crates add to a clean build and to the size of a program
cargo xtask budgets               sizes, packages, generated lines and instructions against the limits of budgets.toml
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["generate"] => generate::run(&root(), false),
        ["generate", "--check"] => generate::run(&root(), true),
        ["conformance", flags @ ..] => conformance(flags),
        ["models", flags @ ..] => models(flags),
        ["bench"] => bench::run(&root(), false),
        ["bench", "--loopback"] => bench::loopback(&root()),
        ["bench", "--sdk"] => bench::run(&root(), true),
        ["builds"] => builds::run(&root(), false),
        ["builds", "--sdk"] => builds::run(&root(), true),
        ["builds", "--choices"] => builds::choices(&root()),
        ["budgets"] => budgets::run(&root()),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("unknown task: {}\n\n{HELP}", other.join(" "))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn conformance(flags: &[&str]) -> Result<(), String> {
    let flags = Flags::read(flags, &["--vectors", "--protocol", "--mutate"], &[])?;
    let vectors = flags.get("--vectors").ok_or("--vectors DIR is missing")?;
    let seed = |text: &str| text.parse().map_err(|_| format!("--mutate takes a number, not {text}"));
    let mutate = flags.get("--mutate").map(seed).transpose()?;
    let request = conformance::Request { vectors: Path::new(vectors), protocol: flags.get("--protocol"), mutate };
    conformance::run(&root(), &request)
}

fn models(flags: &[&str]) -> Result<(), String> {
    let flags = Flags::read(flags, &["--botocore", "--services"], &["--peers", "--full"])?;
    let botocore = flags.get("--botocore").ok_or("--botocore DIR is missing")?;
    let request = models::Request {
        botocore: Path::new(botocore),
        services: flags.get("--services"),
        peers: flags.get("--peers").is_some(),
        full: flags.get("--full").is_some(),
    };
    models::run(&root(), &request)
}

/// Flags and their values.
struct Flags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Flags<'a> {
    /// `switches` have no value; they read as themselves.
    fn read(args: &[&'a str], known: &[&str], switches: &[&str]) -> Result<Self, String> {
        let mut flags = Vec::new();
        let mut rest = args;
        while let [flag, tail @ ..] = rest {
            rest = match tail {
                _ if switches.contains(flag) => {
                    flags.push((*flag, *flag));
                    tail
                }
                [value, tail @ ..] if known.contains(flag) => {
                    flags.push((*flag, *value));
                    tail
                }
                _ if known.contains(flag) => return Err(format!("{flag} lacks its value")),
                _ => return Err(format!("unknown flag: {flag}; there are: {}", [known, switches].concat().join(", "))),
            };
        }
        Ok(Self(flags))
    }

    fn get(&self, flag: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == flag).map(|(_, value)| *value)
    }
}

/// The workspace that cargo runs this in.
fn root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or(manifest.clone(), Path::to_path_buf)
}
