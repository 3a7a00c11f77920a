//! Monitor series: what each item means is known only from the items around it.

use std::fmt;

use serde_core::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use crate::series::{Item, Sample, Series};

/// From its own encoding, in any format of serde.
impl<'de> Deserialize<'de> for Series {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Whole)
    }
}

struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Series;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a monitor series")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Series, A::Error> {
        SeriesVisitor.visit_seq(seq).map_err(|(index, reason)| match reason {
            Ok(reason) => A::Error::custom(format_args!("item {index}: {reason}")),
            Err(error) => error,
        })
    }
}

/// Reads the items of a series.
pub(super) struct SeriesVisitor;

/// Index of the item where it failed, and our reason or serde's error.
pub(super) type Failure<E> = (usize, Result<String, E>);

impl SeriesVisitor {
    pub(super) fn visit_seq<'de, A: SeqAccess<'de>>(self, mut seq: A) -> Result<Series, Failure<A::Error>> {
        let mut raw: Vec<Raw> = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(1024));
        loop {
            match seq.next_element_seed(RawSeed { level: 0 }) {
                Ok(Some(item)) => raw.push(item),
                Ok(None) => break,
                Err(error) => return Err((raw.len(), Err(error))),
            }
        }
        resolve(raw).map_err(|(index, reason)| (index, Ok(reason)))
    }
}

/// An item as it stands in the JSON.
enum Raw {
    One(Sample),
    /// `[a, b]` of two whole numbers: a pair, or a jump to a number.
    Ints(i64, i64),
    List(Vec<Raw>),
}

/// Tells values from jumps.
///
/// For pairs, `[14, 13]` is a value and `[3000, [11, 10]]` a jump; for numbers and texts, every list behind the first item is a jump.
/// The first item tells which it is, unless its value is missing: then the first later item that can only be one of the two.
fn resolve(raw: Vec<Raw>) -> Result<Series, (usize, String)> {
    let mut raw = raw.into_iter();
    let Some(first) = raw.next() else { return Ok(Series::default()) };
    let (stamp, value) = split(first).map_err(|_| (0, "expected [time stamp, value] as the first item".to_owned()))?;
    let rest: Vec<Raw> = raw.collect();
    let pairs = match &value {
        Raw::Ints(..) | Raw::List(_) => true,
        Raw::One(Sample::Missing) => rest.iter().find_map(tells_pairs).unwrap_or(true),
        Raw::One(_) => false,
    };
    let mut items = Series::default();
    items.push(Item { jump: Some(stamp), sample: sample(value) });
    for (index, raw) in rest.into_iter().enumerate() {
        let jumps = match &raw {
            Raw::One(_) => false,
            Raw::Ints(..) => !pairs,
            Raw::List(list) => {
                !pairs || matches!(list.as_slice(), [Raw::One(Sample::Int(_)), Raw::Ints(..) | Raw::List(_)])
            }
        };
        items.push(if jumps {
            let (offset, value) =
                split(raw).map_err(|_| (index + 1, "expected a value or [offset in seconds, value]".to_owned()))?;
            Item { jump: Some(offset), sample: sample(value) }
        } else {
            Item { jump: None, sample: sample(raw) }
        });
    }
    Ok(items)
}

/// Whether this item shows that values are pairs; `None` if it fits both readings.
fn tells_pairs(raw: &Raw) -> Option<bool> {
    match raw {
        Raw::One(Sample::Missing) | Raw::Ints(..) => None,
        Raw::One(_) => Some(false),
        Raw::List(list) => match list.as_slice() {
            [_, Raw::Ints(..) | Raw::List(_)] => Some(true),
            // [900, "6|6|6|32"] jumps to a text; a pair has no texts
            [_, Raw::One(Sample::Text(_))] => Some(false),
            _ => None,
        },
    }
}

/// `[whole number, value]`
fn split(raw: Raw) -> Result<(i64, Raw), ()> {
    match raw {
        Raw::Ints(stamp, value) => Ok((stamp, Raw::One(Sample::Int(value)))),
        Raw::List(list) => {
            let mut list = list.into_iter();
            match (list.next(), list.next(), list.next()) {
                (Some(Raw::One(Sample::Int(stamp))), Some(value), None) => Ok((stamp, value)),
                // three members break the stated encoding; GetLoadBalancerMonitor's page prints one, and the rest can only be the value
                (Some(Raw::One(Sample::Int(stamp))), Some(second), Some(third)) => {
                    let mut value = vec![second, third];
                    value.extend(list);
                    Ok((stamp, Raw::List(value)))
                }
                _ => Err(()),
            }
        }
        Raw::One(_) => Err(()),
    }
}

fn sample(raw: Raw) -> Sample {
    match raw {
        Raw::One(sample) => sample,
        Raw::Ints(a, b) => Sample::IntPair([a, b]),
        Raw::List(list) => match list.as_slice() {
            [Raw::One(a), Raw::One(b)] if number(a).is_some() && number(b).is_some() => {
                // both were just found to be numbers
                Sample::FloatPair([number(a).unwrap_or_default(), number(b).unwrap_or_default()])
            }
            _ => Sample::List(list.into_iter().map(sample).collect()),
        },
    }
}

fn number(sample: &Sample) -> Option<f64> {
    match sample {
        Sample::Int(v) => Some(*v as f64),
        Sample::Float(v) => Some(*v),
        _ => None,
    }
}

struct RawSeed {
    level: u8,
}

impl<'de> DeserializeSeed<'de> for RawSeed {
    type Value = Raw;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RawSeed {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a text, \"NA\" or a list of these")
    }

    fn visit_unit<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::One(Sample::Missing))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Raw, E> {
        Ok(Raw::One(Sample::Int(v)))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Raw, E> {
        Ok(Raw::One(i64::try_from(v).map_or(Sample::Float(v as f64), Sample::Int)))
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Raw, E> {
        Ok(Raw::One(Sample::Float(v)))
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Raw, E> {
        Ok(Raw::One(if v == "NA" { Sample::Missing } else { Sample::Text(v.into()) }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        if self.level > 2 {
            return Err(A::Error::custom("a sample is nested too deeply"));
        }
        let level = self.level + 1;
        let first = seq.next_element_seed(Self { level })?;
        let second = seq.next_element_seed(Self { level })?;
        let third = seq.next_element_seed(Self { level })?;
        let mut list: Vec<Raw> = match (first, second, third) {
            (Some(Raw::One(Sample::Int(a))), Some(Raw::One(Sample::Int(b))), None) => return Ok(Raw::Ints(a, b)),
            (first, second, third) => [first, second, third].into_iter().flatten().collect(),
        };
        while let Some(item) = seq.next_element_seed(Self { level })? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }
}
