//! Patterns with fields that are not plain: chrono reads and writes them.

use std::fmt::{self, Write as _};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// What reads and writes patterns with rare fields. Formats that need it name it, so that a program without such a format goes
/// without.
pub struct Strftime {
    pub(super) write: fn(&mut String, DateTime<Utc>, &str, FixedOffset) -> fmt::Result,
    pub(super) read: fn(&str, &str) -> Option<NaiveDateTime>,
}

// there is but one
impl PartialEq for Strftime {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Strftime {}

impl fmt::Debug for Strftime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Strftime")
    }
}

pub(crate) static STRFTIME: Strftime = Strftime { write, read };

fn write(out: &mut String, time: DateTime<Utc>, pattern: &str, offset: FixedOffset) -> fmt::Result {
    write!(out, "{}", time.with_timezone(&offset).format(pattern))
}

fn read(text: &str, pattern: &str) -> Option<NaiveDateTime> {
    match NaiveDateTime::parse_from_str(text, pattern) {
        Ok(local) => Some(local),
        // a pattern without hours stands for midnight
        Err(_) => NaiveDate::parse_from_str(text, pattern).ok().map(|date| date.and_time(NaiveTime::MIN)),
    }
}
