//! Monitor series, as QingCloud encodes them.
//!
//! The first item carries a time stamp (seconds since the epoch), each later one is a bare value one step after the item before,
//! `[offset, value]` jumps by so many seconds whatever the step, and `"NA"` (or `null`) says that there is no sample.
//! Source: QingCloud's page on the compression of monitor data.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

/// A series as it came: its items in order, not yet spread over time.
///
/// A month of points is a long list, so jumps, which are rare, are kept apart, and samples that are all whole numbers, or all pairs of
/// them, take no more than their numbers do.
#[derive(Clone, Default, PartialEq)]
pub struct Series {
    /// Index and jump of the items that have one, by index.
    jumps: Vec<(usize, i64)>,
    samples: Samples,
}

/// Samples in the closest form that holds them; `Any` if there are none, so that equal ones have one form.
#[derive(Clone, PartialEq)]
enum Samples {
    Any(Vec<Sample>),
    Ints(Vec<i64>),
    Pairs(Vec<[i64; 2]>),
}

impl Default for Samples {
    fn default() -> Self {
        Self::Any(Vec::new())
    }
}

impl Samples {
    fn len(&self) -> usize {
        match self {
            Self::Any(samples) => samples.len(),
            Self::Ints(samples) => samples.len(),
            Self::Pairs(samples) => samples.len(),
        }
    }

    fn get(&self, index: usize) -> Option<Sample> {
        match self {
            Self::Any(samples) => samples.get(index).cloned(),
            Self::Ints(samples) => samples.get(index).copied().map(Sample::Int),
            Self::Pairs(samples) => samples.get(index).copied().map(Sample::IntPair),
        }
    }

    fn push(&mut self, sample: Sample) {
        match (&mut *self, sample) {
            (Self::Ints(samples), Sample::Int(value)) => samples.push(value),
            (Self::Pairs(samples), Sample::IntPair(pair)) => samples.push(pair),
            (Self::Any(samples), Sample::Int(value)) if samples.is_empty() => *self = Self::Ints(vec![value]),
            (Self::Any(samples), Sample::IntPair(pair)) if samples.is_empty() => *self = Self::Pairs(vec![pair]),
            (Self::Any(samples), sample) => samples.push(sample),
            (_, sample) => {
                let all = (0..self.len()).filter_map(|index| self.get(index));
                *self = Self::Any(all.chain([sample]).collect());
            }
        }
    }
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
    /// Appends an item.
    pub fn push(&mut self, item: Item) {
        if let Some(jump) = item.jump {
            self.jumps.push((self.samples.len(), jump));
        }
        self.samples.push(item.sample);
    }

    /// The pairs, if there is nothing else: for a decoder that appends many.
    pub(crate) fn pairs(&mut self) -> Option<&mut Vec<[i64; 2]>> {
        match &mut self.samples {
            Samples::Pairs(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The numbers, if there is nothing else: for a decoder that appends many.
    pub(crate) fn ints(&mut self) -> Option<&mut Vec<i64>> {
        match &mut self.samples {
            Samples::Ints(ints) => Some(ints),
            _ => None,
        }
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Item> {
        let mut jumps = self.jumps.iter().peekable();
        (0..self.len()).map(move |index| Item {
            jump: jumps.next_if(|(at, _)| *at == index).map(|(_, jump)| *jump),
            // there are as many samples as items
            sample: self.samples.get(index).unwrap_or(Sample::Missing),
        })
    }

    /// Spreads the series over time. `step` is that of the request, such as five minutes for `5m` (see [`step`]).
    ///
    /// Nothing is invented: there is one point per item. A sample of which any part is missing is [`Sample::Missing`].
    /// An item whose time lies outside what [`DateTime`] can say ends the series.
    pub fn points(&self, step: TimeDelta) -> impl Iterator<Item = Point> {
        let mut time = 0_i64;
        let mut first = true;
        self.items().map_while(move |item| {
            time = match item.jump {
                Some(stamp) if first => stamp,
                jump => time.checked_add(jump.unwrap_or(step.num_seconds()))?,
            };
            first = false;
            let sample = if item.sample.is_missing() { Sample::Missing } else { item.sample };
            Some(Point { time: DateTime::from_timestamp(time, 0)?, sample })
        })
    }

    /// As [`Series::points`], with missing samples put in before the first one: one per step from `start` (its fraction dropped) on.
    ///
    /// `limit` bounds their number, since both times come from outside.
    pub fn points_from(&self, start: DateTime<Utc>, step: TimeDelta, limit: usize) -> impl Iterator<Item = Point> {
        let first = self.jumps.first().filter(|(at, _)| *at == 0).map(|(_, jump)| *jump);
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

impl FromIterator<Item> for Series {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        let mut series = Self::default();
        items.into_iter().for_each(|item| series.push(item));
        series
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items: Vec<Item> = self.items().collect();
        f.debug_struct("Series").field("items", &items).finish()
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
