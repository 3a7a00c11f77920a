//! Options of calls that belong together: pages of a list, waiting for a job or a state, spans of a long time.

use std::time::Duration;

use callsheet::sequence::Cursor;
use clap::Args;

use super::duration;

const HEADING: &str = "More than one call";

/// Calls that belong together.
#[derive(Args, Debug)]
pub(crate) struct Sequence {
    /// Read the whole list, page after page, and show it as one answer. --timeout is the time of each call. Ctrl-C shows what was
    /// read, and says how to go on.
    #[arg(long, conflicts_with_all = ["wait", "file"], help_heading = HEADING)]
    pub(crate) all: bool,
    /// With --all: stop after this many items, and say how to go on.
    #[arg(long, value_name = "NUMBER", requires = "all", value_parser = positive, help_heading = HEADING)]
    pub(crate) max_items: Option<usize>,
    /// With --all: go on at the place where an earlier call stopped, which named it. The parameters have to be the same.
    #[arg(long, value_name = "PLACE", requires = "all", help_heading = HEADING)]
    pub(crate) cursor: Option<Cursor>,

    /// Wait until the job that the action starts has ended, and show how.
    ///
    /// Exit code 1: the job failed. 8: it was not done in time, and goes on.
    #[arg(long, conflicts_with = "file", help_heading = HEADING)]
    pub(crate) wait: bool,
    /// Call again until this is so, and show the last answer: `running`. `callsheet show` names what an action knows.
    ///
    /// Exit code 1: it cannot become so any more. 8: it was not so in time, and may become so.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["wait", "all", "file"], help_heading = HEADING)]
    pub(crate) until: Option<String>,
    /// With --wait or --until: give up after this time, such as `90s` or `2h`. Without it, after half an hour at most.
    #[arg(long, value_name = "TIME", requires = "waits", value_parser = duration, help_heading = HEADING)]
    pub(crate) wait_timeout: Option<Duration>,
    /// With --wait or --until: ask about this often, such as `10s`. Without it, less and less often.
    #[arg(long, value_name = "TIME", requires = "waits", value_parser = duration, help_heading = HEADING)]
    pub(crate) wait_every: Option<Duration>,

    /// Split a span of time into calls of at most this length, such as `12h` or `7d`, and join their answers.
    ///
    /// A span that is longer than what one call may cover, as far as the spec knows, is split in any case; `none` sends it as it is.
    /// With --each a line is one call, and one whose span is too long is refused.
    #[arg(long, value_name = "TIME", value_parser = split, conflicts_with = "file", help_heading = HEADING)]
    pub(crate) split: Option<Split>,
}

/// What `--split` says: the longest time of one call; `None` for no limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split(pub(crate) Option<Duration>);

fn split(text: &str) -> Result<Split, String> {
    if text == "none" { Ok(Split(None)) } else { Ok(Split(Some(duration(text)?))) }
}

fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "expected a whole number from 1".to_owned())
}
