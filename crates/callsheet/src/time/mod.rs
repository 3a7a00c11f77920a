//! Instants as text.

mod pattern;
mod strftime;

use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, NaiveDate, Offset as _, TimeDelta, Utc};

use crate::schema::TimeFormat;
use pattern::Found;

pub use strftime::Strftime;

/// As HTTP writes it.
const RFC_822: &str = "%a, %d %b %Y %H:%M:%S GMT";

impl TimeFormat {
    /// A strftime pattern, as in chrono, of the local time so many seconds east of UTC.
    pub const fn pattern(pattern: &'static str, offset: i32) -> Self {
        let other = if pattern::is_plain(pattern) { None } else { Some(&strftime::STRFTIME) };
        Self::Pattern { pattern, offset, other }
    }
}

/// Appends `time` as `format` has it; [`TimeFormat::Inherit`] counts as ISO 8601.
pub fn write(out: &mut String, time: DateTime<Utc>, format: TimeFormat) {
    // writing to a String fails only for a pattern that chrono does not know, and the spec loader refuses those
    let _ = match format {
        TimeFormat::Inherit | TimeFormat::Iso8601 => {
            let written = write_pattern(out, time, "%Y-%m-%dT%H:%M:%S", 0);
            write_fraction(out, time.timestamp_subsec_nanos(), 3);
            out.push('Z');
            written
        }
        TimeFormat::Rfc822 => write_pattern(out, time, RFC_822, 0),
        TimeFormat::Unix => {
            // floor, so that the fraction is positive before 1970 too
            let (seconds, nanos) = (time.timestamp(), time.timestamp_subsec_nanos());
            let (written, fraction) = if seconds < 0 && nanos > 0 {
                (write!(out, "-{}", -(seconds + 1)), 1_000_000_000 - nanos)
            } else {
                (write!(out, "{seconds}"), nanos)
            };
            write_fraction(out, fraction, 1);
            written.ok()
        }
        TimeFormat::UnixMillis => write!(out, "{}", time.timestamp_millis()).ok(),
        TimeFormat::Pattern { pattern, offset, other: None } => write_pattern(out, time, pattern, offset),
        TimeFormat::Pattern { pattern, offset, other: Some(other) } => {
            let offset = FixedOffset::east_opt(offset).unwrap_or(Utc.fix());
            (other.write)(out, time, pattern, offset).ok()
        }
    };
}

/// Appends `time` as a plain pattern has it, at an offset from UTC in seconds; `None` for a pattern that is not plain.
pub(crate) fn write_pattern(out: &mut String, time: DateTime<Utc>, pattern: &str, offset: i32) -> Option<()> {
    // an offset that there cannot be counts for nothing
    let local = FixedOffset::east_opt(offset).and_then(|offset| time.naive_utc().checked_add_offset(offset));
    pattern::write(out, local.unwrap_or(time.naive_utc()), pattern)
}

/// Appends `.5` for half a second: nothing for a whole one, at least `least` digits otherwise.
fn write_fraction(out: &mut String, nanos: u32, least: usize) {
    if nanos == 0 || nanos >= 1_000_000_000 {
        return;
    }
    let digits = format!("{nanos:09}");
    let significant = digits.trim_end_matches('0').len().max(least);
    out.push('.');
    out.push_str(&digits[..significant]);
}

/// Reads an instant. A pattern is tried first; then, whatever the format, ISO 8601, RFC 822 and seconds (or milliseconds) since the epoch.
pub fn parse(text: &str, format: TimeFormat) -> Option<DateTime<Utc>> {
    let fixed = match format {
        TimeFormat::Pattern { pattern, offset, .. } => parse_fixed(text, pattern, offset),
        TimeFormat::UnixMillis => None,
        _ => parse_fixed(text, "%Y-%m-%dT%H:%M:%SZ", 0),
    };
    fixed.or_else(|| parse_any(text.trim(), format))
}

fn parse_any(text: &str, format: TimeFormat) -> Option<DateTime<Utc>> {
    match format {
        TimeFormat::Pattern { pattern, offset, other } => {
            let local = other.map_or(pattern::read as fn(&str, &str) -> _, |other| other.read)(text, pattern);
            let offset = TimeDelta::seconds(i64::from(offset));
            let time = local.and_then(|local| local.checked_sub_signed(offset)).map(|utc| utc.and_utc());
            time.or_else(|| parse_zoned(text))
        }
        TimeFormat::UnixMillis => {
            text.parse().ok().and_then(DateTime::from_timestamp_millis).or_else(|| parse_zoned(text))
        }
        _ => parse_zoned(text).or_else(|| parse_unix(text)),
    }
}

