//! Monitor series against the output of QingCloud's official Python SDK (`data/qingcloud-monitor.json`, qingcloud-sdk 1.2.16).

use std::collections::BTreeMap;

use callsheet::qingcloud::sdwan::{self, GetWanMonitor};
use callsheet::series::{Point, Sample, Series, step};
use callsheet::{Action as _, Error};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Where our expansion differs from the SDK's output, and why. Everything else must be equal.
const DIFFERENCES: [(&str, &str); 12] = [
    ("docs-sample", GAP),
    ("unit-test-case", GAP),
    ("pair-values", GAP),
    ("jump-multiple-of-step", GAP),
    ("lb-data-set", GAP),
    ("string-values", GAP),
    (
        "scalar-jump-with-NA",
        "the SDK loses the offset of a jump that carries NA; by the documented rule the time advances",
    ),
    ("pair-jump-with-NA-inside", "the SDK passes NA inside a jump through as text, and fills the gap before the jump"),
    ("first-NA-scalar", "the SDK passes a first NA through as text, and fills the gap before the jump"),
    ("first-NA-pair", "after a first NA the SDK takes the pairs of a pair meter for jumps"),
    ("unknown-step-1m", "the SDK's table of steps lacks the documented 1m, so it expands nothing"),
    (
        "bad-start-time",
        "the SDK expands nothing when it cannot read start_time; here a start is an instant, or not given",
    ),
];
const GAP: &str = "the SDK fills the gap before a jump with nulls, which the documentation's own expansion does not";

/// What the differing series expand to, by the documented rules.
fn documented(name: &str) -> Option<Value> {
    const B: i64 = 1_392_072_000;
    Some(match name {
        // the documentation's own expansion, with the missing sample as null
        "docs-sample" => json!([[B, 11], [B + 300, null], [B + 600, 12], [B + 1100, 13], [B + 1400, 14]]),
        "unit-test-case" => json!([
            [1_391_860_800, null],
            [1_391_861_000, 3],
            [1_391_861_900, 4],
            [1_391_862_800, null],
            [1_391_863_700, 5],
            [1_391_864_700, 3],
            [1_391_865_600, 10],
            [1_391_865_700, 3]
        ]),
        "pair-values" => json!([[B, [12, 12]], [B + 300, [14, 13]], [B + 3300, [11, 10]], [B + 3600, [16, 12]]]),
        "jump-multiple-of-step" => json!([[B, 1], [B + 900, 2], [B + 1200, 3]]),
        "lb-data-set" => json!([[1_392_244_200, 0], [1_392_244_500, 0], [1_392_245_400, 4]]),
        "string-values" => json!([[B, "6|6|6|30"], [B + 300, "6|6|6|31"], [B + 600, null], [B + 1500, "6|6|6|32"]]),
        "scalar-jump-with-NA" => json!([[B, 12], [B + 900, null], [B + 1200, 15]]),
        "pair-jump-with-NA-inside" => json!([[B, [12, 12]], [B + 900, null], [B + 1200, [15, 1]]]),
        "first-NA-scalar" => json!([[B, null], [B + 300, 15], [B + 1200, 16]]),
        "first-NA-pair" => json!([[B, null], [B + 300, [15, 3]], [B + 1200, [16, 2]]]),
        "unknown-step-1m" => json!([[B, 1], [B + 60, 2], [B + 120, 3]]),
        "bad-start-time" => json!([[B, 1], [B + 300, 2], [B + 600, 3]]),
        _ => return None,
    })
}

fn decode(series: &Value) -> Result<Series, Error> {
    let body = json!({ "ret_code": 0, "meter_set": [{ "meter_id": "m", "data": series }] });
    let answer = http::Response::new(body.to_string());
    let output = sdwan::service().response::<GetWanMonitor>(&answer)?;
    Ok(output.meter_set.into_iter().next().expect("one meter").data.unwrap_or_default())
}

fn sample_json(sample: &Sample) -> Value {
    match sample {
        Sample::Missing => Value::Null,
        Sample::Int(v) => json!(v),
        Sample::Float(v) => json!(v),
        Sample::IntPair(pair) => json!(pair),
        Sample::FloatPair(pair) => json!(pair),
        Sample::Text(text) => json!(text),
        Sample::List(samples) => Value::Array(samples.iter().map(sample_json).collect()),
    }
}

fn expansion(points: impl Iterator<Item = Point>) -> Value {
    points.map(|point| json!([point.time.timestamp(), sample_json(&point.sample)])).collect()
}

