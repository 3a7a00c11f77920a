//! Lists that come in pages, as one answer.

use callsheet::Error;
use callsheet::schema::{FieldPath, Kind, Operation, Pages, Shape, Turn};
use callsheet::sequence::{Cursor, Turner};
use callsheet::value::Ref;

use crate::{DynRecord, List, Value};

/// Reads a list that comes in pages into one answer: [`PagedList::next_call`] says what to call, [`PagedList::receive`] takes
/// the answer.
///
/// The answer has the lists of all pages, and beside them what the last page says: its total is the newest, and its mark is
/// there as long as the list goes on.
#[derive(Debug)]
pub struct PagedList {
    /// As the caller gave them.
    given: DynRecord,
    next: Option<DynRecord>,
    turner: Turner,
    pages: &'static Pages,
    /// Where the page begins that is asked for next.
    begin: Option<Cursor>,
    /// Items of the next page that were taken before.
    skip: usize,
    /// No more items than that.
    most: Option<usize>,
    /// What is wrong with what comes after the last page.
    problem: Option<Error>,
    answer: DynRecord,
    items: usize,
    received: usize,
}

impl PagedList {
    /// Begins at the start of the list. Fails for an action whose spec knows of no pages.
    pub fn begin(operation: &'static Operation, input: &DynRecord) -> Result<Self, Error> {
        let mut next = input.clone();
        let turner = Turner::begin(operation, &mut next)?;
        Self::new(operation, input, next, turner)
    }

    /// Begins where a cursor says, of pages or of items. `input` has to be the same as it was then.
    pub fn resume(operation: &'static Operation, input: &DynRecord, cursor: &Cursor) -> Result<Self, Error> {
        let mut next = input.clone();
        // to the begin of the page; what was taken of it is skipped when it comes
        let turner = Turner::resume(operation, &cursor.clone().behind(0), &mut next)?;
        Ok(Self { skip: cursor.skip(), ..Self::new(operation, input, next, turner)? })
    }

    fn new(operation: &'static Operation, input: &DynRecord, next: DynRecord, turner: Turner) -> Result<Self, Error> {
        let Some(pages) = operation.pages else {
            // the turner has refused it before
            return Err(Error::Setup(format!("{} has no pages", operation.name)));
        };
        Ok(Self {
            given: input.clone(),
            next: Some(next),
            begin: turner.cursor(),
            turner,
            pages,
            skip: 0,
            most: None,
            problem: None,
            answer: DynRecord::new(operation.output),
            items: 0,
            received: 0,
        })
    }

    /// Ends after so many items. Where a page has several lists, it ends after the page in which they were reached.
    #[must_use]
    pub fn at_most(mut self, items: usize) -> Self {
        self.most = Some(items);
        self
    }

    /// The parameters of the next call; the same ones until its answer was received. `None`: the list is over, or as many items
    /// are there as were wanted. An error comes once, and ends the list.
    pub fn next_call(&mut self) -> Option<Result<&DynRecord, Error>> {
        if let Some(problem) = self.problem.take() {
            self.next = None;
            return Some(Err(problem));
        }
        self.next.as_ref().map(Ok)
    }

    /// The parameters of the next call, which stays the next one.
    pub fn asked(&self) -> Option<&DynRecord> {
        self.next.as_ref()
    }

    /// Takes the answer of the call.
    pub fn receive(&mut self, mut page: DynRecord) {
        let Some(asked) = self.next.take() else { return };
        self.received += 1;
        let begin = self.begin.take();
        let mut next = self.given.clone();
        match self.turner.turn(&asked, &page, &mut next) {
            Ok(true) => self.next = Some(next),
            Ok(false) => {}
            Err(error) => self.problem = Some(error),
        }
        self.begin = self.turner.cursor();
        let skipped = std::mem::take(&mut self.skip);
        // it can be cut
        if let Some(list) = one_list(self.pages) {
            cut(&mut page, list, skipped, usize::MAX);
            let room = self.most.map_or(usize::MAX, |most| most.saturating_sub(self.items));
            if length(&page, list) > room {
                cut(&mut page, list, 0, room);
                self.begin = begin.map(|begin| self.turner.informed(begin).behind(skipped + room));
                self.next = None;
                self.problem = None;
            }
        }
        self.items += count(self.pages, &page);
        if self.most.is_some_and(|most| self.items >= most) {
            self.next = None;
        }
        self.add(page);
    }