/// What nearly all times look like: a pattern of numbers of fixed width, and a text that has all their digits.
///
/// `None` for anything else, which chrono then reads at many times the cost; what is read here, chrono reads alike.
fn parse_fixed(text: &str, pattern: &str, offset: i32) -> Option<DateTime<Utc>> {
    const UNSET: u32 = u32::MAX;
    let mut text = text.as_bytes();
    let mut pattern = pattern.as_bytes();
    let [mut year, mut month, mut day, mut hour, mut minute, mut second] = [UNSET; 6];
    loop {
        let field = match pattern {
            [b'%', field, rest @ ..] => {
                pattern = rest;
                field
            }
            [sign, rest @ ..] => {
                let [found, behind @ ..] = text else { return None };
                if found != sign {
                    return None;
                }
                (pattern, text) = (rest, behind);
                continue;
            }
            [] => break,
        };
        let mut number = two_digits(&mut text)?;
        let place = match field {
            b'Y' => {
                number = number * 100 + two_digits(&mut text)?;
                &mut year
            }
            b'm' => &mut month,
            b'd' => &mut day,
            b'H' => &mut hour,
            b'M' => &mut minute,
            b'S' => &mut second,
            _ => return None,
        };
        // a number that comes twice has to agree with itself: not worth the trouble here
        if std::mem::replace(place, number) != UNSET {
            return None;
        }
    }
    // unset ones are out of range, but for seconds, which count as zero
    if !text.is_empty() || year > 9999 || (second > 59 && second != UNSET) {
        return None;
    }
    let second = if second == UNSET { 0 } else { second };
    let date = NaiveDate::from_ymd_opt(year as i32, month, day)?;
    let local = date.and_hms_opt(hour, minute, second)?;
    local.checked_sub_offset(FixedOffset::east_opt(offset)?).map(|utc| utc.and_utc())
}

#[inline]
fn two_digits(text: &mut &[u8]) -> Option<u32> {
    let [tens, ones, rest @ ..] = *text else { return None };
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    *text = rest;
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// Forms that carry their time zone.
fn parse_zoned(text: &str) -> Option<DateTime<Utc>> {
    if text.len() > 64 {
        return None;
    }
    let mut found = Found::default();
    if let Some(zoneless) = text.strip_suffix("GMT").or_else(|| text.strip_suffix("UTC")).map(str::trim_end) {
        let rest = found.scan(zoneless, "%a, %d %b %Y %H:%M:%S")?;
        return found.time(fraction(rest)?).map(|time| time.and_utc());
    }
    if let Some(basic) = text.strip_suffix('Z')
        && let Some(time) = pattern::read(basic, "%Y%m%dT%H%M%S")
    {
        return Some(time.and_utc());
    }
    let (local, offset) = split_zone(text)?;
    // "2018-12-26T16:45+08:00": no seconds
    let rest = found.scan(local, "%Y-%m-%d").and_then(|rest| {
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        found.scan(rest, "%H:%M")
    })?;
    let nanos = match rest {
        "" => 0,
        rest => fraction(found.scan(rest, ":%S")?)?,
    };
    found.time(nanos)?.checked_sub_offset(FixedOffset::east_opt(offset)?).map(|utc| utc.and_utc())
}

/// A text without the zone that it ends in: `Z`, `+08:00`, `+0800`; and that zone, in seconds east of UTC.
fn split_zone(text: &str) -> Option<(&str, i32)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, 0));
    }
    let (local, mut zone) = text.split_at_checked(text.rfind(['+', '-'])?)?;
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    zone = &zone[1..];
    let hours = pattern::number(&mut zone, 2)?;
    zone = zone.strip_prefix(':').unwrap_or(zone);
    let minutes = pattern::number(&mut zone, 2)?;
    (zone.is_empty() && minutes < 60).then_some((local, sign * (hours * 3600 + minutes * 60) as i32))
}

/// The nanoseconds of `.5`, or of nothing; what is finer is cut off.
fn fraction(text: &str) -> Option<u32> {
    let Some(digits) = text.strip_prefix('.') else { return text.is_empty().then_some(0) };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let nanos = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(nanos.fold(0, |nanos, digit| 10 * nanos + u32::from(digit - b'0')))
}

/// Seconds since the epoch, with or without a fraction or an exponent.
fn parse_unix(text: &str) -> Option<DateTime<Utc>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if let (Ok(seconds), true) =
        (whole.parse::<i64>(), fraction.bytes().all(|b| b.is_ascii_digit()) && fraction.len() <= 9)
    {
        let nanos = if fraction.is_empty() { 0 } else { self::fraction(&text[whole.len()..])? };
        return if whole.starts_with('-') && nanos > 0 {
            DateTime::from_timestamp(seconds.checked_sub(1)?, 1_000_000_000 - nanos)
        } else {
            DateTime::from_timestamp(seconds, nanos)
        };
    }
    from_unix_float(text.parse().ok()?)
}

