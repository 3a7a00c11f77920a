//! Arithmetic of instants that cannot fail, and the times of HTTP headers.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

pub(crate) fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

pub(crate) fn after(time: DateTime<Utc>, duration: Duration) -> DateTime<Utc> {
    time.checked_add_signed(delta(duration)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// How much later `end` is than `start`; nothing if it is not.
pub(crate) fn between(start: DateTime<Utc>, end: DateTime<Utc>) -> Duration {
    (end - start).to_std().unwrap_or_default()
}

/// The time of a header: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(text: &str) -> Option<DateTime<Utc>> {
    // every answer has one, so the one form that servers may write is read without chrono's pattern machine
    let (
        &[
            _,
            _,
            _,
            b',',
            b' ',
            d1,
            d2,
            b' ',
            ref month @ ..,
            b' ',
            y1,
            y2,
            y3,
            y4,
            b' ',
            h1,
            h2,
            b':',
            m1,
            m2,
            b':',
            s1,
            s2,
        ],
        b" GMT",
    ) = text.as_bytes().split_at_checked(25)?
    else {
        return None;
    };
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let month = (1..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |n, digit| digit.is_ascii_digit().then(|| n * 10 + u32::from(digit - b'0')))
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, month, number(&[d1, d2])?)?;
    Some(day.and_hms_opt(number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?)?.and_utc())
}

/// How long a server wants to be left alone: seconds, or a date, which counts from the server's own `date` if it tells it.
pub(crate) fn retry_after(
    headers: &http::HeaderMap,
    date: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(between(date.unwrap_or(now), http_date(text)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dates() {
        let want = DateTime::from_timestamp(784_111_777, 0);
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), want);
        for bad in [
            "",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "Sun, 06 nov 1994 0a:49:37 GMT",
        ] {
            assert_eq!(http_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn reads_how_long_to_wait() {
        let now = DateTime::from_timestamp(784_111_777, 0).unwrap();
        let wait = |text: &str, date| {
            let mut headers = http::HeaderMap::new();
            headers.insert("retry-after", text.parse().unwrap());
            retry_after(&headers, date, now).map(|wait| wait.as_secs())
        };
        assert_eq!(wait("90", None), Some(90));
        assert_eq!(wait(" 0 ", None), Some(0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT", None), Some(30));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT", Some(now - TimeDelta::seconds(5))), Some(35));
        assert_eq!(wait("Sun, 06 Nov 1994 08:40:07 GMT", None), Some(0));
        assert_eq!(wait("soon", None), None);
        assert_eq!(wait("-1", None), None);
    }
}