/// The SDK writes a missing pair as `[null, null]`, we as one missing sample.
fn one_null(expansion: &Value) -> Value {
    let point = |point: &Value| match &point[1] {
        Value::Array(parts) if parts.iter().all(Value::is_null) => json!([point[0], null]),
        _ => point.clone(),
    };
    expansion.as_array().expect("a list of points").iter().map(point).collect()
}

#[test]
fn all_series_of_the_official_sdk() {
    let vectors: Value = serde_json::from_str(include_str!("../data/qingcloud-monitor.json")).expect("our own file");
    let vectors = vectors["vectors"].as_array().expect("vectors");
    assert_eq!(vectors.len(), 21);
    let reasons: BTreeMap<&str, &str> = DIFFERENCES.into_iter().collect();
    for vector in vectors {
        let name = vector["name"].as_str().expect("name");
        let series = decode(&vector["input"]).unwrap_or_else(|e| panic!("{name}: {e}"));
        let step = step(vector["step"].as_str().expect("step")).expect("a known step");
        let start: Option<DateTime<Utc>> = vector["start_time"].as_str().and_then(|text| text.parse().ok());
        let ours = match start {
            Some(start) if name != "bad-start-time" => expansion(series.points_from(start, step, 10_000)),
            _ => expansion(series.points(step)),
        };
        let sdk = &vector["python_sdk_output"];
        match (documented(name), reasons.get(name)) {
            (Some(expected), Some(reason)) => {
                assert!(!reason.is_empty());
                assert_eq!(ours, expected, "{name}: {reason}");
                assert_ne!(one_null_or_raw(sdk), expected, "{name} does not differ any more: {reason}");
            }
            _ => assert_eq!(ours, one_null(sdk), "{name}"),
        }
    }
}

/// Output that the SDK returned unexpanded is no list of points.
fn one_null_or_raw(sdk: &Value) -> Value {
    let expanded =
        sdk.as_array().is_some_and(|points| points.iter().all(|point| point.as_array().is_some_and(|p| p.len() == 2)));
    if expanded { one_null(sdk) } else { sdk.clone() }
}

#[test]
fn the_documented_answer_expands_as_the_facts_say() {
    let answer = http::Response::new(include_str!("../../specs/qingcloud/sdwan/GetWanMonitor.gateway.json"));
    let output = sdwan::service().response::<GetWanMonitor>(&answer).expect("a documented answer");
    assert_eq!(GetWanMonitor::OPERATION.name, "GetWanMonitor");
    let meters: Vec<&str> = output.meter_set.iter().map(|meter| meter.meter_id.as_str()).collect();
    assert_eq!(meters, ["traffic", "flow", "pps"]);
    let traffic = output.meter_set[0].data.as_ref().expect("a series");
    let traffic = expansion(traffic.points(step("5m").expect("five minutes")));
    let expected = json!([
        [1_589_001_300, [300, 291]],
        [1_589_001_600, [125, 147]],
        [1_589_001_900, [161, 151]],
        [1_589_002_200, [178, 189]],
        [1_589_002_500, [155, 154]]
    ]);
    assert_eq!(traffic, expected);
}

#[test]
fn a_hostile_series_has_no_endless_expansion() {
    let series = decode(&json!([[i64::MAX, 1], 2, [i64::MAX, 3]])).expect("it decodes");
    assert_eq!(series.points(step("1d").expect("a day")).count(), 0);
    let series = decode(&json!([[4_000_000_000_i64, 1]])).expect("it decodes");
    let start = DateTime::from_timestamp(0, 0).expect("the epoch");
    assert_eq!(series.points_from(start, step("1m").expect("a minute"), 1000).count(), 1001);
}

#[test]
fn what_is_no_series_is_an_error_with_its_place() {
    for (series, expected) in [
        (json!([1, 2]), "meter_set[0].data[0]: expected [time stamp, value] as the first item (byte"),
        (json!([[1, 2], {"a": 1}]), "meter_set[0].data[1]: "),
        (json!([[1, [[[[1]]]]]]), "meter_set[0].data[0]: "),
        (json!("NA"), "meter_set[0].data: expected a monitor series, found \"NA\" (byte"),
    ] {
        let error = decode(&series).expect_err("no series").to_string();
        assert!(error.starts_with(&format!("GetWanMonitor: {expected}")), "{error}");
    }
}
