//! Files of a spec folder in one text: a line `--- path` begins a file.

#![allow(dead_code, reason = "each test uses what it needs")]

use callsheet_spec::Files;

pub(crate) fn files(text: &str) -> Files {
    let mut files = Files::new();
    add(&mut files, text);
    files
}

pub(crate) fn add(files: &mut Files, text: &str) {
    for (path, text) in parts(text) {
        files.add(path, text);
    }
}

pub(crate) fn parts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("--- ").skip(1).filter_map(|file| file.split_once('\n'))
}