/// Seconds since the epoch as a float, exact to the microsecond for the times that services send.
pub(crate) fn from_unix_float(seconds: f64) -> Option<DateTime<Utc>> {
    let micros = (seconds * 1e6).round();
    if !micros.is_finite() || micros.abs() > 8.2e18 {
        return None;
    }
    // checked just above: it fits
    DateTime::from_timestamp_micros(micros as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTES: TimeFormat = TimeFormat::pattern("%Y-%m-%d-%H-%M", 8 * 3600);

    fn text(time: &str, format: TimeFormat) -> String {
        let mut out = String::new();
        write(&mut out, parse(time, TimeFormat::Iso8601).expect("test time"), format);
        out
    }

    #[test]
    fn writes_each_format() {
        assert_eq!(text("2018-12-26T08:45:00Z", MINUTES), "2018-12-26-16-45");
        assert_eq!(text("2015-01-25T08:00:00Z", TimeFormat::Iso8601), "2015-01-25T08:00:00Z");
        assert_eq!(text("2020-05-09T02:04:32.200Z", TimeFormat::Iso8601), "2020-05-09T02:04:32.200Z");
        assert_eq!(text("2015-01-25T08:00:00Z", TimeFormat::Rfc822), "Sun, 25 Jan 2015 08:00:00 GMT");
        assert_eq!(text("2015-01-25T08:00:00Z", TimeFormat::Unix), "1422172800");
        assert_eq!(text("1969-12-31T23:59:58.5Z", TimeFormat::Unix), "-1.5");
        assert_eq!(text("2000-01-02T20:34:56.123Z", TimeFormat::Unix), "946845296.123");
    }

    #[test]
    fn rare_fields_are_left_to_chrono() {
        // ISO 8601 has ordinal dates too: 26 December is day 360
        let ordinal = TimeFormat::pattern("%Y-%j", 8 * 3600);
        assert!(matches!(ordinal, TimeFormat::Pattern { other: Some(_), .. }));
        assert_eq!(text("2018-12-25T16:00:00Z", ordinal), "2018-360");
        assert_eq!(parse("2018-360", ordinal), parse("2018-12-25T16:00:00Z", TimeFormat::Iso8601));
        assert!(matches!(MINUTES, TimeFormat::Pattern { other: None, .. }));
    }

    #[test]
    fn fixed_width_is_read_as_chrono_reads_it() {
        let patterns = ["%Y-%m-%d-%H-%M", "%Y-%m-%d %H:%M", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%SZ", "%H:%M %d/%m/%Y"];
        let mut read = 0;
        for pattern in patterns {
            for time in ["2018-12-26T08:45:07Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2020-02-29T24:00:00Z"]
            {
                for (from, to) in
                    [("", ""), ("0", ""), ("0", " "), ("1", "3"), ("2", "4"), ("-", "- "), (" ", ""), (":", "::")]
                {
                    let good = parse_zoned(time).unwrap_or_default().format(pattern).to_string();
                    let text = good.replacen(from, to, 1);
                    if let Some(time) = parse_fixed(&text, pattern, 8 * 3600) {
                        let theirs = chrono::NaiveDateTime::parse_from_str(&text, pattern).expect("chrono reads it");
                        assert_eq!(time, theirs.and_utc() - TimeDelta::hours(8), "{text} {pattern}");
                        read += 1;
                    }
                }
            }
        }
        assert!(read > 60, "{read}");
        assert_eq!(parse_fixed("2016-12-31T23:59:60Z", "%Y-%m-%dT%H:%M:%SZ", 0), None);
        assert_eq!(parse_fixed("2016-12-31", "%Y-%m-%d", 0), None);
    }

    #[test]
    fn reads_each_format() {
        let want = DateTime::from_timestamp(1_545_813_900, 0);
        for form in [
            "2018-12-26T16:45+08:00",
            "2018-12-26T08:45:00Z",
            "2018-12-26T08:45Z",
            "2018-12-26-16-45",
            "20181226T084500Z",
            "2018-12-26T16:45:00+0800",
        ] {
            assert_eq!(parse(form, MINUTES), want, "{form}");
        }
        for form in ["Wed, 26 Dec 2018 08:45:00 GMT", "1545813900", "1545813900.0", "1.5458139e9"] {
            assert_eq!(parse(form, TimeFormat::Inherit), want, "{form}");
        }
        assert_eq!(
            parse("Sun, 02 Jan 2000 20:34:56.456 GMT", TimeFormat::Inherit).map(|t| t.timestamp_millis()),
            Some(946_845_296_456)
        );
        assert_eq!(parse("-1.5", TimeFormat::Unix).map(|t| t.timestamp_millis()), Some(-1500));
        for bad in [
            // a Wednesday
            "Tue, 26 Dec 2018 08:45:00 GMT",
            "2018-12-26T08:45:00+08:60",
            "2018-12-26T08:45:00.Z",
            "2018-12-26T08:45:00",
            "2018-12-26 08:45:00+0800x",
            "",
            "yesterday",
            "2018-13-26T08:45:00Z",
            "9e99",
            "99999999999999999999",
        ] {
            assert_eq!(parse(bad, TimeFormat::Inherit), None, "{bad}");
        }
    }
}
