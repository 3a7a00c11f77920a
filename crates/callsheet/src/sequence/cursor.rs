//! A place in a list that comes in pages, as text.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
use crate::pairs::push_encoded;

/// A place in a list: where to go on, today or in another process.
///
/// As text it has no blanks, and goes into files and addresses as it is: `2/DescribeInstances/e3b0c442/0/offset=100/250`. It fits
/// the action and the parameters with which the list was begun, and no others; what it cannot know is whether the client is for the
/// same region, account and common parameters. The size of pages may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) action: String,
    /// The parameters, as a number.
    pub(crate) given: u32,
    /// Items of the page that were taken before.
    pub(crate) skip: usize,
    pub(crate) at: At,
}

/// Where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Where the parameters of the caller say.
    Start,
    /// After so many items, of so many that there were.
    Offset { offset: i64, total: Option<i64> },
    /// At these marks: parameter and value.
    Marks(Vec<(String, String)>),
}

impl Cursor {
    /// The version of the text: the first one did not tell the parameters.
    const VERSION: &'static str = "2";

    /// The begin of the page that the place is in: for what goes through pages, which it takes whole.
    #[must_use]
    pub fn page(&self) -> Self {
        Self { skip: 0, ..self.clone() }
    }

    /// Items of the page at which it stands that were taken before.
    pub fn skip(&self) -> usize {
        self.skip
    }

    /// The place behind so many items of the same page.
    #[must_use]
    pub fn behind(self, items: usize) -> Self {
        Self { skip: items, ..self }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{}/", Self::VERSION);
        push_encoded(&mut text, &self.action);
        text.push_str(&format!("/{:08x}/{}/", self.given, self.skip));
        match &self.at {
            At::Start => text.push_str("start"),
            At::Offset { offset, total } => {
                text.push_str(&format!("offset={offset}"));
                if let Some(total) = total {
                    text.push_str(&format!("/{total}"));
                }
            }
            At::Marks(marks) => {
                text.push_str("marks");
                for (name, value) in marks {
                    text.push('/');
                    push_encoded(&mut text, name);
                    text.push('=');
                    push_encoded(&mut text, value);
                }
            }
        }
        f.write_str(&text)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| Error::Setup(format!("{text:?} is no place in a list of this version of callsheet")))
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let mut parts = text.trim().split('/');
    if parts.next()? != Cursor::VERSION {
        return None;
    }
    let action = decoded(parts.next()?)?;
    let given = parts.next().filter(|digits| digits.len() == 8)?;
    let given = u32::from_str_radix(given, 16).ok()?;
    let skip = parts.next()?.parse().ok()?;
    let kind = parts.next()?;
    let at = if kind == "start" {
        At::Start
    } else if kind == "marks" {
        let mark = |part: &str| {
            let (name, value) = part.split_once('=')?;
            Some((decoded(name)?, decoded(value)?))
        };
        At::Marks(parts.by_ref().map(mark).collect::<Option<_>>()?)
    } else {
        let offset = kind.strip_prefix("offset=")?.parse().ok().filter(|offset| *offset >= 0)?;
        let total = parts.next().map(str::parse).transpose().ok()?;
        At::Offset { offset, total }
    };
    parts.next().is_none().then_some(Cursor { action, given, skip, at })
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde_core::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_into_text_and_back() {
        let places = [
            At::Start,
            At::Offset { offset: 100, total: None },
            At::Offset { offset: i64::MAX, total: Some(250) },
            At::Marks(vec![("Marker".to_owned(), "a/b=c &%\u{4e2d}".to_owned()), ("Other".to_owned(), String::new())]),
        ];
        for at in places {
            let cursor = Cursor { action: "List Users/1".to_owned(), given: 0xff, skip: 7, at };
            let text = cursor.to_string();
            assert!(!text.contains(' '), "{text}");
            assert_eq!(text.parse::<Cursor>().unwrap(), cursor, "{text}");
            let json = serde_json::to_string(&cursor).unwrap();
            assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), cursor, "{json}");
        }
        let at = At::Offset { offset: 1, total: Some(2) };
        let known = Cursor { action: "List".to_owned(), given: 0x1a2b, skip: 0, at };
        assert_eq!(known.to_string(), "2/List/00001a2b/0/offset=1/2");
    }

    #[test]
    fn refuses_what_is_none() {
        for text in [
            "",
            "2",
            "1/List/0/start",
            "1/List/00001a2b/0/start",
            "2/List/1a2b/0/start",
            "2/List/00001a2g/0/start",
            "2/List/00001a2b/0/start/more",
            "2/List/00001a2b/x/start",
            "2/List/00001a2b/0/offset=-1",
            "2/List/00001a2b/0/offset=1/x",
        ] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