    /// Puts what was there before in front of a page.
    fn add(&mut self, mut page: DynRecord) {
        let mut before = std::mem::replace(&mut self.answer, DynRecord::new(page.shape()));
        for list in self.pages.items {
            let steps = outer(*list);
            let Some(first) = take(&mut before, &steps) else { continue };
            match (first, open(&mut page, &steps)) {
                (Value::List(mut first), Some(Value::List(rest))) => {
                    first.items_mut().append(rest.items_mut());
                    *rest = first;
                }
                (Value::Map(mut first), Some(Value::Map(rest))) => {
                    first.append(rest);
                    *rest = first;
                }
                _ => {}
            }
        }
        let about_page: Vec<&str> = self.about_page().collect();
        for (index, field) in page.shape().fields().iter().enumerate() {
            if page.at(index).is_none()
                && !about_page.contains(&field.name)
                && let Some(value) = before.take(field.name)
            {
                // of the same shape
                let _ = page.put(index, value);
            }
        }
        self.answer = page;
    }

    /// The fields that say how the list goes on: those of an earlier page are wrong.
    fn about_page(&self) -> impl Iterator<Item = &'static str> {
        let marks = match self.pages.turn {
            Turn::Marks(marks) => marks,
            Turn::Offset { .. } => &[],
        };
        marks.iter().map(|mark| mark.output).chain(self.pages.more).map(|path| first_step(path.0))
    }

    /// Gives the list up, after a call that failed. The cursor stays.
    pub fn stop(&mut self) {
        self.next = None;
    }

    /// The place behind the last item that was taken. `None` at the end of the list, and where no text can hold the place.
    pub fn cursor(&self) -> Option<Cursor> {
        self.begin.clone().map(|cursor| if self.skip > 0 { cursor.behind(self.skip) } else { cursor })
    }

    /// What was read so far.
    pub fn answer(&self) -> &DynRecord {
        &self.answer
    }

    /// What was read so far.
    pub fn into_answer(self) -> DynRecord {
        self.answer
    }

    /// Takes the items that came since the last time, where [`has_one_list`] holds. They are no longer part of the answer, so that a
    /// list of any length needs the memory of a page.
    pub fn take_items(&mut self) -> Option<List> {
        take_list(self.pages, &mut self.answer)
    }

    /// How many items were taken: those of the first list, where a page has several.
    pub fn items(&self) -> usize {
        self.items
    }

    /// How many pages came.
    pub fn pages(&self) -> usize {
        self.received
    }

    /// How many items the service says that there are, with those that were passed over at the start.
    pub fn total(&self) -> Option<u64> {
        total(self.pages, &self.answer)
    }
}

/// Whether an action answers with the items of one list, in pages.
pub fn has_one_list(operation: &Operation) -> bool {
    operation.pages.is_some_and(|pages| list_of(pages, operation.output).is_some())
}

/// Takes the items out of an answer, where [`has_one_list`] holds and it has some.
pub fn take_items(operation: &Operation, answer: &mut DynRecord) -> Option<List> {
    take_list(operation.pages?, answer)
}

fn take_list(pages: &Pages, answer: &mut DynRecord) -> Option<List> {
    let list = list_of(pages, answer.shape())?;
    // to take from what is not there would make it
    if length(answer, list) == 0 {
        return None;
    }
    match take(answer, &outer(list))? {
        Value::List(items) => Some(items),
        _ => None,
    }
}

/// The path to the items, if they are one list in all of an answer of that shape.
fn list_of(pages: &Pages, mut shape: &'static Shape) -> Option<FieldPath> {
    let list = one_list(pages)?;
    let mut steps = list.0.split('/').peekable();
    while let Some(step) = steps.next() {
        match shape.fields().iter().find(|field| field.name == step)?.kind {
            Kind::List(_) if steps.peek().is_none() => return Some(list),
            Kind::Record(inner) => shape = inner,
            _ => return None,
        }
    }
    None
}

