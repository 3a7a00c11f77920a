//! Calls that belong together: pages of a list, spans of a long time, waiting for a job.
//!
//! Each is a state machine that does no I/O and makes no calls: it says which call comes next, and learns from the answer. The
//! clients of the transports loop over them, and `callsheet::call` makes each call. What they have to know is in the tables of
//! [`schema`](crate::schema).
//!
//! * [`Paging`] goes through the pages of a list, [`Items`] through their items, and a [`Cursor`] says where they are.
//! * [`Spans`] cuts a span of time that is too long for one call, and [`join`] puts the answers together.
//! * [`Waiting`] calls an action again until something is so, and [`Polling`] until a job is done.

mod copy;
mod cursor;
mod digest;
mod jobs;
mod pages;
mod path;
mod spans;
mod turner;
mod waiting;

pub use cursor::Cursor;
pub use jobs::{Polling, StartsJob};
pub use pages::{Items, Paged, PagedItems, Paging};
pub use spans::{Spans, Windowed, can_join, join, joined};
pub use turner::{PagesError, Turner};
pub use waiting::{WaitEnd, WaitError, WaitPolicy, WaitStep, Waiting};
