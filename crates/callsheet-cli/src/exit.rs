//! How the program ends: exit codes and messages.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use callsheet::Error;
use callsheet::error::TransportKind;

use crate::terminal::clean;

/// Why the program ends. Scripts rely on the numbers: they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// The service refused the call or failed, or its job did, or what is waited for cannot become so; or a check found something.
    Refused = 1,
    /// Wrong arguments or parameters.
    Usage = 2,
    /// The network failed.
    Network = 3,
    /// The answer could not be read.
    Answer = 4,
    /// Credentials, region or endpoint are missing or unusable.
    Setup = 5,
    /// Spec files have errors.
    Specs = 6,
    /// A file could not be read or written.
    File = 7,
    /// What was waited for is not so yet.
    Unfinished = 8,
    /// Ctrl-C ended it: what shells say of a program that the signal ended.
    Interrupted = 130,
}

impl Code {
    /// The code of that number.
    pub(crate) fn of(number: u64) -> Option<Self> {
        let all = [
            Self::Refused,
            Self::Usage,
            Self::Network,
            Self::Answer,
            Self::Setup,
            Self::Specs,
            Self::File,
            Self::Unfinished,
        ];
        all.into_iter().find(|code| *code as u64 == number)
    }
}

/// For `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  the service refused the call or failed (HTTP 503 of a gateway too), its job failed, or what
     --until names cannot become so; `check` or `generate --check` found something
  2  wrong arguments, or parameters that break a documented rule; nothing was sent
     (but for a wrong name in --columns where it is the answer that names them: series, maps)
  3  the network failed: no address, no connection, timeout
  4  the answer could not be read, or has nothing to draw; a list changed while it was read
  5  credentials, region or endpoint are missing or unusable
  6  spec files have errors
  7  a file could not be read or written
  8  --wait or --until was given up: the job is not done yet, or it is not so yet
  130  Ctrl-C ended it; what `call` had read until then is shown
With --each, it is the code of the first line that failed, in the order of the lines; or of what ended the run.";

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Why a command failed: what is said, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    message: String,
    hints: Vec<String>,
    /// The reader of the output went away: `callsheet list | head -1`.
    broken_pipe: bool,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hints: Vec::new(), broken_pipe: false }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// The exit code for an error of a call.
    pub(crate) fn code_of(error: &Error) -> Code {
        match error {
            Error::Invalid(_) => Code::Usage,
            Error::Service(_) => Code::Refused,
            // a gateway that speaks for it
            Error::Answer(answer) if answer.status >= 400 => Code::Refused,
            Error::Transport(_) => Code::Network,
            Error::Setup(_) => Code::Setup,
            _ => Code::Answer,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds lines to the message, each with an indent.
    #[must_use]
    pub(crate) fn lines(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        for line in lines {
            let _ = write!(self.message, "\n  {line}");
        }
        self
    }

    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// Message and hints in one piece, for a place among others.
    pub(crate) fn told(&self) -> String {
        let mut text = self.message.clone();
        for hint in &self.hints {
            let _ = write!(text, "; {hint}");
        }
        text
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Adds what to do about it.
    pub(crate) fn add_hint(&mut self, hint: impl Into<String>) {
        self.hints.push(hint.into());
    }

    /// A failure to read or write the file at `path`.
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::new(Code::File, format!("{}: {error}", path.display()))
    }

    /// Says it on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        if self.broken_pipe {
            return ExitCode::SUCCESS;
        }
        if !self.message.is_empty() {
            let mut text = format!("{ERROR}error:{ERROR:#} {}\n", self.message);
            for hint in &self.hints {
                let _ = writeln!(text, "{HINT}hint:{HINT:#} {hint}");
            }
            say(&text);
        }
        ExitCode::from(self.code as u8)
    }
}

/// Standard output could not be written.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self { broken_pipe, ..Self::new(Code::File, format!("standard output: {error}")) }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(violations) => {
                let mut message = String::from(match violations.len() {
                    1 => "a parameter breaks a documented rule; nothing was sent",
                    _ => "parameters break documented rules; nothing was sent",
                });
                for violation in &violations {
                    let _ = write!(message, "\n  {}", clean(&violation.to_string()));
                }
                Self::usage(message).hint("--unchecked sends it all the same, and the service is to judge")
            }
            // the words of a server may have anything in them
            Error::Service(error) => Self::new(Code::Refused, clean(&error.to_string())),
            Error::Transport(error) => {
                let message = clean(&error.to_string());
                match error.kind {
                    // as the TLS library calls it
                    TransportKind::Tls if message.contains("CaUsedAsEndEntity") => Self::new(Code::Network, message)
                        .hint("the server shows the certificate of an authority as its own; it needs one that says CA:FALSE"),
                    TransportKind::Tls => Self::new(Code::Network, message)
                        .hint("--ca-cert FILE trusts other authorities, such as that of a private cloud"),
                    _ => Self::new(Code::Network, message),
                }
            }
            Error::Setup(what) if what.contains("is not encrypted") => {
                Self::new(Code::Setup, what).hint("--allow-http lets the request go out all the same")
            }
            Error::Setup(what) => Self::new(Code::Setup, what),
            error => Self::new(Self::code_of(&error), clean(&error.to_string())),
        }
    }
}

/// Says on standard error what is amiss but stops nothing.
pub(crate) fn warn(message: impl AsRef<str>) {
    say(&format!("{WARNING}warning:{WARNING:#} {}\n", message.as_ref()));
}

/// Says on standard error what may be good to know.
pub(crate) fn note(message: impl AsRef<str>) {
    say(&format!("{HINT}note:{HINT:#} {}\n", message.as_ref()));
}

/// Writes to standard error. When nobody listens there, nobody is to be told.
pub(crate) fn say(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
