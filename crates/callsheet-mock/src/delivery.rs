//! An answer and how it goes out.

use std::time::Duration;

use http::Response;

/// What a [`Mock`](crate::Mock) answers, and what goes wrong on the way.
#[derive(Debug)]
pub struct MockResponse {
    /// The answer.
    pub response: Response<Vec<u8>>,
    /// How it goes out.
    pub delivery: Delivery,
}

/// How an answer goes out. The default is at once and whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Wait so long first.
    pub delay: Duration,
    /// Close the connection without an answer.
    pub drop: bool,
    /// Close the connection after so many bytes of the body.
    pub cut: Option<usize>,
    /// Wait so long after each byte of the body.
    pub pace: Duration,
    /// A `content-length` other than that of the body; the connection is closed after it.
    pub length: Option<usize>,
    /// Send these bytes in place of any HTTP, and close the connection.
    pub noise: Option<Vec<u8>>,
}
