//! Eight bytes at a time: where a byte is, and what number digits are.
//!
//! A word holds eight bytes, the first one lowest, so the lowest marked byte of a result is the first of the text. Marks above it may
//! be wrong (a borrow or carry came from below), and are not looked at.

/// The top bit of each byte.
const TOP: u64 = 0x8080_8080_8080_8080;
/// The lowest bit of each byte.
const ONE: u64 = 0x0101_0101_0101_0101;

/// Marks the bytes that are one of `wanted`, all ASCII, or below `least`, at most 0x20.
#[inline(always)]
fn marks<const N: usize>(word: u64, wanted: [u8; N], least: u8) -> u64 {
    // below: the subtraction reaches the top bit. Equal: what is left of the byte is zero, and one less reaches it.
    // ASCII leaves the top bit of the word itself as it is, so one look at it does for all.
    let below = word.wrapping_sub(ONE * u64::from(least));
    wanted.iter().fold(below, |marks, byte| marks | (word ^ (ONE * u64::from(*byte))).wrapping_sub(ONE)) & !word & TOP
}

/// Number of bytes before the first one that is one of `wanted` or below `least`.
#[inline(always)]
pub(super) fn count_before<const N: usize>(text: &[u8], wanted: [u8; N], least: u8) -> Option<usize> {
    Some(text.len() - from_first(text, wanted, least)?.len())
}

/// The text from the first byte on that is one of `wanted` or below `least`.
#[inline(always)]
pub(super) fn from_first<const N: usize>(text: &[u8], wanted: [u8; N], least: u8) -> Option<&[u8]> {
    let mut rest = text;
    while let Some((chunk, behind)) = rest.split_first_chunk() {
        let marks = marks(u64::from_le_bytes(*chunk), wanted, least);
        if marks != 0 {
            return rest.get(first(marks)..);
        }
        rest = behind;
    }
    // near the end there are less than eight bytes
    let is_wanted = |byte: &u8| *byte < least || wanted.contains(byte);
    rest.get(rest.iter().position(is_wanted)?..)
}

/// Number of bytes before the first marked one; 8 if there is none.
#[inline]
fn first(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

/// A number of at most 18 digits, such that it fits 64 bits whatever they are, and what follows. `None` if there is no digit, or more.
#[inline(always)]
pub(super) fn digits(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(chunk) = text.first_chunk() else { return digits_one_by_one(text) };
    let (value, count) = leading_digits(u64::from_le_bytes(*chunk));
    match count {
        0 => None,
        // at most 8 digits: it fits
        1..8 => Some((value as i64, &text[count..])),
        _ => digits_beyond(value, &text[8..]),
    }
}

/// The digits behind the first eight.
fn digits_beyond(first: u64, mut text: &[u8]) -> Option<(i64, &[u8])> {
    let mut value = first;
    let limit = text.len().saturating_sub(10);
    while let Some((digit @ b'0'..=b'9', rest)) = text.split_first() {
        if text.len() == limit {
            return None;
        }
        value = value * 10 + u64::from(digit - b'0');
        text = rest;
    }
    // at most 18 digits: it fits
    Some((value as i64, text))
}

/// Near the end there are less than eight bytes.
#[cold]
fn digits_one_by_one(text: &[u8]) -> Option<(i64, &[u8])> {
    let count = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(count);
    (count > 0).then(|| (digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')), rest))
}

/// The number that the digits at the start of a word are, and how many they are.
#[inline(always)]
fn leading_digits(word: u64) -> (u64, usize) {
    let values = word ^ (ONE * u64::from(b'0'));
    // a byte above 9 gets its top bit set, if it has none already
    let count = first((values.wrapping_add(ONE * 0x76) | values) & TOP);
    if count == 0 {
        return (0, 0);
    }
    // the digits move to the end, zeros before them; then pairs, fours and eight are put together
    let values = values << (64 - 8 * count);
    let pairs = (values.wrapping_mul(10 * 256 + 1) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100 * 65_536 + 1) >> 16) & 0x0000_FFFF_0000_FFFF;
    (fours.wrapping_mul(10_000 * (1 << 32) + 1) >> 32, count)
}

/// Whether two names are the same; in place, since for a name a call costs more than the work.
#[inline(always)]
pub(super) fn is_same(a: &[u8], b: &[u8]) -> bool {
    // both ends together are all of it
    fn ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
        a.first_chunk::<N>() == b.first_chunk() && a.last_chunk::<N>() == b.last_chunk()
    }
    a.len() == b.len()
        && match b.len() {
            4..8 => ends::<4>(a, b),
            8..=16 => ends::<8>(a, b),
            17..=32 => ends::<16>(a, b),
            _ => a == b,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_digits_of_every_length() {
        for count in 1..=20_usize {
            let number: String = "98765432109876543210"[..count].to_owned();
            for tail in ["", "<", ",", "\u{fe}\u{fe}", "/0000000", ":0000000", "\u{0}0000000", " 11111111"] {
                let text = format!("{number}{tail}");
                let want =
                    if count > 18 { None } else { number.parse().ok().map(|value: i64| (value, tail.as_bytes())) };
                assert_eq!(digits(text.as_bytes()), want, "{text}");
            }
        }
        assert_eq!(digits(b""), None);
        assert_eq!(digits(b"x1234567"), None);
        assert_eq!(digits(b"007<0000"), Some((7, &b"<0000"[..])));
    }

    #[test]
    fn finds_the_first_byte() {
        for length in 0..20 {
            for byte in [b'"', 0, 0x1f, b'\\'] {
                let mut text = vec![b'!'; length];
                text.push(byte);
                text.extend([b'"', 0xff, 0x80, b'a', 0, 0x20, 0x21, 0x23]);
                assert_eq!(count_before(&text, [b'"', b'\\'], 0x20), Some(length));
            }
        }
        // every byte by itself, at every place, and with neighbours that borrow
        for byte in 0..=255_u8 {
            for place in 0..9 {
                for other in [b'!', 0xff, 0x80, b'#', 0x7f] {
                    let mut text = [other; 9];
                    text[place] = byte;
                    let found = byte < 0x20 || byte == b'"' || byte == b'\\';
                    assert_eq!(count_before(&text, [b'"', b'\\'], 0x20), found.then_some(place), "{text:?}");
                    let found = matches!(byte, b'<' | b'&' | b'\r');
                    assert_eq!(count_before(&text, [b'<', b'&', b'\r'], 0), found.then_some(place), "{text:?}");
                }
            }
        }
    }
}
