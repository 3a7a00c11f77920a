//! Connections that wait for their next request.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::client::conn::http1::SendRequest;
use tokio::time::Instant;

use crate::exchange::Once;

/// How long a connection may wait: less than the half a minute or more after which servers close theirs.
const LONGEST: Duration = Duration::from_secs(30);
/// How many may wait for one host.
const MOST: usize = 32;

/// Idle connections by scheme, host and port.
#[derive(Default)]
pub(crate) struct Pool {
    idle: Mutex<HashMap<String, Vec<Idle>>>,
}

struct Idle {
    sender: SendRequest<Once>,
    since: Instant,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle = self.lock();
        f.debug_map().entries(idle.iter().map(|(host, idle)| (host, idle.len()))).finish()
    }
}

impl Pool {
    /// A connection that can take a request, if there is one: the one that was used last.
    pub(crate) async fn take(&self, host: &str) -> Option<SendRequest<Once>> {
        loop {
            // a statement of its own, so that the lock is not held while waiting
            let idle = self.lock().get_mut(host)?.pop()?;
            let mut sender = idle.sender;
            // the task of the connection may not yet have seen that its last answer was read to the end, or that the server closed
            if idle.since.elapsed() < LONGEST && sender.ready().await.is_ok() {
                return Some(sender);
            }
        }
    }

    /// Keeps a connection whose answer was read to the end.
    pub(crate) fn put(&self, host: &str, sender: SendRequest<Once>) {
        if sender.is_closed() {
            return;
        }
        let mut idle = self.lock();
        for waiting in idle.values_mut() {
            waiting.retain(|idle| idle.since.elapsed() < LONGEST && !idle.sender.is_closed());
        }
        let entry = Idle { sender, since: Instant::now() };
        match idle.get_mut(host) {
            Some(waiting) if waiting.len() < MOST => waiting.push(entry),
            // enough wait already
            Some(_) => {}
            None => {
                idle.insert(host.to_owned(), vec![entry]);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Idle>>> {
        // nothing panics while it is held, and a list of connections cannot be half changed
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
