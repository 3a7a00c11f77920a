//! Generated files on disk.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::File;

/// Writes the files below `folder`, which belongs to the generator alone: other Rust files in it are removed, unchanged ones left alone.
///
/// Gives the paths that changed.
pub fn write(folder: &Path, files: &[File]) -> io::Result<Vec<PathBuf>> {
    let mut changed = Vec::new();
    for stale in stale(folder, files)? {
        match stale {
            Stale::Extra(path) => {
                fs::remove_file(&path)?;
                changed.push(path);
            }
            Stale::Missing(path) | Stale::Different(path) => {
                let Some(file) = files.iter().find(|file| folder.join(&file.path) == path) else { continue };
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                }
                fs::write(&path, &file.text)?;
                changed.push(path);
            }
        }
    }
    Ok(changed)
}

/// How a file differs from what the generator makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// It is not there.
    Missing(PathBuf),
    /// It says something else.
    Different(PathBuf),
    /// The generator does not make it.
    Extra(PathBuf),
}

/// What in `folder` differs from `files`.
pub fn stale(folder: &Path, files: &[File]) -> io::Result<Vec<Stale>> {
    let mut stale = Vec::new();
    let mut known = BTreeSet::new();
    for file in files {
        let path = folder.join(&file.path);
        match fs::read_to_string(&path) {
            Ok(text) if text == file.text => {}
            Ok(_) => stale.push(Stale::Different(path.clone())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => stale.push(Stale::Missing(path.clone())),
            Err(e) => return Err(e),
        }
        known.insert(path);
    }
    extra(folder, &known, &mut stale)?;
    Ok(stale)
}

fn extra(folder: &Path, known: &BTreeSet<PathBuf>, stale: &mut Vec<Stale>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            extra(&path, known, stale)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") && !known.contains(&path) {
            stale.push(Stale::Extra(path));
        }
    }
    Ok(())
}
