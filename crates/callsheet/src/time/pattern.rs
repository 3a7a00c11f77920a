//! Patterns of dates and times: the fields that nearly all of them are made of. chrono knows all others (`strftime`), at many times
//! the cost in time and in code.

use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Whether a pattern has no other fields than `%Y %m %d %H %M %S %a %b %%`.
pub(super) const fn is_plain(pattern: &str) -> bool {
    let mut rest = pattern.as_bytes();
    loop {
        rest = match rest {
            [b'%', b'Y' | b'm' | b'd' | b'H' | b'M' | b'S' | b'a' | b'b' | b'%', rest @ ..] => rest,
            [b'%', ..] => return false,
            [_, rest @ ..] => rest,
            [] => return true,
        };
    }
}

/// Appends a time as chrono's `format` has it; `None` if the pattern is not plain.
pub(super) fn write(out: &mut String, time: NaiveDateTime, pattern: &str) -> Option<()> {
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            out.push(sign);
            continue;
        }
        let number = match signs.next()? {
            'Y' => {
                let year = time.year();
                match u32::try_from(year) {
                    Ok(year) if year <= 9999 => {
                        out.push_str(two(year / 100)?);
                        year % 100
                    }
                    _ => {
                        // no writing to a String fails
                        write!(out, "{year:+05}").ok()?;
                        continue;
                    }
                }
            }
            'm' => time.month(),
            'd' => time.day(),
            'H' => time.hour(),
            'M' => time.minute(),
            // a leap second counts as 60
            'S' => time.second() + time.nanosecond() / 1_000_000_000,
            letter => {
                out.push_str(match letter {
                    'a' => WEEKDAYS.get(time.weekday().num_days_from_monday() as usize)?,
                    'b' => MONTHS.get(time.month0() as usize)?,
                    '%' => "%",
                    _ => return None,
                });
                continue;
            }
        };
        out.push_str(two(number)?);
    }
    Some(())
}

/// A number below a hundred, in two digits.
fn two(number: u32) -> Option<&'static str> {
    const DIGITS: &str = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
                          5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    let at = 2 * number as usize;
    DIGITS.get(at..at + 2)
}

/// Reads a time as chrono does: numbers may have fewer digits and blanks before them, names may be in any case. Without hours it is
/// midnight. `None` too if the pattern is not plain.
pub(super) fn read(text: &str, pattern: &str) -> Option<NaiveDateTime> {
    let mut found = Found::default();
    let rest = found.scan(text, pattern)?;
    if rest.is_empty() { found.time(0) } else { None }
}

/// What a text says of a time.
#[derive(Default)]
pub(super) struct Found {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
    weekday: Option<u32>,
}

impl Found {
    /// Takes in what a text begins with, and gives what is behind it.
    pub(super) fn scan<'t>(&mut self, text: &'t str, pattern: &str) -> Option<&'t str> {
        let (mut text, mut pattern) = (text, pattern.chars());
        while let Some(sign) = pattern.next() {
            if sign.is_whitespace() {
                text = text.trim_start();
                continue;
            }
            if sign != '%' {
                text = text.strip_prefix(sign)?;
                continue;
            }
            let letter = pattern.next()?;
            let (place, value) = match letter {
                'a' => (&mut self.weekday, name(&mut text, &WEEKDAYS)?),
                'b' => (&mut self.month, name(&mut text, &MONTHS)? + 1),
                '%' => {
                    text = text.strip_prefix('%')?;
                    continue;
                }
                _ => {
                    let place = match letter {
                        'Y' => &mut self.year,
                        'm' => &mut self.month,
                        'd' => &mut self.day,
                        'H' => &mut self.hour,
                        'M' => &mut self.minute,
                        'S' => &mut self.second,
                        _ => return None,
                    };
                    (place, number(&mut text, if letter == 'Y' { 4 } else { 2 })?)
                }
            };
            // what comes twice has to agree with itself
            if place.replace(value).is_some_and(|before| before != value) {
                return None;
            }
        }
        Some(text)
    }

    /// The time, with the fraction of its second.
    pub(super) fn time(&self, nanos: u32) -> Option<NaiveDateTime> {
        let date = NaiveDate::from_ymd_opt(self.year? as i32, self.month?, self.day?)?;
        if self.weekday.is_some_and(|weekday| weekday != date.weekday().num_days_from_monday()) {
            return None;
        }
        let (second, nanos) = match self.second.unwrap_or_default() {
            // as chrono keeps a leap second
            60 => (59, nanos + 1_000_000_000),
            second => (second, nanos),
        };
        date.and_hms_nano_opt(self.hour.unwrap_or_default(), self.minute.unwrap_or_default(), second, nanos)
    }
}

