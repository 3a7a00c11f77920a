//! What is done already: a file that survives whatever ends the program.
//!
//! Each record is a line of JSON, on disk before anything follows from it. What is not safe to repeat has a record before it is
//! sent: without a result behind it, nobody knows whether the service did it, and it is not sent again. The file is locked as long
//! as a run has it, so that two runs cannot both take a line for not yet called.

use std::collections::BTreeMap;
use std::fs::{self, File, FileType, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::Value as Json;

use super::lines::Line;
use crate::exit::{Code, Failure};

/// What an earlier run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It was about to be sent, with this idempotency token, if it has one.
    Begun(Option<String>),
    /// Its result, as it was printed, and the idempotency token that it was sent with, if it had one.
    Done { result: String, token: Option<String> },
}

/// The journal of a run.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    end: Mutex<End>,
}

/// Where records are added.
#[derive(Debug)]
struct End {
    file: File,
    /// Bytes of whole records.
    whole: u64,
    /// A record could not be written: after a piece of it, no other one could be read.
    broken: bool,
}

impl Journal {
    /// Opens a journal, or begins one. `run` says what is called: a journal of something else is refused.
    pub(super) fn open(path: &Path, run: &str, lines: &[Line]) -> Result<(Self, BTreeMap<usize, Known>), Failure> {
        let mut file = lock(path)?;
        let fail = |error: &io::Error| Failure::file(path, error);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|e| fail(&e))?;
        // what was being written when the program was ended counts for nothing, and may end within a character
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (text, torn) = bytes.split_at(whole);
        let text = std::str::from_utf8(text).map_err(|_| no_journal(path))?;
        let head = format!("{{\"callsheet_journal\":1,\"run\":{}}}", Json::from(run));
        // before anything is changed: it may be a file of another kind, named by mistake
        let fits =
            if text.is_empty() { head.as_bytes().starts_with(torn) } else { text.starts_with(&format!("{head}\n")) };
        if !fits {
            return Err(no_journal(path));
        }
        let known = read(path, text, lines)?;
        file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(|e| fail(&e))?;
        let end = End { file, whole: whole as u64, broken: false };
        let journal = Self { path: path.to_owned(), end: Mutex::new(end) };
        if text.is_empty() {
            journal.write(&format!("{head}\n"))?;
            sync_folder(path);
        }
        Ok((journal, known))
    }

    /// Writes down that a line is about to be sent.
    pub(super) fn begin(&self, line: &Line, token: Option<&str>) -> Result<(), Failure> {
        let token = token.map_or(Json::Null, Json::from);
        self.write(&format!("{{\"begun\":{},\"of\":\"{:016x}\",\"token\":{token}}}\n", line.number, line.fingerprint))
    }

    /// Writes down a result.
    pub(super) fn done(&self, line: &Line, result: &str) -> Result<(), Failure> {
        self.write(&format!("{{\"done\":{},\"of\":\"{:016x}\",\"result\":{result}}}\n", line.number, line.fingerprint))
    }

    fn write(&self, record: &str) -> Result<(), Failure> {
        // a record that was cut off by a panic is left for the next run to drop
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        if end.broken {
            let message = format!("{}: nothing is added after what could not be written", self.path.display());
            return Err(Failure::new(Code::File, message));
        }
        // a panic leaves it so
        end.broken = true;
        let whole = end.whole;
        let End { file, .. } = &mut *end;
        let written = file.write_all(record.as_bytes()).and_then(|()| file.sync_data());
        if let Err(error) = written {
            // if that fails too, the next run drops it
            let _ = file.set_len(whole);
            return Err(Failure::file(&self.path, &error));
        }
        end.whole += record.len() as u64;
        end.broken = false;
        Ok(())
    }
}

/// Opens a file that is there or not, for this run alone.
fn lock(path: &Path) -> Result<File, Failure> {
    let fail = |error: &io::Error| Failure::file(path, error);
    let is_regular = |kind: FileType| match called(kind) {
        None => Ok(()),
        Some(kind) => {
            let message = format!("{}: this is {kind}; a journal must be a regular file", path.display());
            Err(Failure::new(Code::File, message).hint("it is read again when the same command goes on where it was"))
        }
    };
    // before it is opened, which does something to a pipe and to some devices
    match fs::metadata(path) {
        Ok(metadata) => is_regular(metadata.file_type())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(fail(&error)),
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    // results may be secret, such as a new key
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|e| fail(&e))?;
    is_regular(file.metadata().map_err(|e| fail(&e))?.file_type())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("{}: another run holds this journal; nothing was sent", path.display());
            Err(Failure::new(Code::File, message)
                .hint("wait for its end, or end it: the same command then goes on where it was"))
        }
        Err(TryLockError::Error(error)) => {
            let message = format!("{}: this file cannot be locked: {error}", path.display());
            Err(Failure::new(Code::File, message)
                .hint("name a file on a local disk: without a lock, a second run could call the same lines"))
        }
    }
}

/// What a file is that is no regular one.
fn called(kind: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;

        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    match kind {
        kind if kind.is_dir() => Some("a folder"),
        kind if kind.is_file() => None,
        _ => Some("no file"),
    }
}

fn no_journal(path: &Path) -> Failure {
    let message = format!("{}: this journal is not one of this call", path.display());
    Failure::usage(message).hint("a journal fits one service, action and command line; name another file")
}

/// The records of a journal. The last one about a line counts.
fn read(path: &Path, text: &str, lines: &[Line]) -> Result<BTreeMap<usize, Known>, Failure> {
    let lines: BTreeMap<usize, &Line> = lines.iter().map(|line| (line.number, line)).collect();
    let mut known = BTreeMap::new();
    for (index, record) in text.lines().enumerate().skip(1) {
        let bad = || {
            let place = format!("{}:{}", path.display(), index + 1);
            Failure::new(Code::File, format!("{place}: this is no record of a journal"))
        };
        let json: Json = serde_json::from_str(record).map_err(|_| bad())?;
        let number = json.get("begun").or(json.get("done")).and_then(Json::as_u64).ok_or_else(bad)?;
        let number = usize::try_from(number).map_err(|_| bad())?;
        let of = json.get("of").and_then(Json::as_str).unwrap_or_default();
        if lines.get(&number).is_none_or(|line| format!("{:016x}", line.fingerprint) != of) {
            let message = format!("{}: line {number} is not what it was when this journal was written", path.display());
            return Err(Failure::usage(message).hint("a journal fits one file of --each; name another journal"));
        }
        let entry = if json.get("begun").is_some() {
            Known::Begun(json.get("token").and_then(Json::as_str).map(str::to_owned))
        } else {
            // as it was written, to the byte
            let result =
                record.split_once(",\"result\":").and_then(|(_, rest)| rest.strip_suffix('}')).ok_or_else(bad)?;
            let token = match known.remove(&number) {
                Some(Known::Begun(token) | Known::Done { token, .. }) => token,
                None => None,
            };
            Known::Done { result: result.to_owned(), token }
        };
        known.insert(number, entry);
    }
    Ok(known)
}

/// A new file is there for good when its folder is written too. Not every system can do that, and none needs it to go on.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
