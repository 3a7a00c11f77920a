//! How far it is, where somebody watches.

/// A bar on standard error, or nothing.
pub(super) struct Bar(Option<indicatif::ProgressBar>);

impl Bar {
    pub(super) fn new(lines: usize) -> Self {
        use std::io::IsTerminal as _;

        if !std::io::stderr().is_terminal() || lines < 2 {
            return Self(None);
        }
        let bar = indicatif::ProgressBar::new(lines as u64);
        let template = "{wide_bar} {pos}/{len}{msg}, {per_sec}, {eta} left";
        if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    pub(super) fn step(&self, failures: usize) {
        if let Some(bar) = &self.0 {
            if failures > 0 {
                bar.set_message(format!(", {failures} failed"));
            }
            bar.inc(1);
        }
    }

    /// Takes the bar out of the way while something else is written.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
