//! How far it is, where somebody watches.

use std::fmt;

use callsheet::call::Quota;
use indicatif::ProgressState;

use crate::exit::say;

/// A bar on standard error, or nothing.
#[derive(Clone)]
pub(super) struct Bar(Option<indicatif::ProgressBar>);

impl Bar {
    /// Of so many lines. `quota`: the one in which they wait for their turn.
    pub(super) fn new(lines: usize, quota: Option<&Quota>) -> Self {
        use std::io::IsTerminal as _;

        if !std::io::stderr().is_terminal() || lines < 2 {
            return Self(None);
        }
        let bar = indicatif::ProgressBar::new(lines as u64);
        if let Ok(style) = indicatif::ProgressStyle::with_template(&template(quota)) {
            let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
                // a bar has nowhere to tell of it
                let _ = out.write_str(&rate(state.per_sec()));
            };
            bar.set_style(style.with_key("rate", rate));
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

    /// Leaves the line of the bar, without waiting for anybody who holds it.
    pub(super) fn pass(&self) {
        if self.0.is_some() {
            say("\n");
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// What stands beside the bar. Where lines wait for their turn, the first ones tell nothing of the time that is left.
fn template(quota: Option<&Quota>) -> String {
    match quota {
        Some(quota) => format!("{{wide_bar}} {{pos}}/{{len}}{{msg}}, {{elapsed}}, at most {quota}"),
        None => "{wide_bar} {pos}/{len}{msg}, {rate}, {eta} left".to_owned(),
    }
}

/// Lines in a second, as precisely as somebody reads it.
fn rate(per_second: f64) -> String {
    let decimals = if per_second < 10.0 { 1 } else { 0 };
    format!("{per_second:.decimals$}/s")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn lines_that_wait_are_told_what_for() {
        let quota = Quota::new(3, Duration::from_secs(10));
        assert_eq!(template(Some(&quota)), "{wide_bar} {pos}/{len}{msg}, {elapsed}, at most 3 calls in 10 seconds");
        assert!(template(None).ends_with("{eta} left"));
    }

    #[test]
    fn rates_are_short() {
        let rates = [0.0, 0.26, 1.2345, 12.3456, 1234.5678].map(rate);
        assert_eq!(rates, ["0.0/s", "0.3/s", "1.2/s", "12/s", "1235/s"]);
    }
}
