//! Eight bytes at a time: where a byte is, and what number digits are.
//!
//! A word holds eight bytes, the first one lowest, so the lowest marked byte of a result is the first of the text. Marks above it may
//! be wrong (a borrow or carry came from below), and are not looked at.

/// The top bit of each byte.
const TOP: u64 = 0x8080_8080_8080_8080;
/// The lowest bit of each byte.
const ONE: u64 = 0x0101_0101_0101_0101;

/// The word at `at`; `None` near the end.
#[inline]
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|chunk| u64::from_le_bytes(*chunk))
}

/// Marks the bytes that are `byte`.
#[inline]
pub(super) fn equal(word: u64, byte: u8) -> u64 {
    let zero = word ^ (ONE * u64::from(byte));
    zero.wrapping_sub(ONE) & !zero & TOP
}

/// Marks the control characters: bytes below 0x20.
#[inline]
pub(super) fn control(word: u64) -> u64 {
    word.wrapping_sub(ONE * 0x20) & !word & TOP
}

/// Where the first byte is that `marks` marks in a word and `is` in a single byte.
#[inline]
pub(super) fn position(bytes: &[u8], mut at: usize, marks: impl Fn(u64) -> u64, is: impl Fn(u8) -> bool) -> Option<usize> {
    while let Some(word) = word(bytes, at) {
        let marked = marks(word);
        if marked != 0 {
            return Some(at + first(marked));
        }
        at += 8;
    }
    bytes.get(at..)?.iter().position(|byte| is(*byte)).map(|behind| at + behind)
}

/// Number of bytes before the first marked one; 8 if there is none.
#[inline]
fn first(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

/// A number of at most 18 digits, such that it fits 64 bits whatever they are, and where it ends. `None` if there is no digit, or more.
#[inline]
pub(super) fn digits(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    let Some(word) = word(bytes, at) else { return digits_one_by_one(bytes, at) };
    let (value, count) = leading_digits(word);
    match count {
        0 => None,
        // at most 8 digits: it fits
        1..8 => Some((value as i64, at + count)),
        _ => digits_beyond(bytes, at + 8, value),
    }
}

/// The digits behind the first eight.
fn digits_beyond(bytes: &[u8], mut at: usize, first: u64) -> Option<(i64, usize)> {
    let mut value = first;
    let limit = at + 10;
    while let Some(byte @ b'0'..=b'9') = bytes.get(at) {
        if at == limit {
            return None;
        }
        value = value * 10 + u64::from(byte - b'0');
        at += 1;
    }
    // at most 18 digits: it fits
    Some((value as i64, at))
}

#[cold]
fn digits_one_by_one(bytes: &[u8], start: usize) -> Option<(i64, usize)> {
    let rest = bytes.get(start..)?;
    let count = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    let value = rest[..count].iter().fold(0_i64, |value, byte| value.wrapping_mul(10).wrapping_add(i64::from(byte - b'0')));
    (1..=18).contains(&count).then_some((value, start + count))
}

/// The number that the digits at the start of a word are, and how many they are.
#[inline]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_digits_of_every_length() {
        for count in 1..=20_usize {
            let number: String = "98765432109876543210"[..count].to_owned();
            for tail in ["", "<", ",", "\u{fe}\u{fe}", "/0000000", ":0000000", "\u{0}0000000", " 11111111"] {
                let text = format!("{number}{tail}");
                let want = if count > 18 { None } else { number.parse().ok().map(|value: i64| (value, count)) };
                assert_eq!(digits(text.as_bytes(), 0), want, "{text}");
            }
        }
        assert_eq!(digits(b"", 0), None);
        assert_eq!(digits(b"x1234567", 0), None);
        assert_eq!(digits(b"007<0000", 0), Some((7, 3)));
    }

    #[test]
    fn finds_the_first_byte() {
        for length in 0..20 {
            for byte in [b'"', 0, 0x1f, b'\\'] {
                let mut text = vec![b'!'; length];
                text.push(byte);
                text.extend([b'"', 0xff, 0x80, b'a', 0, 0x20, 0x21, 0x23]);
                let marks = |word| equal(word, b'"') | equal(word, b'\\') | control(word);
                let is = |byte| byte == b'"' || byte == b'\\' || byte < 0x20;
                assert_eq!(position(&text, 0, marks, is), Some(length));
            }
        }
        assert_eq!(position(b"aaaaaaaaaaaa", 0, |word| equal(word, b'b'), |byte| byte == b'b'), None);
        assert_eq!(position(&[0x80, 0xff, 0xa0, 0x22, 0x80, 0x80, 0x80, 0x80], 0, control, |byte| byte < 0x20), None);
    }
}
