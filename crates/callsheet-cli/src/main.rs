//! The `callsheet` program: action-style cloud APIs at a terminal.
//!
//! One module per command, and below `render` one per form of answers. What is decided about protocols is decided in the crates
//! below this one; here is only what a terminal, the environment and files have to do with it.

#![forbid(unsafe_code)]

mod args;
mod bulk;
mod call;
mod check;
mod credentials;
mod exit;
mod generate;
mod import;
mod interrupt;
mod list;
mod preview;
mod progress;
mod render;
mod rows;
mod series;
mod serve;
mod show;
mod specs;
mod tally;
mod terminal;
mod words;

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::args::{Cli, Command};
use crate::exit::Failure;

fn main() -> ExitCode {
    match run(&Cli::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let folder = cli.specs.as_deref();
    match &cli.command {
        Command::List(list) => list::run(list.service.as_deref(), folder),
        Command::Show(show) => show::run(show, folder),
        Command::Call(call) => call::run(call, folder),
        Command::Check(check) => {
            if check.folder.is_some() && cli.has_specs_argument {
                let message = "DIR and --specs both name the folder to check, and cannot be used together";
                return Err(Failure::usage(message));
            }
            check::run(check.folder.as_deref(), folder)
        }
        Command::Serve(serve) => serve::run(serve, folder),
        Command::Generate(generate) => generate::run(generate, folder),
        Command::Import(import) => import::run(import),
        Command::Completions(completions) => {
            let mut script = Vec::new();
            clap_complete::generate(completions.shell, &mut Cli::command(), "callsheet", &mut script);
            Ok(terminal::print_bytes(&script)?)
        }
    }
}