/// A number of up to so many digits, which blanks may precede.
pub(super) fn number(text: &mut &str, most: usize) -> Option<u32> {
    let digits = text.trim_start();
    let count = digits.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = digits.split_at_checked(count)?;
    *text = rest;
    digits.parse().ok()
}

/// Which of some names the text begins with, in any case.
fn name(text: &mut &str, names: &[&str]) -> Option<u32> {
    let (word, rest) = text.split_at_checked(3)?;
    *text = rest;
    names.iter().position(|name| name.eq_ignore_ascii_case(word)).map(|index| index as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERNS: [&str; 7] = [
        "%Y-%m-%d-%H-%M",
        "%Y%m%d%H%M%S",
        "%Y-%m-%dT%H:%M:%SZ",
        "%H:%M %d/%m/%Y",
        "%a, %d %b %Y %H:%M:%S GMT",
        "100%% %Y %b %d",
        "é %Y-%m-%d %d",
    ];

    #[test]
    fn writes_as_chrono_does() {
        for seconds in [0, 1_545_813_907, -62_167_219_200, 253_402_300_799, 253_402_300_800, -62_200_000_000] {
            let time = chrono::DateTime::from_timestamp(seconds, 0).expect("test time").naive_utc();
            for pattern in PATTERNS {
                let mut text = String::new();
                assert_eq!(write(&mut text, time, pattern), Some(()));
                assert_eq!(text, time.format(pattern).to_string());
            }
        }
        assert!(PATTERNS.into_iter().all(is_plain));
        for other in ["%j", "%Y-%m-%d %", "%-d", "%3f"] {
            assert!(!is_plain(other), "{other}");
            assert_eq!(write(&mut String::new(), NaiveDateTime::default(), other), None);
        }
    }

    #[test]
    fn reads_as_chrono_does() {
        let edits = [
            ("", ""),
            ("0", ""),
            ("0", " "),
            ("1", "3"),
            ("2", "4"),
            ("-", "- "),
            (" ", ""),
            (" ", "  "),
            (":", "::"),
            ("D", "d"),
            ("W", "T"),
            ("07", "60"),
            ("9", "é"),
        ];
        let mut read_too = 0;
        for pattern in PATTERNS {
            for seconds in [0, 1_545_813_907, 1_582_934_400, 253_402_300_799] {
                let time = chrono::DateTime::from_timestamp(seconds, 0).expect("test time").naive_utc();
                let good = time.format(pattern).to_string();
                for (from, to) in edits {
                    for text in [good.replace(from, to), good.replacen(from, to, 1), format!("{good}{to}")] {
                        let theirs = NaiveDateTime::parse_from_str(&text, pattern).ok().or_else(|| {
                            let date = NaiveDate::parse_from_str(&text, pattern).ok()?;
                            date.and_hms_opt(0, 0, 0)
                        });
                        assert_eq!(read(&text, pattern), theirs, "{text:?} {pattern}");
                        read_too += usize::from(theirs.is_some());
                    }
                }
            }
        }
        assert!(read_too > 100, "{read_too}");
    }
}
