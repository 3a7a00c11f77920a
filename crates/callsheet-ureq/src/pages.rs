//! Lists that come in pages, and spans of time that take several calls.

use std::iter::FusedIterator;
use std::time::Duration;

use callsheet::Error;
use callsheet::sequence::{self, Cursor, Paged, PagedItems, Paging, Spans, Windowed};

use crate::Client;

impl Client {
    /// Goes through the pages of a list.
    pub fn pages<A: Paged>(&self, action: &A) -> Result<Pages<A>, Error> {
        Ok(Pages { client: self.clone(), paging: Paging::new(action)? })
    }

    /// Goes on through the pages of a list where a cursor says. `action` has to be the same as it was then. Fails for the place of
    /// an item within a page: see [`Cursor::page`].
    pub fn pages_from<A: Paged>(&self, action: &A, cursor: &Cursor) -> Result<Pages<A>, Error> {
        Ok(Pages { client: self.clone(), paging: Paging::resume(action, cursor)? })
    }

    /// Goes through the items of a list, page after page.
    pub fn items<A: PagedItems>(&self, action: &A) -> Result<Items<A>, Error> {
        Ok(Items { client: self.clone(), items: sequence::Items::new(action)? })
    }

    /// Goes on through the items of a list where a cursor says, of pages or of items.
    pub fn items_from<A: PagedItems>(&self, action: &A, cursor: &Cursor) -> Result<Items<A>, Error> {
        Ok(Items { client: self.clone(), items: sequence::Items::resume(action, cursor)? })
    }

    /// Calls an action for each part of its span of time that one call may cover, the earliest first.
    pub fn windows<A: Windowed>(&self, action: &A) -> Result<Windows<A>, Error> {
        let spans = Spans::new(A::OPERATION, action)?;
        Ok(Windows { client: self.clone(), action: action.clone(), spans: Some(spans) })
    }
}

/// The pages of a list, each asked for when it is wanted. An error ends them; the cursor then tells where to go on.
#[derive(Debug)]
#[must_use = "nothing is asked for until a page is taken"]
pub struct Pages<A: Paged> {
    client: Client,
    paging: Paging<A>,
}

impl<A: Paged> Pages<A> {
    /// Takes it as it is when items disappear while the list is read. See [`callsheet::sequence::Turner::tolerant`].
    pub fn tolerant(mut self) -> Self {
        self.paging = self.paging.tolerant();
        self
    }

    /// Where the page begins that comes next; `None` after the last one.
    pub fn cursor(&self) -> Option<Cursor> {
        self.paging.cursor()
    }
}

impl<A: Paged> Iterator for Pages<A> {
    type Item = Result<A::Output, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.paging.next_call()?.and_then(|action| self.client.send(action));
        match &result {
            Ok(output) => self.paging.receive(output),
            Err(_) => self.paging.stop(),
        }
        Some(result)
    }
}

impl<A: Paged> FusedIterator for Pages<A> {}

/// The items of a list, a page of which is asked for when its first item is wanted. An error ends them; the cursor then tells
/// where to go on.
#[derive(Debug)]
#[must_use = "nothing is asked for until an item is taken"]
pub struct Items<A: PagedItems> {
    client: Client,
    items: sequence::Items<A>,
}

impl<A: PagedItems> Items<A> {
    /// Takes it as it is when items disappear while the list is read. See [`callsheet::sequence::Turner::tolerant`].
    pub fn tolerant(mut self) -> Self {
        self.items = self.items.tolerant();
        self
    }

    /// The place behind the last item that was taken; `None` at the end.
    pub fn cursor(&self) -> Option<Cursor> {
        self.items.cursor()
    }
}

impl<A: PagedItems> Iterator for Items<A> {
    type Item = Result<A::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.items.next_item() {
                return Some(Ok(item));
            }
            match self.items.next_call()?.and_then(|action| self.client.send(action)) {
                Ok(output) => self.items.receive(output),
                Err(error) => {
                    self.items.stop();
                    return Some(Err(error));
                }
            }
        }
    }
}

impl<A: PagedItems> FusedIterator for Items<A> {}

/// The answers to the parts of a span of time, the earliest first. An error ends them.
#[derive(Debug)]
#[must_use = "nothing is asked for until an answer is taken"]
pub struct Windows<A: Windowed> {
    client: Client,
    action: A,
    spans: Option<Spans>,
}

impl<A: Windowed> Windows<A> {
    /// Shorter parts than one call may cover, for smaller answers.
    pub fn at_most(mut self, span: Duration) -> Self {
        self.spans = self.spans.map(|spans| spans.at_most(span));
        self
    }

    /// How many calls are left.
    pub fn left(&self) -> usize {
        self.spans.as_ref().map_or(0, Spans::left)
    }

    /// Makes all calls that are left and joins their answers to one, as if one call had covered all of that time. Fails, before the
    /// first call, if there is none left and where the spec does not say how several answers are joined.
    pub fn joined(self) -> Result<A::Output, Error> {
        sequence::can_join(A::OPERATION, self.left())?;
        let parts = self.collect::<Result<Vec<_>, _>>()?;
        sequence::joined::<A>(&parts)
    }
}

impl<A: Windowed> Iterator for Windows<A> {
    type Item = Result<A::Output, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut action = self.action.clone();
        if !self.spans.as_mut()?.next_span(&mut action) {
            return None;
        }
        let result = self.client.send(&action);
        if result.is_err() {
            self.spans = None;
        }
        Some(result)
    }
}

impl<A: Windowed> FusedIterator for Windows<A> {}
