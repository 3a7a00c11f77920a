//! The files of a spec folder, in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use crate::problems::Place;

/// A larger file is refused: the largest known API needs half of it.
const LARGEST_FILE: usize = 4 << 20;

/// The files of a spec folder by their paths, in memory: what [`load`](crate::load) reads.
///
/// ```
/// let mut files = callsheet_spec::Files::new();
/// files.add("oos/service.toml", "title = 'CTYUN OOS'");
/// let report = callsheet_spec::load(&files).unwrap_err();
/// assert!(report.to_string().contains("`endpoint` is missing"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Files {
    by_path: BTreeMap<String, FileId>,
    files: Vec<File>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct FileId(usize);

#[derive(Clone, Debug)]
struct File {
    path: String,
    /// The text, or why there is none.
    text: Result<String, String>,
}

impl Files {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces it. The path is relative to the spec folder and has `/` between its parts.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        let text = text.into();
        let text = if text.len() > LARGEST_FILE { Err(too_large(text.len())) } else { Ok(text) };
        self.insert(path.into(), text);
    }

    /// Adds a file of bytes. What is not UTF-8 is reported when a spec uses it.
    pub fn add_bytes(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        match String::from_utf8(bytes.into()) {
            Ok(text) => self.add(path, text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                self.insert(path.into(), Err(format!("the file is not UTF-8 text (byte {at})")));
            }
        }
    }

    /// Reads all files below a folder. Hidden files and folders are left out.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut files = Self::new();
        let mut folders = vec![(folder.to_path_buf(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with('.') {
                    continue;
                }
                let path = format!("{prefix}{name}");
                let metadata = fs::metadata(entry.path())?;
                if metadata.is_dir() {
                    // a link that leads back up would never end
                    if path.split('/').count() <= 8 {
                        folders.push((entry.path(), format!("{path}/")));
                    }
                } else if metadata.len() > LARGEST_FILE as u64 {
                    let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
                    files.insert(path, Err(too_large(length)));
                } else {
                    match fs::read(entry.path()) {
                        Ok(bytes) => files.add_bytes(path, bytes),
                        Err(error) => {
                            files.insert(path, Err(format!("the file cannot be read: {error}")));
                        }
                    }
                }
            }
        }
        Ok(files)
    }

    /// All paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.by_path.keys().map(String::as_str)
    }

    pub(crate) fn id(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    pub(crate) fn path(&self, id: FileId) -> &str {
        self.files.get(id.0).map_or("", |file| &file.path)
    }

    pub(crate) fn text(&self, id: FileId) -> Option<&str> {
        self.content(id).ok()
    }

    /// A place as text: `oos/types.toml:12`.
    pub(crate) fn line(&self, place: Place) -> String {
        let before = self.text(place.file).and_then(|text| text.get(..place.start)).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        format!("{}:{line}", self.path(place.file))
    }

    /// The text of a file, or why there is none.
    pub(crate) fn content(&self, id: FileId) -> Result<&str, &str> {
        match self.files.get(id.0) {
            Some(file) => file.text.as_ref().map(String::as_str).map_err(String::as_str),
            None => Err("there is no such file"),
        }
    }

    fn insert(&mut self, path: String, text: Result<String, String>) {
        match self.by_path.get(&path) {
            Some(id) => {
                if let Some(file) = self.files.get_mut(id.0) {
                    file.text = text;
                }
            }
            None => {
                self.by_path.insert(path.clone(), FileId(self.files.len()));
                self.files.push(File { path, text });
            }
        }
    }
}

impl<P: Into<String>, T: Into<String>> FromIterator<(P, T)> for Files {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> Self {
        let mut all = Self::new();
        for (path, text) in files {
            all.add(path, text);
        }
        all
    }
}

fn too_large(length: usize) -> String {
    format!("the file has {length} bytes, more than the {LARGEST_FILE} that are read")
}
