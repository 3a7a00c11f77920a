//! From one page to the next, for actions that are known by their tables.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::cursor::{At, Cursor};
use super::{copy, digest, path};
use crate::error::Error;
use crate::schema::{FieldPath, Mark, Operation, Pages, Turn};
use crate::value::{Record, Ref};

/// Leads from one page of a list to the next. [`Paging`](super::Paging) is the same for typed actions.
///
/// It holds no parameters: those of the next call are written into a fresh copy of what the caller gave.
#[derive(Debug)]
pub struct Turner {
    operation: &'static Operation,
    pages: &'static Pages,
    /// The parameters of the caller, as a number.
    given: u32,
    /// Where the page begins that is asked for next; `None` after the last one.
    at: Option<Place>,
    /// Marks that were used, or pages that were read where there are none, as hashes: a list of a million pages takes a few
    /// megabytes.
    seen: BTreeSet<u64>,
    tolerant: bool,
    last_total: Option<i64>,
}

#[derive(Clone, Debug)]
struct Place {
    at: At,
    /// Whether the marks have parts, so that no cursor can hold them.
    is_structured: bool,
}

/// Why a list cannot be read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PagesError {
    /// The service gave a mark that led to an earlier page: going on would never end.
    Repeated {
        /// What the action is called.
        action: &'static str,
        /// The mark.
        mark: String,
    },
    /// The service says that there are more pages, and not where.
    NoMark {
        /// What the action is called.
        action: &'static str,
    },
    /// The number of items fell while they were read: items behind the removed ones moved up, and some may have been passed
    /// over. Begin again, go on from the cursor, or [tolerate](Turner::tolerant) it.
    Shrunk {
        /// What the action is called.
        action: &'static str,
        /// How many there were.
        before: i64,
        /// How many there are.
        now: i64,
        /// How many were read so far.
        read: i64,
    },
    /// A page before the end of the list is empty: going on would never end.
    Empty {
        /// What the action is called.
        action: &'static str,
        /// Where the page begins.
        offset: i64,
        /// How many items there should be.
        total: i64,
    },
    /// A page holds the same items as one before it: the service does not turn the pages, and going on would read them for ever.
    Same {
        /// What the action is called.
        action: &'static str,
        /// Where the page should begin.
        offset: i64,
    },
}

impl fmt::Display for PagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeated { action, mark } => {
                write!(
                    f,
                    "{action}: the service repeats the mark {mark:?} of an earlier page; the list would never end"
                )
            }
            Self::NoMark { action } => {
                write!(f, "{action}: the service says that there are more pages, but not where the next one begins")
            }
            Self::Shrunk { action, before, now, read } => write!(
                f,
                "{action}: the list shrank from {before} to {now} items after {read} were read; some may have been passed over"
            ),
            Self::Empty { action, offset, total } => {
                write!(f, "{action}: the page at item {offset} of {total} is empty; the list would never end")
            }
            Self::Same { action, offset } => write!(
                f,
                "{action}: the page at item {offset} holds the same items as one before it; the service does not turn the pages, \
                 and the list would never end"
            ),
        }
    }
}

impl std::error::Error for PagesError {}

impl Turner {
    /// Begins at the start of the list. Fails for an action whose spec knows of no pages.
    ///
    /// `input` are the parameters of the first call: a page size is set in them if the caller has set none.
    pub fn begin(operation: &'static Operation, input: &mut dyn Record) -> Result<Self, Error> {
        let Some(pages) = operation.pages else {
            return Err(Error::Setup(format!(
                "the answer of {} does not come in pages, as far as its spec knows",
                operation.name
            )));
        };
        if let Some(size) = integer(input, pages.limit).filter(|size| *size <= 0) {
            return Err(Error::Setup(format!("{} = {size}: a list cannot be read in pages of no items", pages.limit)));
        }
        if let Turn::Offset { parameter, .. } = pages.turn
            && let Some(offset) = integer(input, parameter).filter(|offset| *offset < 0)
        {
            return Err(Error::Setup(format!("{parameter} = {offset}: a list begins at 0")));
        }
        let place = match pages.turn {
            Turn::Marks(marks) => marked(marks, input),
            Turn::Offset { parameter, .. } => {
                let offset = integer(input, parameter).unwrap_or(0);
                Place { at: At::Offset { offset, total: None }, is_structured: false }
            }
        };
        let mut turner = Self {
            operation,
            pages,
            given: digest::parameters(operation, input, &places(pages)),
            at: Some(place),
            seen: BTreeSet::new(),
            tolerant: false,
            last_total: None,
        };
        turner.size(input);
        if let Turn::Marks(marks) = pages.turn {
            turner.seen.insert(hash(&given(marks, input)));
        }
        Ok(turner)
    }

