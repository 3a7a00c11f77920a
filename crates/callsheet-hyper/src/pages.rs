//! Lists that come in pages, and spans of time that take several calls.

use std::time::Duration;

use callsheet::Error;
use callsheet::sequence::{self, Cursor, Paged, PagedItems, Paging, Spans, Windowed};

use crate::Client;
use crate::listing::{Listing, Next};

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

impl<A: Paged<Output: Send> + Send + Sync> Pages<A> {
    /// Takes it as it is when items disappear while the list is read. See [`callsheet::sequence::Turner::tolerant`].
    pub fn tolerant(mut self) -> Self {
        self.paging = self.paging.tolerant();
        self
    }

    /// Where the page begins that comes next; `None` after the last one.
    pub fn cursor(&self) -> Option<Cursor> {
        self.paging.cursor()
    }

    /// The next page. The future may be dropped: the page is then asked for again.
    pub async fn next(&mut self) -> Option<Result<A::Output, Error>> {
        let result = match self.paging.next_call()? {
            Ok(action) => self.client.send(action).await,
            Err(error) => Err(error),
        };
        match &result {
            Ok(output) => self.paging.receive(output),
            Err(_) => self.paging.stop(),
        }
        Some(result)
    }

    /// The same as a [`Stream`](futures_core::Stream), which tells its cursor too.
    pub fn into_stream(self) -> Listing<Self, Result<A::Output, Error>>
    where
        A: 'static,
        A::Output: 'static,
    {
        let step = |mut pages: Box<Self>| -> Next<Self, Result<A::Output, Error>> {
            Box::pin(async move {
                let page = pages.next().await;
                (page, pages)
            })
        };
        Listing::new(self, |_| None, step, Self::cursor)
    }
}

/// The items of a list, a page of which is asked for when its first item is wanted. An error ends them; the cursor then tells
/// where to go on.
#[derive(Debug)]
#[must_use = "nothing is asked for until an item is taken"]
pub struct Items<A: PagedItems> {
    client: Client,
    items: sequence::Items<A>,
}

impl<A: PagedItems<Output: Send, Item: Send> + Send + Sync> Items<A> {
    /// Takes it as it is when items disappear while the list is read. See [`callsheet::sequence::Turner::tolerant`].
    pub fn tolerant(mut self) -> Self {
        self.items = self.items.tolerant();
        self
    }

    /// The place behind the last item that was taken; `None` at the end.
    pub fn cursor(&self) -> Option<Cursor> {
        self.items.cursor()
    }

    /// The next item. The future may be dropped: its page is then asked for again, and no item is lost.
    pub async fn next(&mut self) -> Option<Result<A::Item, Error>> {
        loop {
            if let Some(item) = self.items.next_item() {
                return Some(Ok(item));
            }
            let result = match self.items.next_call()? {
                Ok(action) => self.client.send(action).await,
                Err(error) => Err(error),
            };
            match result {
                Ok(output) => self.items.receive(output),
                Err(error) => {
                    self.items.stop();
                    return Some(Err(error));
                }
            }
        }
    }

    /// The same as a [`Stream`](futures_core::Stream), which tells its cursor too.
    pub fn into_stream(self) -> Listing<Self, Result<A::Item, Error>>
    where
        A: 'static,
        A::Item: 'static,
    {
        let step = |mut items: Box<Self>| -> Next<Self, Result<A::Item, Error>> {
            Box::pin(async move {
                let item = items.next().await;
                (item, items)
            })
        };
        Listing::new(self, |items| items.items.next_item().map(Ok), step, Self::cursor)
    }
}

/// The answers to the parts of a span of time, the earliest first. An error ends them.
#[derive(Debug)]
#[must_use = "nothing is asked for until an answer is taken"]
pub struct Windows<A: Windowed> {
    client: Client,
    action: A,
    spans: Option<Spans>,
}

impl<A: Windowed<Output: Send + Sync> + Send + Sync> Windows<A> {
    /// Shorter parts than one call may cover, for smaller answers.
    pub fn at_most(mut self, span: Duration) -> Self {
        self.spans = self.spans.map(|spans| spans.at_most(span));
        self
    }

    /// How many calls are left.
    pub fn left(&self) -> usize {
        self.spans.as_ref().map_or(0, Spans::left)
    }

    /// The next answer. The future may be dropped: the part is then asked for again.
    pub async fn next(&mut self) -> Option<Result<A::Output, Error>> {
        let mut action = self.action.clone();
        let mut spans = self.spans.clone()?;
        if !spans.next_span(&mut action) {
            self.spans = None;
            return None;
        }
        let result = self.client.send(&action).await;
        self.spans = result.is_ok().then_some(spans);
        Some(result)
    }

    /// Makes all calls that are left and joins their answers to one, as if one call had covered all of that time. Fails, before the
    /// first call, if there is none left and where the spec does not say how several answers are joined.
    pub async fn joined(mut self) -> Result<A::Output, Error> {
        sequence::can_join(A::OPERATION, self.left())?;
        let mut parts = Vec::new();
        while let Some(part) = self.next().await {
            parts.push(part?);
        }
        sequence::joined::<A>(&parts)
    }
}
