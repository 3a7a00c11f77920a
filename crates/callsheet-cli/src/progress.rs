//! How far a command is, where somebody watches.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line at the end of the terminal, which goes away at the end. It appears when there is something to tell.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Tells how far it is: so much of so much, if that is known, and in words.
    pub(crate) fn tell(&mut self, position: u64, length: Option<u64>, words: impl Into<String>) {
        if !io::stderr().is_terminal() {
            return;
        }
        let words = words.into();
        let is_new = self.bar.is_none();
        let bar = self.bar.get_or_insert_with(|| ProgressBar::no_length().with_message(words.clone()));
        let template = match length {
            Some(_) => "{wide_bar} {msg}, {elapsed}, {eta} left",
            None => "{spinner} {msg}, {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        if let Some(length) = length {
            bar.set_length(length);
        }
        bar.set_position(position);
        bar.set_message(words);
        if is_new {
            // the time goes on while a call takes long
            bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    /// Does what writes to the terminal, without the line in its way.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