    /// Begins where a cursor says, at the begin of a page. `input` are the parameters of the caller; those of the page are set in
    /// them.
    pub fn resume(operation: &'static Operation, cursor: &Cursor, input: &mut dyn Record) -> Result<Self, Error> {
        let mut turner = Self::begin(operation, input)?;
        if cursor.action != operation.name {
            return Err(Error::Setup(format!(
                "{cursor} is a place in the list of {}, not of {}",
                cursor.action, operation.name
            )));
        }
        if cursor.given != turner.given {
            return Err(Error::Setup(format!(
                "{cursor} is a place in the list that other parameters of {} give: go on with those it was begun with",
                operation.name
            )));
        }
        if cursor.skip > 0 {
            return Err(Error::Setup(format!(
                "{cursor} is a place within a page, behind {} of its items: go on through the items from there, or through the pages \
                 from the begin of that one (`Cursor::page`)",
                cursor.skip
            )));
        }
        let fits = match (&turner.pages.turn, &cursor.at) {
            (_, At::Start) => true,
            (Turn::Offset { parameter, .. }, At::Offset { offset, total }) => {
                turner.last_total = *total;
                put(input, parameter, Ref::Int(*offset))
            }
            (Turn::Marks(known), At::Marks(marks)) => marks.iter().all(|(name, value)| {
                known.iter().any(|mark| mark.input == name)
                    && path::index(input.shape(), name).is_some_and(|index| copy::put_text(value, input.slot(index)))
            }),
            _ => false,
        };
        if !fits {
            return Err(Error::Setup(format!("{cursor} does not fit the way in which {} is paged", operation.name)));
        }
        if let Turn::Marks(marks) = turner.pages.turn {
            turner.seen.insert(hash(&given(marks, input)));
        }
        turner.at = Some(Place { at: cursor.at.clone(), is_structured: false });
        Ok(turner)
    }

    /// Takes it as it is when items disappear while the list is read: what was passed over stays so.
    pub fn tolerant(&mut self, tolerant: bool) {
        self.tolerant = tolerant;
    }

    /// Where the page begins that is asked for next. `None` after the last one, where the service leads nowhere (of the
    /// [`PagesError`]s all but [`Shrunk`](PagesError::Shrunk)), and where the mark of the page is a structure that no text can hold.
    pub fn cursor(&self) -> Option<Cursor> {
        let place = self.at.as_ref().filter(|place| !place.is_structured)?;
        Some(Cursor { action: self.operation.name.to_owned(), given: self.given, skip: 0, at: place.at.clone() })
    }

    /// The place of the page that was received last, by the cursor from before it came: with what it told of the whole list.
    #[must_use]
    pub fn informed(&self, mut begin: Cursor) -> Cursor {
        // the larger of both: what tells that the list shrank must not be forgotten
        if let At::Offset { total, .. } = &mut begin.at {
            *total = (*total).max(self.last_total);
        }
        begin
    }

    /// Learns from a page and prepares the next call. `asked` are the parameters that led to the page, `next` is a fresh copy
    /// of those that the caller gave, into which those of the next page are written.
    ///
    /// False: that was the last page. An error is about what follows: the page itself is good.
    pub fn turn(&mut self, asked: &dyn Record, output: &dyn Record, next: &mut dyn Record) -> Result<bool, Error> {
        self.size(next);
        let more = self.pages.more.and_then(|way| path::boolean(output, way));
        match self.pages.turn {
            Turn::Marks(marks) => self.turn_marks(marks, more, output, next),
            Turn::Offset { parameter, total } => {
                self.turn_offset(parameter, total, more, asked, output, next).map_err(Error::from)
            }
        }
    }

