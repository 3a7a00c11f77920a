//! Plain monitor series: whole numbers or pairs of them, and gaps.

use super::json::int;
use crate::series::{Item, Sample, Series};

/// The series that begins at `at`, and where it ends; `None` if it is not plain, or wrong.
pub(super) fn read(text: &[u8], at: usize) -> Option<(Series, usize)> {
    let mut scanner = Scanner { text, at };
    scanner.take(b'[')?;
    if scanner.take(b']').is_some() {
        return Some((Series::default(), scanner.at));
    }
    // the first item tells whether values are pairs; one whose value is missing does not
    scanner.take(b'[')?;
    let stamp = scanner.int_and(b',')?;
    let mut items = Vec::new();
    if scanner.take(b'[').is_some() {
        items.push(Item { jump: Some(stamp), sample: scanner.pair()? });
        scanner.take(b']')?;
        scanner.pairs(&mut items)?;
    } else {
        items.push(Item { jump: Some(stamp), sample: Sample::Int(scanner.int_and(b']')?) });
        scanner.numbers(&mut items)?;
    }
    Some((Series { items }, scanner.at))
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    /// Items `[1,2]` and `[300,[1,2]]`, to the end of the series.
    fn pairs(&mut self, items: &mut Vec<Item>) -> Option<()> {
        while self.more()? {
            let item = if self.take(b'[').is_some() {
                let first = self.int_and(b',')?;
                if self.take(b'[').is_some() {
                    let sample = self.pair()?;
                    self.take(b']')?;
                    Item { jump: Some(first), sample }
                } else {
                    Item { jump: None, sample: Sample::IntPair([first, self.int_and(b']')?]) }
                }
            } else {
                self.missing()?
            };
            items.push(item);
        }
        Some(())
    }

    /// Items `1` and `[300,1]`, to the end of the series.
    fn numbers(&mut self, items: &mut Vec<Item>) -> Option<()> {
        while self.more()? {
            let item = match self.text.get(self.at)? {
                b'[' => {
                    self.at += 1;
                    let offset = self.int_and(b',')?;
                    Item { jump: Some(offset), sample: Sample::Int(self.int_and(b']')?) }
                }
                b'"' | b'n' => self.missing()?,
                _ => Item { jump: None, sample: Sample::Int(self.int()?) },
            };
            items.push(item);
        }
        Some(())
    }

    /// `1,2]`
    #[inline]
    fn pair(&mut self) -> Option<Sample> {
        Some(Sample::IntPair([self.int_and(b',')?, self.int_and(b']')?]))
    }

    #[cold]
    fn missing(&mut self) -> Option<Item> {
        let rest = self.text.get(self.at..)?;
        let word = [b"\"NA\"", b"null"].into_iter().find(|word| rest.starts_with(*word))?;
        self.at += word.len();
        Some(Item { jump: None, sample: Sample::Missing })
    }

    /// Whether there is one more item; goes to it, or behind the end.
    #[inline]
    fn more(&mut self) -> Option<bool> {
        if self.take(b',').is_some() {
            return Some(true);
        }
        self.take(b']').map(|()| false)
    }

    /// A whole number, and the mark behind it.
    #[inline]
    fn int_and(&mut self, mark: u8) -> Option<i64> {
        let value = self.int()?;
        self.take(mark)?;
        Some(value)
    }

    #[inline]
    fn int(&mut self) -> Option<i64> {
        let (value, end) = int(self.text, self.at)?;
        self.at = end;
        Some(value)
    }

    /// Reads `mark` and the blanks around it, if it is there.
    #[inline]
    fn take(&mut self, mark: u8) -> Option<()> {
        if self.text.get(self.at) != Some(&mark) {
            self.blanks();
            if self.text.get(self.at) != Some(&mark) {
                return None;
            }
        }
        self.at += 1;
        self.blanks();
        Some(())
    }

    #[inline]
    fn blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.get(self.at) {
            self.at += 1;
        }
    }
}
