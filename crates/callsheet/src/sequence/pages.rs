//! Pages and items of typed actions.

use std::vec;

use super::cursor::Cursor;
use super::turner::Turner;
use crate::error::Error;
use crate::value::Action;

/// An action whose answer comes in pages.
pub trait Paged: Action + Clone {}

/// An action whose pages hold one list of items.
pub trait PagedItems: Paged {
    /// What the list is made of.
    type Item: std::fmt::Debug;
    /// The items of a page.
    fn items(output: Self::Output) -> Vec<Self::Item>;
}

/// Goes through the pages of a list: [`Paging::next_call`] says what to call, [`Paging::receive`] takes the answer.
///
/// ```
/// # use callsheet::{Error, sequence::{Paged, Paging}};
/// fn pages<A: Paged>(action: &A, call: impl Fn(&A) -> Result<A::Output, Error>) -> Result<Vec<A::Output>, Error> {
///     let mut paging = Paging::new(action)?;
///     let mut pages = Vec::new();
///     while let Some(action) = paging.next_call() {
///         let page = call(action?)?;
///         paging.receive(&page);
///         pages.push(page);
///     }
///     Ok(pages)
/// }
/// ```
#[derive(Debug)]
pub struct Paging<A: Paged> {
    /// As the caller gave it.
    action: A,
    next: Option<A>,
    turner: Turner,
    /// What is wrong with what comes after the last page.
    problem: Option<Error>,
}

impl<A: Paged> Paging<A> {
    /// Begins with the first page.
    pub fn new(action: &A) -> Result<Self, Error> {
        let mut next = action.clone();
        let turner = Turner::begin(A::OPERATION, &mut next)?;
        Ok(Self { action: action.clone(), next: Some(next), turner, problem: None })
    }

    /// Begins where a cursor says. `action` has to be the same as it was then. Fails for the place of an item within a page: see
    /// [`Cursor::page`].
    pub fn resume(action: &A, cursor: &Cursor) -> Result<Self, Error> {
        let mut next = action.clone();
        let turner = Turner::resume(A::OPERATION, cursor, &mut next)?;
        Ok(Self { action: action.clone(), next: Some(next), turner, problem: None })
    }

    /// See [`Turner::tolerant`].
    #[must_use]
    pub fn tolerant(mut self) -> Self {
        self.turner.tolerant(true);
        self
    }

    /// The next call; the same one until its answer was received. `None`: the list is over. An error comes once, and ends the
    /// list.
    pub fn next_call(&mut self) -> Option<Result<&A, Error>> {
        if let Some(problem) = self.problem.take() {
            self.next = None;
            return Some(Err(problem));
        }
        self.next.as_ref().map(Ok)
    }

    /// Takes the answer of the call.
    pub fn receive(&mut self, output: &A::Output) {
        let Some(asked) = self.next.take() else { return };
        let mut next = self.action.clone();
        match self.turner.turn(&asked, output, &mut next) {
            Ok(true) => self.next = Some(next),
            Ok(false) => {}
            Err(error) => self.problem = Some(error),
        }
    }

    /// Gives the list up, after a call that failed. The cursor stays.
    pub fn stop(&mut self) {
        self.next = None;
    }

    /// Where the page begins that is asked for next, after an error too. See [`Turner::cursor`].
    pub fn cursor(&self) -> Option<Cursor> {
        self.turner.cursor()
    }
}

/// Goes through the items of a list: [`Items::next_item`], and where there is none [`Items::next_call`] and
/// [`Items::receive`].
#[derive(Debug)]
pub struct Items<A: PagedItems> {
    paging: Paging<A>,
    page: vec::IntoIter<A::Item>,
    /// Where the page began that the items are from.
    begin: Option<Cursor>,
    /// Items of that page that were handed out or skipped.
    taken: usize,
    /// Items of the next page that were taken before.
    skip: usize,
}

impl<A: PagedItems> Items<A> {
    /// Begins with the first item.
    pub fn new(action: &A) -> Result<Self, Error> {
        Ok(Paging::new(action)?.into())
    }

    /// Begins where a cursor says, of pages or of items.
    pub fn resume(action: &A, cursor: &Cursor) -> Result<Self, Error> {
        Ok(Self { skip: cursor.skip, ..Paging::resume(action, &cursor.page())?.into() })
    }

    /// See [`Turner::tolerant`].
    #[must_use]
    pub fn tolerant(mut self) -> Self {
        self.paging = self.paging.tolerant();
        self
    }

    /// The next item of the page that is there.
    pub fn next_item(&mut self) -> Option<A::Item> {
        let item = self.page.next()?;
        self.taken += 1;
        Some(item)
    }

    /// See [`Paging::next_call`].
    pub fn next_call(&mut self) -> Option<Result<&A, Error>> {
        self.paging.next_call()
    }

    /// Takes the answer of the call.
    pub fn receive(&mut self, output: A::Output) {
        let begin = self.paging.cursor();
        self.paging.receive(&output);
        self.begin = begin.map(|begin| self.paging.turner.informed(begin));
        let mut items = A::items(output);
        self.taken = std::mem::take(&mut self.skip).min(items.len());
        items.drain(..self.taken);
        self.page = items.into_iter();
    }

    /// See [`Paging::stop`].
    pub fn stop(&mut self) {
        self.paging.stop();
    }

    /// The place behind the last item that was handed out. `None` at the end of the list.
    pub fn cursor(&self) -> Option<Cursor> {
        if self.page.as_slice().is_empty() {
            let skip = self.skip;
            return self.paging.cursor().map(|cursor| Cursor { skip, ..cursor });
        }
        self.begin.clone().map(|cursor| Cursor { skip: self.taken, ..cursor })
    }
}

impl<A: PagedItems> From<Paging<A>> for Items<A> {
    fn from(paging: Paging<A>) -> Self {
        Self { paging, page: Vec::new().into_iter(), begin: None, taken: 0, skip: 0 }
    }
}
