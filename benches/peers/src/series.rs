//! `GetWanMonitor` of QingCloud: monitor series in JSON.

use std::fmt;

use callsheet::series::Sample;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use crate::{Row, mix};

pub fn row(name: &'static str, text: String) -> Row {
    let text: &'static str = text.leak();
    let bytes = text.as_bytes();
    Row::new(name, text.len())
        .way(
            "callsheet",
            move || bench_ours::monitor(bytes),
            |output| {
                let items = output.meter_set.iter().flat_map(|meter| &meter.data).flat_map(|series| series.items());
                items.fold(0, |sum, item| {
                    let Sample::IntPair([a, b]) = item.sample else { panic!("all samples are pairs") };
                    mix(mix(mix(sum, item.jump.unwrap_or(-1)), a), b)
                })
            },
        )
        .way(
            "serde_json with a visitor",
            move || serde_json::from_slice::<Output<Point>>(bytes).expect("JSON"),
            Output::sum,
        )
        .way(
            "sonic-rs with a visitor",
            move || sonic_rs::from_slice::<Output<Point>>(bytes).expect("JSON"),
            Output::sum,
        )
        .way(
            "serde_json, untagged",
            move || serde_json::from_slice::<Output<Untagged>>(bytes).expect("JSON"),
            Output::sum,
        )
}

#[derive(Deserialize)]
struct Output<P> {
    action: String,
    meter_set: Vec<Meter<P>>,
    ret_code: i64,
    resource_id: String,
}

#[derive(Deserialize)]
struct Meter<P> {
    data: Vec<P>,
    meter_id: String,
}

impl<P: Values> Output<P> {
    fn sum(&self) -> u64 {
        assert!(self.ret_code == 0 && !self.action.is_empty() && !self.resource_id.is_empty());
        let points =
            self.meter_set.iter().inspect(|meter| assert!(!meter.meter_id.is_empty())).flat_map(|meter| &meter.data);
        points.fold(0, |sum, point| point.values().into_iter().fold(sum, mix))
    }
}

trait Values {
    fn values(&self) -> [i64; 3];
}

/// `[time, [a, b]]` or `[a, b]`, read by hand.
struct Point {
    time: Option<i64>,
    values: [i64; 2],
}

impl Values for Point {
    fn values(&self) -> [i64; 3] {
        [self.time.unwrap_or(-1), self.values[0], self.values[1]]
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Point;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a point")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Point, A::Error> {
                let short = || A::Error::invalid_length(1, &"two members");
                let first = seq.next_element()?.ok_or_else(short)?;
                let point = match seq.next_element::<Second>()?.ok_or_else(short)? {
                    Second::Number(second) => Point { time: None, values: [first, second] },
                    Second::Pair(values) => Point { time: Some(first), values },
                };
                match seq.next_element::<IgnoredAny>()? {
                    Some(_) => Err(A::Error::invalid_length(3, &"two members")),
                    None => Ok(point),
                }
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

enum Second {
    Number(i64),
    Pair([i64; 2]),
}

impl<'de> Deserialize<'de> for Second {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Second;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a pair")
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Second, E> {
                i64::try_from(value).map(Second::Number).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Second, E> {
                Ok(Second::Number(value))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Second, A::Error> {
                let short = || A::Error::invalid_length(1, &"two members");
                let pair = [seq.next_element()?.ok_or_else(short)?, seq.next_element()?.ok_or_else(short)?];
                match seq.next_element::<IgnoredAny>()? {
                    Some(_) => Err(A::Error::invalid_length(3, &"two members")),
                    None => Ok(Second::Pair(pair)),
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// What most users write.
#[derive(Deserialize)]
#[serde(untagged)]
enum Untagged {
    Plain(i64, i64),
    Stamped(i64, (i64, i64)),
}

impl Values for Untagged {
    fn values(&self) -> [i64; 3] {
        match *self {
            Self::Plain(a, b) => [-1, a, b],
            Self::Stamped(time, (a, b)) => [time, a, b],
        }
    }
}
