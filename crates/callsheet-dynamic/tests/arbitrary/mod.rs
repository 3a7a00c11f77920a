//! Any record of any shape, for property tests.

// each test takes what it needs
#![allow(dead_code, unreachable_pub)]

use callsheet::schema::{Kind, Shape, TimeFormat};
use callsheet::series::{Item, Sample, Series};
use callsheet_dynamic::{DynRecord, Value};
use chrono::DateTime;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value as Json;

/// What a form on the wire cannot carry.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Lists and maps may be empty.
    pub empty: bool,
    /// Texts have only what XML can say.
    pub xml: bool,
    /// Items of lists are not empty and have none of these.
    pub separator: Option<char>,
}

/// Levels of structures.
const DEPTH: usize = 3;

pub fn record(shape: &'static Shape, limits: Limits) -> BoxedStrategy<DynRecord> {
    level(shape, limits, DEPTH)
}

fn level(shape: &'static Shape, limits: Limits, depth: usize) -> BoxedStrategy<DynRecord> {
    let fields: Vec<usize> =
        (0..shape.fields().len()).filter(|i| depth > 0 || !holds_record(shape.fields()[*i].kind)).collect();
    if shape.union {
        let one = move |index: usize| {
            value(shape.fields()[index].kind, limits, depth).prop_map(move |value| {
                let mut record = DynRecord::new(shape);
                record.put(index, value).expect("the value is made for the field");
                record
            })
        };
        return proptest::strategy::Union::new(fields.into_iter().map(one)).boxed();
    }
    let fields: Vec<_> = fields
        .into_iter()
        .map(|index| {
            let field = &shape.fields()[index];
            let value = value(field.kind, limits, depth).prop_map(move |value| (index, value));
            let value = if field.required { value.prop_map(Some).boxed() } else { proptest::option::of(value).boxed() };
            value.boxed()
        })
        .collect();
    // a structure in which nothing is set says nothing on the wire: the first field is then set
    let first = value(shape.fields()[0].kind, limits, depth);
    (fields, first)
        .prop_map(move |(values, first)| {
            let mut record = DynRecord::new(shape);
            for (index, value) in values.into_iter().flatten() {
                record.put(index, value).expect("the value is made for the field");
            }
            if record.is_empty() {
                record.put(0, first).expect("the value is made for the field");
            }
            record
        })
        .boxed()
}

fn holds_record(kind: Kind) -> bool {
    match kind {
        Kind::Record(_) => true,
        Kind::List(list) => holds_record(list.item),
        Kind::Map(map) => holds_record(map.value),
        _ => false,
    }
}

fn text(limits: Limits) -> BoxedStrategy<String> {
    if limits.xml {
        // XML 1.0 has no words for most control characters
        proptest::string::string_regex("[\t\n\r -~\u{85}\u{a0}-\u{d7ff}\u{2028}\u{10000}-\u{10ffff}]{0,6}")
            .expect("a pattern")
            .boxed()
    } else {
        prop_oneof![any::<String>(), "[a-z&=+% ./~\\[\\]]{0,6}"].boxed()
    }
}

fn value(kind: Kind, limits: Limits, depth: usize) -> BoxedStrategy<Value> {
    match kind {
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Int => any::<i64>().prop_map(Value::Int).boxed(),
        // eighths: serde_json may be off by the last bit of other numbers
        Kind::Float => prop_oneof![
            8 => any::<i32>().prop_map(|v| f64::from(v) / 8.0),
            1 => proptest::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0]),
        ]
        .prop_map(Value::Float)
        .boxed(),
        Kind::Text => text(limits).prop_map(Value::Text).boxed(),
        Kind::Enum(values) => proptest::sample::select(values).prop_map(|text| Value::Text(text.to_owned())).boxed(),
        Kind::Blob => vec(any::<u8>(), 0..9).prop_map(Value::Blob).boxed(),
        Kind::Time(format) => time(format),
        // null is the same as absent
        Kind::Document | Kind::JsonText => {
            json().prop_filter("null is nothing", |json| !json.is_null()).prop_map(Value::Json).boxed()
        }
        Kind::Series(_) => series().prop_map(Value::Series).boxed(),
        Kind::Record(shape) => level(shape, limits, depth.saturating_sub(1)).prop_map(Value::Record).boxed(),
        Kind::List(list) => {
            let mut item = value(list.item, limits, depth);
            if let (Some(separator), Kind::Text) = (limits.separator, list.item) {
                item = item
                    .prop_map(move |value| match value {
                        Value::Text(text) => Value::Text(format!("x{}", text.replace(separator, ""))),
                        value => value,
                    })
                    .boxed();
            }
            vec(item, usize::from(!limits.empty)..4)
                .prop_map(move |items| {
                    let mut value = Value::empty(kind);
                    if let Value::List(list) = &mut value {
                        items.into_iter().for_each(|item| list.add(item).expect("the item is made for the list"));
                    }
                    value
                })
                .boxed()
        }
        Kind::Map(map) => proptest::collection::btree_map(
            text(limits),
            value(map.value, limits, depth),
            usize::from(!limits.empty)..4,
        )
        .prop_map(move |entries| {
            let mut value = Value::empty(kind);
            if let Value::Map(map) = &mut value {
                entries
                    .into_iter()
                    .for_each(|(key, value)| map.add(key, value).expect("the value is made for the map"));
            }
            value
        })
        .boxed(),
    }
}

fn time(format: TimeFormat) -> BoxedStrategy<Value> {
    // up to the year 2100, as fine as the format can say
    let (unit, nanos) = match format {
        TimeFormat::Pattern { .. } => (60, 1_000_000_000),
        TimeFormat::Rfc822 => (1, 1_000_000_000),
        TimeFormat::UnixMillis => (1, 1_000_000),
        // a JSON number carries microseconds
        TimeFormat::Unix | TimeFormat::Inherit | TimeFormat::Iso8601 => (1, 1_000_000),
    };
    (0..4_102_444_800_i64 / unit, 0..1_000_000_000_u32 / nanos)
        .prop_map(move |(count, fraction)| {
            Value::Time(DateTime::from_timestamp(count * unit, fraction * nanos).expect("a time"))
        })
        .boxed()
}

pub fn json() -> BoxedStrategy<Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Json::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..3)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

/// A series of pairs or of numbers: in one of the two its encoding is not ambiguous.
fn series() -> BoxedStrategy<Series> {
    let number = prop_oneof![4 => any::<i64>().prop_map(Sample::Int), 1 => Just(Sample::Missing)];
    let pair = prop_oneof![4 => any::<[i64; 2]>().prop_map(Sample::IntPair), 1 => Just(Sample::Missing)];
    let of = |first: BoxedStrategy<Sample>, sample: BoxedStrategy<Sample>| {
        let items = vec((proptest::option::of(1_i64..100_000), sample), 0..6);
        (0..4_102_444_800_i64, first, items).prop_map(|(stamp, first, rest)| {
            let rest = rest.into_iter().map(|(jump, sample)| Item {
                // of a pair that is missing, a jump and a value look alike
                jump: if sample == Sample::Missing { None } else { jump },
                sample,
            });
            [Item { jump: Some(stamp), sample: first }].into_iter().chain(rest).collect::<Series>()
        })
    };
    prop_oneof![
        of(any::<i64>().prop_map(Sample::Int).boxed(), number.boxed()),
        of(any::<[i64; 2]>().prop_map(Sample::IntPair).boxed(), pair.boxed()),
    ]
    .boxed()
}
