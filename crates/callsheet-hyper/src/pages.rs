//! Lists that come in pages, and spans of time that take several calls.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use callsheet::Error;
use callsheet::sequence::{self, Cursor, Paged, PagedItems, Paging, Spans, Windowed};
use callsheet::value::Record;
use futures_core::Stream;

use crate::Client;

impl Client {
    /// Goes through the pages of a list.
    pub fn pages<A: Paged>(&self, action: &A) -> Result<Pages<A>, Error> {
        Ok(Pages { client: self.clone(), paging: Paging::new(action)? })
    }

    /// Goes on through the pages of a list where a cursor says. `action` has to be the same as it was then.
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

    /// The same as a [`Stream`].
    pub fn into_stream(self) -> impl Stream<Item = Result<A::Output, Error>> + Send
    where
        A: 'static,
        A::Output: 'static,
    {
        Unfold::new(self, |mut pages| {
            Box::pin(async move {
                let page = pages.next().await;
                (page, pages)
            })
        })
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

    /// The same as a [`Stream`].
    pub fn into_stream(self) -> impl Stream<Item = Result<A::Item, Error>> + Send
    where
        A: 'static,
        A::Item: 'static,
    {
        Unfold::new(self, |mut items| {
            Box::pin(async move {
                let item = items.next().await;
                (item, items)
            })
        })
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

    /// Makes all calls and joins their answers to one, as if one call had covered the whole span.
    pub async fn joined(mut self) -> Result<A::Output, Error> {
        let mut parts = Vec::new();
        while let Some(part) = self.next().await {
            parts.push(part?);
        }
        let parts: Vec<&dyn Record> = parts.iter().map(|part| part as &dyn Record).collect();
        let mut output = A::Output::default();
        sequence::join(A::OPERATION, &parts, &mut output);
        Ok(output)
    }
}

/// What a future of [`Unfold`] gives: an item, and what makes the next one.
type Next<S, T> = Pin<Box<dyn Future<Output = (Option<T>, S)> + Send>>;

/// A stream out of something with an async `next`.
struct Unfold<S, T> {
    step: fn(S) -> Next<S, T>,
    /// `None` after the last item.
    next: Option<Next<S, T>>,
}

impl<S, T> Unfold<S, T> {
    fn new(state: S, step: fn(S) -> Next<S, T>) -> Self {
        Self { step, next: Some(step(state)) }
    }
}

impl<S, T> Stream for Unfold<S, T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let Some(next) = self.next.as_mut() else { return Poll::Ready(None) };
        let (item, state) = ready!(next.as_mut().poll(context));
        let step = self.step;
        self.next = item.is_some().then(|| step(state));
        Poll::Ready(item)
    }
}
