//! `callsheet import`

use std::fs;
use std::path::{Path, PathBuf};

use callsheet_import::{Inputs, Source, botocore};

use crate::args::{Import, Origin};
use crate::exit::{Code, Failure};
use crate::terminal;
use crate::words::count;

/// A model file: its path, the name that messages give it, its text.
struct Model {
    name: String,
    text: String,
}

pub(crate) fn run(args: &Import) -> Result<(), Failure> {
    let files = match args.origin {
        Origin::Botocore => from_botocore(args)?,
    };
    let mut service = PathBuf::new();
    for (path, text) in &files {
        let path = args.out.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
            service = folder.to_owned();
        }
        fs::write(&path, text).map_err(|error| Failure::file(&path, &error))?;
    }
    Ok(terminal::print(&format!("{}: {} written\n", service.display(), count(files.len(), "file")))?)
}

fn from_botocore(args: &Import) -> Result<Vec<(String, String)>, Failure> {
    let paginators = find(&args.files, "paginators")?;
    let waiters = find(&args.files, "waiters")?;
    let Some(service) = find(&args.files, "service")? else {
        return Err(Failure::usage("no file is called service-*.json: that is the model of the service"));
    };
    let inputs = Inputs {
        paginators: paginators.as_ref().map(Model::source),
        waiters: waiters.as_ref().map(Model::source),
        id: args.id.as_deref(),
        ..Inputs::new(service.source())
    };
    botocore(inputs).map_err(|error| Failure::new(Code::Specs, error.to_string()))
}

impl Model {
    fn source(&self) -> Source<'_> {
        Source { name: &self.name, text: &self.text }
    }
}

/// Reads the one file whose name begins with `kind`.
fn find(files: &[PathBuf], kind: &str) -> Result<Option<Model>, Failure> {
    let named = |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(kind));
    let mut found = files.iter().filter(named);
    let Some(path) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(Failure::usage(format!("two files are called {kind}-*.json; one service is imported at a time")));
    }
    let text = read(path)?;
    Ok(Some(Model { name: path.display().to_string(), text }))
}

fn read(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file(path, &error))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(Failure::new(Code::File, format!("{}: packed with gzip", path.display()))
            .hint(format!("unpack it first: gunzip --keep {}", path.display())));
    }
    String::from_utf8(bytes).map_err(|_| Failure::new(Code::File, format!("{}: no text", path.display())))
}