    fn turn_marks(
        &mut self,
        marks: &'static [Mark],
        more: Option<bool>,
        output: &dyn Record,
        next: &mut dyn Record,
    ) -> Result<bool, Error> {
        let action = self.operation.name;
        self.at = None;
        if more == Some(false) {
            return Ok(false);
        }
        let mut place = Place { at: At::Start, is_structured: false };
        let mut texts = Vec::new();
        let mut all = Vec::new();
        for mark in marks {
            let mut shown = None;
            let mut fits = true;
            path::visit(output, mark.output, &mut |value| {
                if path::is_empty(value) {
                    return;
                }
                let text = path::text(value);
                place.is_structured |= text.is_none();
                shown = Some(text.unwrap_or_else(|| format!("{value:?}")));
                fits &= put(next, mark.input, value);
            });
            if !fits {
                return Err(Error::Setup(format!(
                    "{action}: the parameter {} cannot take the mark of a page",
                    mark.input
                )));
            }
            if let Some(text) = &shown {
                texts.push((mark.input.to_owned(), text.clone()));
            }
            all.push(shown);
        }
        if texts.is_empty() {
            return if more == Some(true) { Err(PagesError::NoMark { action }.into()) } else { Ok(false) };
        }
        if !self.seen.insert(hash(&all)) {
            let mark = texts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", ");
            return Err(PagesError::Repeated { action, mark }.into());
        }
        place.at = At::Marks(texts);
        self.at = Some(place);
        Ok(true)
    }

    fn turn_offset(
        &mut self,
        parameter: &'static str,
        total: Option<FieldPath>,
        more: Option<bool>,
        asked: &dyn Record,
        output: &dyn Record,
        next: &mut dyn Record,
    ) -> Result<bool, PagesError> {
        let action = self.operation.name;
        let offset = integer(asked, parameter).unwrap_or(0);
        // what counts is what came, not what was asked for: services cut large limits without a word
        let count = self.pages.items.first().map_or(0, |way| count(output, *way));
        let read = offset.saturating_add(count);
        let total = total.and_then(|way| path::integer(output, way));
        let before = self.last_total;
        self.last_total = total.or(before);

        let is_over = match total {
            _ if more == Some(false) => true,
            Some(total) => read >= total,
            None => false,
        };
        self.at = None;
        // whatever the total says: there may be none, and it may grow with each page
        if count > 0 && !self.seen.insert(digest::items(output, self.pages.items)) {
            return Err(PagesError::Same { action, offset });
        }
        let is_stuck = count == 0 && !is_over;
        if !is_over && !is_stuck {
            put(next, parameter, Ref::Int(read));
            self.at = Some(Place { at: At::Offset { offset: read, total }, is_structured: false });
        }
        if self.tolerant {
            return Ok(self.at.is_some());
        }
        match (before, total) {
            (Some(before), Some(now)) if now < before => Err(PagesError::Shrunk { action, before, now, read }),
            (_, Some(total)) if is_stuck => Err(PagesError::Empty { action, offset, total }),
            (_, None) if is_stuck && more == Some(true) => Err(PagesError::NoMark { action }),
            _ => Ok(self.at.is_some()),
        }
    }

    /// Sets the page size if the caller has set none: the fewest calls.
    fn size(&self, input: &mut dyn Record) {
        let Some(size) = self.pages.size else { return };
        if let Some(index) = path::index(input.shape(), self.pages.limit)
            && matches!(input.get(index), Ref::Absent)
        {
            copy::copy(Ref::Int(i64::from(size)), input.slot(index));
        }
    }
}

/// Where the marks lead that the caller has set.
fn marked(marks: &[Mark], input: &dyn Record) -> Place {
    let mut place = Place { at: At::Start, is_structured: false };
    let mut texts = Vec::new();
    for mark in marks {
        let value = path::index(input.shape(), mark.input).map_or(Ref::Absent, |index| input.get(index));
        if !path::is_empty(value) {
            let text = path::text(value);
            place.is_structured |= text.is_none();
            texts.extend(text.map(|text| (mark.input.to_owned(), text)));
        }
    }
    if !texts.is_empty() {
        place.at = At::Marks(texts);
    }
    place
}

/// The value of a parameter that counts.
fn integer(input: &dyn Record, parameter: &str) -> Option<i64> {
    match input.get(path::index(input.shape(), parameter)?) {
        Ref::Int(number) => Some(number),
        _ => None,
    }
}

/// The parameters that differ from page to page.
fn places(pages: &Pages) -> Vec<&'static str> {
    let mut places = vec![pages.limit];
    match pages.turn {
        Turn::Marks(marks) => places.extend(marks.iter().map(|mark| mark.input)),
        Turn::Offset { parameter, .. } => places.push(parameter),
    }
    places
}

/// Number of items of a list or map at the end of a path.
fn count(output: &dyn Record, way: FieldPath) -> i64 {
    let mut count = 0;
    path::visit(output, way, &mut |value| {
        count += match value {
            Ref::List(items) => items.len(),
            Ref::Map(entries) => entries.len(),
            _ => 0,
        };
    });
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn put(input: &mut dyn Record, name: &str, value: Ref<'_>) -> bool {
    path::index(input.shape(), name).is_some_and(|index| copy::copy(value, input.slot(index)))
}

/// The marks that the parameters have.
fn given(marks: &[Mark], input: &dyn Record) -> Vec<Option<String>> {
    let given = |mark: &Mark| match path::index(input.shape(), mark.input).map(|index| input.get(index)) {
        None | Some(Ref::Absent) => None,
        Some(value) => Some(path::text(value).unwrap_or_else(|| format!("{value:?}"))),
    };
    marks.iter().map(given).collect()
}

fn hash(marks: &[Option<String>]) -> u64 {
    let mut hasher = DefaultHasher::new();
    marks.hash(&mut hasher);
    hasher.finish()
}
