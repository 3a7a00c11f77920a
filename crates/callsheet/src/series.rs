//! Monitor series, as QingCloud encodes them.
//!
//! The first item carries a time stamp (seconds since the epoch), each later one is a bare value one step after the item before,
//! `[offset, value]` jumps by so many seconds whatever the step, and `"NA"` (or `null`) says that there is no sample.
//! Source: QingCloud's page on the compression of monitor data.

use chrono::{DateTime, TimeDelta, Utc};

/// A series as it came: its items in order, not yet spread over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The items.
    pub items: Vec<Item>,
}

/// One item of a [`Series`].
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The first item: its time in seconds since the epoch. Later ones: seconds since the item before, or `None` for one step.
    pub jump: Option<i64>,
    /// What was measured.
    pub sample: Sample,
}

/// What was measured at one time.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// No valid sample: `"NA"` or `null`.
    Missing,
    /// A whole number.
    Int(i64),
    /// A number with a fraction, or too large for 64 bits.
    Float(f64),
    /// Two whole numbers, such as in and out.
    IntPair([i64; 2]),
    /// Two numbers of which one has a fraction.
    FloatPair([f64; 2]),
    /// A text, such as parts joined with a vertical bar.
    Text(Box<str>),
    /// Anything else in a list: more or fewer than two members, or a pair in which one is missing.
    List(Box<[Sample]>),
}

impl Sample {
    /// The numbers in it: one for a number, two for a pair, those of the parts of a text or list; `None` stands for a part that is no number.
    pub fn numbers(&self) -> Vec<Option<f64>> {
        match self {
            Self::Missing => vec![None],
            Self::Int(v) => vec![Some(*v as f64)],
            Self::Float(v) => vec![Some(*v)],
            Self::IntPair(pair) => pair.iter().map(|v| Some(*v as f64)).collect(),
            Self::FloatPair(pair) => pair.iter().map(|v| Some(*v)).collect(),
            Self::Text(text) => text.split('|').map(|part| part.trim().parse().ok()).collect(),
            Self::List(samples) => samples.iter().flat_map(Self::numbers).collect(),
        }
    }

    /// Whether there is no valid sample: missing, or a list of which a member is missing.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::List(samples) => samples.iter().any(Self::is_missing),
            _ => false,
        }
    }
}

/// A sample at its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// When it was measured.
    pub time: DateTime<Utc>,
    /// What was measured.
    pub sample: Sample,
}

impl Series {
    /// Spreads the series over time. `step` is that of the request, such as five minutes for `5m` (see [`step`]).
    ///
    /// Nothing is invented: there is one point per item. A sample of which any part is missing is [`Sample::Missing`].
    /// An item whose time lies outside what [`DateTime`] can say ends the series.
    pub fn points(&self, step: TimeDelta) -> impl Iterator<Item = Point> {
        let mut time = 0_i64;
        let mut first = true;
        self.items.iter().map_while(move |item| {
            time = match item.jump {
                Some(stamp) if first => stamp,
                jump => time.checked_add(jump.unwrap_or(step.num_seconds()))?,
            };
            first = false;
            let sample = if item.sample.is_missing() { Sample::Missing } else { item.sample.clone() };
            Some(Point { time: DateTime::from_timestamp(time, 0)?, sample })
        })
    }

    /// As [`Series::points`], with missing samples put in before the first one: one per step from `start` (its fraction dropped) on.
    ///
    /// `limit` bounds their number, since both times come from outside.
    pub fn points_from(&self, start: DateTime<Utc>, step: TimeDelta, limit: usize) -> impl Iterator<Item = Point> {
        let first = self.items.first().and_then(|item| item.jump);
        let seconds = step.num_seconds().max(1);
        let start = start.timestamp();
        let count = first.map_or(0, |first| (first.saturating_sub(start).max(0) as u64).div_ceil(seconds as u64));
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(limit);
        (0..count)
            .map_while(move |i| {
                let time = start.checked_add(seconds.checked_mul(i64::try_from(i).ok()?)?)?;
                Some(Point { time: DateTime::from_timestamp(time, 0)?, sample: Sample::Missing })
            })
            .chain(self.points(step))
    }
}

/// The length of a step such as `5m`, `2h` or `1d`; `None` if the text is none.
pub fn step(text: &str) -> Option<TimeDelta> {
    let unit_at = text.len().checked_sub(1)?;
    let (number, unit) = text.split_at_checked(unit_at)?;
    let number = number.parse().ok().filter(|n| *n > 0)?;
    match unit {
        "s" => TimeDelta::try_seconds(number),
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        _ => None,
    }
}
