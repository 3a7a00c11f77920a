//! What is done already: a file that survives whatever ends the program.
//!
//! Each record is a line of JSON, on disk before anything follows from it. What is not safe to repeat has a record before it is
//! sent: without a result behind it, nobody knows whether the service did it, and it is not sent again.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
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
    file: Mutex<File>,
}

impl Journal {
    /// Opens a journal, or begins one. `run` says what is called: a journal of something else is refused.
    pub(super) fn open(path: &Path, run: &str, lines: &[Line]) -> Result<(Self, BTreeMap<usize, Known>), Failure> {
        let fail = |error: &std::io::Error| Failure::file(path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // results may be secret, such as a new key
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|e| fail(&e))?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|e| fail(&e))?;
        let head = format!("{{\"callsheet_journal\":1,\"run\":{}}}", Json::from(run));
        // before anything is changed: it may be a file of another kind, named by mistake
        if !text.is_empty() && !text.starts_with(&format!("{head}\n")) && !head.starts_with(&text) {
            let message = format!("{}: this journal is not one of this call", path.display());
            return Err(
                Failure::usage(message).hint("a journal fits one service, action and command line; name another file")
            );
        }
        // what was being written when the program was ended counts for nothing
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(|e| fail(&e))?;
        let text = text.get(..whole).unwrap_or_default();
        let mut known = BTreeMap::new();
        if text.is_empty() {
            file.write_all(format!("{head}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(|e| fail(&e))?;
            sync_folder(path);
        } else {
            known = read(path, text, lines)?;
        }
        Ok((Self { path: path.to_owned(), file: Mutex::new(file) }, known))
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
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file.write_all(record.as_bytes()).and_then(|()| file.sync_data());
        written.map_err(|error| Failure::file(&self.path, &error))
    }
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
