//! What is done already: a file that survives whatever ends the program.
//!
//! Each record is a line of JSON, on disk before anything follows from it. What is not safe to repeat has a record before it is
//! sent: without a result behind it, nobody knows whether the service did it, and it is not sent again. The file is locked as long
//! as a run has it, so that two runs cannot both take a line for not yet called.
//!
//! The first line says what was called by whom, each record which line of the file it is about: as marks, see [`Salt`].

use std::collections::BTreeMap;
use std::fs::{self, File, FileType, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::Value as Json;

use super::mark::Salt;
use super::result::Failed;
use crate::exit::{Code, Failure};

/// The form of journals. One of another form is refused: form 1 did not say whose it was.
const FORM: u64 = 2;

/// How a head begins, to tell one that was cut off from a file of another kind.
const HEAD: &str = "{\"callsheet_journal\":";

/// What a journal is of.
pub(super) struct Subject {
    /// Service and action, for who looks into the file.
    pub(super) name: String,
    /// All that changes what the lines ask for, and what it is.
    pub(super) call: Vec<(&'static str, String)>,
    /// Whose calls they are.
    pub(super) account: String,
}

/// A line, as a journal knows it again.
#[derive(Clone, Copy)]
pub(super) struct Told<'t> {
    /// Its number in the file.
    pub(super) number: usize,
    /// What it says.
    pub(super) texts: &'t [String],
}

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
    salt: Salt,
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
    /// Opens a journal, or begins one. A journal of something else, or of other lines, is refused.
    pub(super) fn open<'t>(
        path: &Path,
        subject: &Subject,
        lines: impl Iterator<Item = Told<'t>>,
    ) -> Result<(Self, BTreeMap<usize, Known>), Failure> {
        let mut file = lock(path)?;
        let fail = |error: &io::Error| Failure::file(path, error);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|e| fail(&e))?;
        // what was being written when the program was ended counts for nothing, and may end within a character
        let mut whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (text, torn) = bytes.split_at(whole);
        // before anything is changed: it may be a file of another kind, named by mistake
        let text = std::str::from_utf8(text).map_err(|_| no_journal(path))?;
        let (salt, known) = if let Some((head, records)) = text.split_once('\n') {
            let (salt, same_account) = subject.salt_of(head, path)?;
            let known = read(path, records, salt, lines)?;
            if same_account {
                (Some(salt), known)
            } else if has_done_nothing(records) {
                // the key was wrong, most likely, and is put right
                whole = 0;
                (None, BTreeMap::new())
            } else {
                let message = format!("{}: this journal is of another account (access key id)", path.display());
                return Err(Failure::usage(message)
                    .hint("what one account has done is not done for another: name another file"));
            }
        } else if torn.starts_with(HEAD.as_bytes()) || HEAD.as_bytes().starts_with(torn) {
            (None, BTreeMap::new())
        } else {
            return Err(no_journal(path));
        };
        file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(|e| fail(&e))?;
        let end = Mutex::new(End { file, whole: whole as u64, broken: false });
        let path = path.to_owned();
        if let Some(salt) = salt {
            return Ok((Self { path, salt, end }, known));
        }
        let salt = Salt::new()?;
        let journal = Self { path, salt, end };
        journal.write(&format!("{}\n", subject.head(salt)))?;
        sync_folder(&journal.path);
        Ok((journal, known))
    }

    /// Writes down that a line is about to be sent.
    pub(super) fn begin(&self, line: Told<'_>, token: Option<&str>) -> Result<(), Failure> {
        let token = token.map_or(Json::Null, Json::from);
        self.write(&format!(
            "{{\"begun\":{},\"of\":\"{}\",\"token\":{token}}}\n",
            line.number,
            self.salt.mark(line.texts)
        ))
    }

    /// Writes down a result.
    pub(super) fn done(&self, line: Told<'_>, result: &str) -> Result<(), Failure> {
        self.write(&format!(
            "{{\"done\":{},\"of\":\"{}\",\"result\":{result}}}\n",
            line.number,
            self.salt.mark(line.texts)
        ))
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

impl Subject {
    /// The first line of a journal.
    fn head(&self, salt: Salt) -> String {
        let name = Json::from(self.name.as_str());
        let (call, account) = self.marks(salt);
        let salt = salt.hex();
        format!("{HEAD}{FORM},\"run\":{name},\"salt\":\"{salt}\",\"call\":\"{call}\",\"account\":\"{account}\"}}")
    }

    fn marks(&self, salt: Salt) -> (String, String) {
        (salt.mark(self.call.iter().flat_map(|(what, text)| [*what, text])), salt.mark([&self.account]))
    }

    /// The salt of the journal with this first line, if it is one of this call, and whether it is one of this account.
    fn salt_of(&self, head: &str, path: &Path) -> Result<(Salt, bool), Failure> {
        let json: Json = serde_json::from_str(head).map_err(|_| no_journal(path))?;
        let form = json.get("callsheet_journal").and_then(Json::as_u64).ok_or_else(|| no_journal(path))?;
        if form != FORM {
            let version = if form < FORM { "an earlier" } else { "a later" };
            let message = format!("{}: this journal was written by {version} version of the program", path.display());
            return Err(Failure::usage(message)
                .hint("let that version end the run; or name another file, which begins at the first line"));
        }
        let text = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default();
        let salt = Salt::of_hex(text("salt")).ok_or_else(|| no_journal(path))?;
        let (call, account) = self.marks(salt);
        if text("call") != call {
            return Err(no_journal(path));
        }
        Ok((salt, text("account") == account))
    }
}

fn no_journal(path: &Path) -> Failure {
    let message = format!("{}: this journal is not one of this call", path.display());
    Failure::usage(message)
        .hint("a journal fits one action with its parameters, headers, region and endpoint; name another file")
}

/// The records of a journal, which begin at the second line. The last one about a line counts.
fn read<'t>(
    path: &Path,
    records: &str,
    salt: Salt,
    lines: impl Iterator<Item = Told<'t>>,
) -> Result<BTreeMap<usize, Known>, Failure> {
    let lines: BTreeMap<usize, String> = lines.map(|line| (line.number, salt.mark(line.texts))).collect();
    let mut known = BTreeMap::new();
    for (index, record) in records.lines().enumerate() {
        let bad = || {
            let place = format!("{}:{}", path.display(), index + 2);
            Failure::new(Code::File, format!("{place}: this is no record of a journal"))
        };
        let json: Json = serde_json::from_str(record).map_err(|_| bad())?;
        let number = json.get("begun").or(json.get("done")).and_then(Json::as_u64).ok_or_else(bad)?;
        let number = usize::try_from(number).map_err(|_| bad())?;
        let of = json.get("of").and_then(Json::as_str).unwrap_or_default();
        if lines.last_key_value().is_none_or(|(last, _)| number > *last) {
            let last = lines.last_key_value().map_or(0, |(last, _)| *last);
            let message = format!(
                "{}: line {number} is not there any more: the file of --each ends with line {last}, and had more lines \
                 when this journal was written",
                path.display()
            );
            return Err(Failure::usage(message).hint(
                "put the lines back, to go on where it was; or name another journal, which begins at the first line",
            ));
        }
        if lines.get(&number).is_none_or(|mark| mark != of) {
            let message = format!("{}: line {number} is not what it was when this journal was written", path.display());
            return Err(Failure::usage(message).hint("a journal fits one file of --each; name another journal"));
        }
        let entry = if json.get("begun").is_some() {
            Known::Begun(json.get("token").and_then(Json::as_str).map(str::to_owned))
        } else {
            let result = result_of(record).ok_or_else(bad)?;
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

/// Whether the service has certainly done nothing: all that was sent was refused, each time.
fn has_done_nothing(records: &str) -> bool {
    let (done, begun): (Vec<_>, Vec<_>) = records.lines().map(result_of).partition(Option::is_some);
    begun.len() <= done.len()
        && done.into_iter().flatten().all(|result| Failed::of(result).is_some_and(|failed| !failed.maybe))
}

/// The result in a record, as it was written, to the byte.
fn result_of(record: &str) -> Option<&str> {
    record.split_once(",\"result\":").and_then(|(_, rest)| rest.strip_suffix('}'))
}

/// A new file is there for good when its folder is written too. Not every system can do that, and none needs it to go on.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_refused_each_time_was_not_done() {
        let begun = "{\"begun\":1,\"of\":\"0\",\"token\":null}\n";
        let result = |result: &str| format!("{{\"done\":1,\"of\":\"0\",\"result\":{result}}}\n");
        let refused = result(r#"{"error":{"may_have_been_done":false}}"#);
        let unknown = result(r#"{"error":{"may_have_been_done":true}}"#);
        let answered = result(r#"{"answer":{}}"#);
        for (records, nothing) in [
            (String::new(), true),
            (refused.clone(), true),
            (format!("{begun}{refused}{begun}{refused}"), true),
            (begun.to_owned(), false),
            // ended while it was sent, and refused later
            (format!("{begun}{begun}{refused}"), false),
            (format!("{begun}{unknown}{begun}{refused}"), false),
            (answered, false),
        ] {
            assert_eq!(has_done_nothing(&records), nothing, "{records}");
        }
    }
}
