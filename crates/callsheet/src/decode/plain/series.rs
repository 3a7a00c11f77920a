//! Plain monitor series: whole numbers or pairs of them, and gaps.

use super::json::int;
use crate::series::{Item, Sample, Series};

/// The series that `text` begins with, and what follows; `None` if it is not plain, or wrong.
pub(super) fn read(text: &[u8]) -> Option<(Series, &[u8])> {
    let text = take(text, b'[')?;
    if let Some(rest) = take(text, b']') {
        return Some((Series::default(), rest));
    }
    // the first item tells whether values are pairs; one whose value is missing does not
    let (stamp, text) = int_and(take(text, b'[')?, b',')?;
    let mut series = Series::default();
    let text = match take(text, b'[') {
        Some(text) => {
            let (sample, text) = pair(text)?;
            series.push(Item { jump: Some(stamp), sample });
            pairs(take(text, b']')?, &mut series)?
        }
        None => {
            let (value, text) = int_and(text, b']')?;
            series.push(Item { jump: Some(stamp), sample: Sample::Int(value) });
            numbers(text, &mut series)?
        }
    };
    Some((series, text))
}

/// Items `[1,2]` and `[300,[1,2]]`, to the end of the series.
fn pairs<'a>(mut text: &'a [u8], series: &mut Series) -> Option<&'a [u8]> {
    loop {
        // most of the bytes of most of these answers
        if let Some(pairs) = series.pairs() {
            while let Some((values, rest)) = dense_pair(text) {
                pairs.push(values);
                text = rest;
            }
        }
        let Some(rest) = take(text, b',') else { return take(text, b']') };
        let Some(rest) = take(rest, b'[') else {
            text = missing(rest, series)?;
            continue;
        };
        let (first, rest) = int_and(rest, b',')?;
        text = if let Some(rest) = take(rest, b'[') {
            let (sample, rest) = pair(rest)?;
            series.push(Item { jump: Some(first), sample });
            take(rest, b']')?
        } else {
            let (second, rest) = int_and(rest, b']')?;
            series.push(Item { jump: None, sample: Sample::IntPair([first, second]) });
            rest
        };
    }
}

/// Items `1` and `[300,1]`, to the end of the series.
fn numbers<'a>(mut text: &'a [u8], series: &mut Series) -> Option<&'a [u8]> {
    loop {
        if let Some(ints) = series.ints() {
            while let [b',', rest @ ..] = text
                && let Some((value, rest @ [b',' | b']', ..])) = int(rest)
            {
                ints.push(value);
                text = rest;
            }
        }
        let Some(rest) = take(text, b',') else { return take(text, b']') };
        text = match rest.first()? {
            b'[' => {
                let (offset, rest) = int_and(take(rest, b'[')?, b',')?;
                let (value, rest) = int_and(rest, b']')?;
                series.push(Item { jump: Some(offset), sample: Sample::Int(value) });
                rest
            }
            b'"' | b'n' => missing(rest, series)?,
            _ => {
                let (value, rest) = int(rest)?;
                series.push(Item { jump: None, sample: Sample::Int(value) });
                rest
            }
        };
    }
}

/// `,[1,2]` without blanks, and what follows.
#[inline(always)]
fn dense_pair(text: &[u8]) -> Option<([i64; 2], &[u8])> {
    let [b',', b'[', rest @ ..] = text else { return None };
    let (first, [b',', rest @ ..]) = int(rest)? else { return None };
    let (second, [b']', rest @ ..]) = int(rest)? else { return None };
    Some(([first, second], rest))
}

/// `1,2]`
fn pair(text: &[u8]) -> Option<(Sample, &[u8])> {
    let (first, text) = int_and(text, b',')?;
    let (second, text) = int_and(text, b']')?;
    Some((Sample::IntPair([first, second]), text))
}

#[cold]
fn missing<'a>(text: &'a [u8], series: &mut Series) -> Option<&'a [u8]> {
    let rest = text.strip_prefix(b"\"NA\"").or_else(|| text.strip_prefix(b"null"))?;
    series.push(Item { jump: None, sample: Sample::Missing });
    Some(rest)
}

/// A whole number, and the mark behind it.
fn int_and(text: &[u8], mark: u8) -> Option<(i64, &[u8])> {
    let (value, rest) = int(text)?;
    Some((value, take(rest, mark)?))
}

/// What follows `mark` and the blanks around it, if it is there.
fn take(text: &[u8], mark: u8) -> Option<&[u8]> {
    blanks(text).strip_prefix(&[mark]).map(blanks)
}

fn blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}
