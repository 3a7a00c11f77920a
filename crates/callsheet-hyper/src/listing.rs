//! Lists as streams.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use callsheet::sequence::Cursor;
use futures_core::Stream;

/// The pages or items of a list as a [`Stream`] that knows where it is: what `into_stream` of [`Pages`](crate::Pages) and
/// [`Items`](crate::Items) gives.
#[must_use = "nothing is asked for until it is polled"]
pub struct Listing<S, T> {
    /// What is there without asking.
    ready: fn(&mut S) -> Option<T>,
    ask: fn(Box<S>) -> Next<S, T>,
    cursor: fn(&S) -> Option<Cursor>,
    phase: Phase<S, T>,
}

/// What a question gives: an item, and what makes the next one.
pub(crate) type Next<S, T> = Pin<Box<dyn Future<Output = (Option<T>, Box<S>)> + Send>>;

enum Phase<S, T> {
    Idle(Box<S>),
    /// A page is asked for that begins there.
    Asking(Next<S, T>, Option<Cursor>),
    /// And where to go on, after an error.
    Over(Option<Cursor>),
}

impl<S, T> Listing<S, T> {
    pub(crate) fn new(
        list: S,
        ready: fn(&mut S) -> Option<T>,
        ask: fn(Box<S>) -> Next<S, T>,
        cursor: fn(&S) -> Option<Cursor>,
    ) -> Self {
        Self { ready, ask, cursor, phase: Phase::Idle(Box::new(list)) }
    }

    /// The place behind what was taken; `None` at the end. After an error it tells where to go on.
    pub fn cursor(&self) -> Option<Cursor> {
        match &self.phase {
            Phase::Idle(list) => (self.cursor)(list),
            Phase::Asking(_, cursor) | Phase::Over(cursor) => cursor.clone(),
        }
    }
}

impl<S, T> Stream for Listing<S, T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        loop {
            match mem::replace(&mut this.phase, Phase::Over(None)) {
                Phase::Idle(mut list) => {
                    if let Some(item) = (this.ready)(&mut list) {
                        this.phase = Phase::Idle(list);
                        return Poll::Ready(Some(item));
                    }
                    let cursor = (this.cursor)(&list);
                    this.phase = Phase::Asking((this.ask)(list), cursor);
                }
                Phase::Asking(mut next, cursor) => {
                    let polled = next.as_mut().poll(context);
                    if polled.is_pending() {
                        this.phase = Phase::Asking(next, cursor);
                    }
                    let (item, list) = ready!(polled);
                    this.phase = if item.is_some() { Phase::Idle(list) } else { Phase::Over((this.cursor)(&list)) };
                    return Poll::Ready(item);
                }
                over @ Phase::Over(_) => {
                    this.phase = over;
                    return Poll::Ready(None);
                }
            }
        }
    }
}

impl<S, T> fmt::Debug for Listing<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("cursor", &self.cursor()).finish_non_exhaustive()
    }
}