/// The list of the items, where there is but one.
fn one_list(pages: &Pages) -> Option<FieldPath> {
    match pages.items {
        [list] if !list.0.contains("[]") => Some(*list),
        _ => None,
    }
}

/// What one page tells of the rest of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// How many items the page has: those of the first list, where it has several.
    pub items: usize,
    /// How many items the service says that there are in all.
    pub total: Option<u64>,
    /// Whether there are more for certain: where nothing says so, only the empty page is the last one.
    pub is_certain: bool,
}

impl Rest {
    /// Looks at the answer to `asked`. `None`: it has no pages, or this is the last one.
    pub fn of(operation: &'static Operation, asked: &DynRecord, page: &DynRecord) -> Option<Self> {
        let pages = operation.pages?;
        let mut turner = Turner::begin(operation, &mut asked.clone()).ok()?;
        if !turner.turn(asked, page, &mut asked.clone()).ok()? {
            return None;
        }
        let total = total(pages, page);
        let is_certain = total.is_some() || pages.more.is_some() || matches!(pages.turn, Turn::Marks(_));
        Some(Self { items: count(pages, page), total, is_certain })
    }
}

fn count(pages: &Pages, page: &DynRecord) -> usize {
    pages.items.first().map_or(0, |list| length(page, *list))
}

fn total(pages: &Pages, page: &DynRecord) -> Option<u64> {
    let Turn::Offset { total: Some(way), .. } = pages.turn else { return None };
    let steps: Vec<&str> = way.0.split('/').collect();
    match at(page, &steps) {
        Some(Value::Int(total)) => u64::try_from(*total).ok(),
        Some(Value::Text(total)) => total.trim().parse().ok(),
        _ => None,
    }
}

/// The steps of a path, up to the first list that is gone through.
fn outer(path: FieldPath) -> Vec<&'static str> {
    let mut all = Vec::new();
    for step in path.0.split('/') {
        match step.strip_suffix("[]") {
            Some(list) => {
                all.push(list);
                break;
            }
            None => all.push(step),
        }
    }
    all
}

fn first_step(path: &'static str) -> &'static str {
    let step = path.split('/').next().unwrap_or(path);
    step.strip_suffix("[]").unwrap_or(step)
}

fn at<'r>(record: &'r DynRecord, steps: &[&str]) -> Option<&'r Value> {
    let (first, rest) = steps.split_first()?;
    match record.value(first)? {
        value if rest.is_empty() => Some(value),
        Value::Record(inner) => at(inner, rest),
        _ => None,
    }
}

fn take(record: &mut DynRecord, steps: &[&str]) -> Option<Value> {
    let (first, rest) = steps.split_first()?;
    if rest.is_empty() {
        return record.take(first);
    }
    match open(record, &[*first])? {
        Value::Record(inner) => take(inner, rest),
        _ => None,
    }
}

/// The value at the end of a path, created empty where it is not set.
fn open<'r>(record: &'r mut DynRecord, steps: &[&str]) -> Option<&'r mut Value> {
    let (first, rest) = steps.split_first()?;
    let index = record.shape().fields().iter().position(|field| field.name == *first)?;
    match record.open(index)? {
        value if rest.is_empty() => Some(value),
        Value::Record(inner) => open(inner, rest),
        _ => None,
    }
}

fn length(record: &DynRecord, list: FieldPath) -> usize {
    match at(record, &outer(list)).map(Value::as_ref) {
        Some(Ref::List(items)) => items.len(),
        Some(Ref::Map(entries)) => entries.len(),
        _ => 0,
    }
}

/// Keeps `most` items of a list, those behind the first `skip`.
fn cut(record: &mut DynRecord, list: FieldPath, skip: usize, most: usize) {
    if length(record, list) == 0 {
        return;
    }
    match open(record, &outer(list)) {
        Some(Value::List(items)) => {
            let items = items.items_mut();
            items.drain(..skip.min(items.len()));
            items.truncate(most);
        }
        Some(Value::Map(entries)) => entries.cut(skip, most),
        _ => {}
    }
}
