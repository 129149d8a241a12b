use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use eventstore_core::{Error, Result};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::connection::pause_after;
use crate::error::is_too_many_connections;

/// How long no connection is attempted after the server had no room for one.
const RESPITE: Duration = Duration::from_millis(250);

/// Whether the server has room for more connections of a pool. If it has none, calls wait for the existing connections.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Rings when a connection returns to the pool.
    returned: Notify,
    connecting: AtomicUsize,
    full_until: Mutex<Option<Instant>>,
}

/// A connection is being opened until this is dropped.
pub(crate) struct Connecting<'r>(&'r Room);

#[derive(Debug, thiserror::Error)]
#[error("the server had no room for another connection a moment ago")]
struct Full;

impl Room {
    /// Starts to open a connection, unless one was refused just now.
    pub(crate) fn enter(&self) -> Result<Connecting<'_>> {
        if self.full_until().is_some_and(|until| Instant::now() < until) {
            return Err(Error::Unavailable {
                message: Full.to_string(),
                source: Some(Box::new(Full)),
            });
        }
        self.connecting.fetch_add(1, Ordering::SeqCst);
        Ok(Connecting(self))
    }

    /// The server has refused a connection.
    pub(crate) fn is_full(&self) {
        *self.full_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + RESPITE);
    }

    pub(crate) fn is_connecting(&self) -> bool {
        self.connecting.load(Ordering::SeqCst) > 0
    }

    /// A connection has returned to the pool.
    pub(crate) fn returned(&self) {
        self.returned.notify_one();
    }

    /// Waits for a connection to return, or until it is worthwhile to ask the server again after this many attempts.
    pub(crate) async fn wait(&self, attempts: u32) {
        // Either way it is time for another attempt.
        let _ = timeout(pause_after(attempts.saturating_add(1)), self.returned.notified()).await;
    }

    fn full_until(&self) -> Option<Instant> {
        *self.full_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        self.0.connecting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether no connection was opened because the server has no room for one.
pub(crate) fn is_no_room(error: &Error) -> bool {
    let is_full = |error: &Error| {
        let Error::Unavailable { source, .. } = error else {
            return false;
        };
        source.as_ref().is_some_and(|source| source.is::<Full>())
    };
    is_full(error) || is_too_many_connections(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_server_gets_a_respite() {
        let room = Room::default();
        let connecting = room.enter();
        assert!(connecting.is_ok() && room.is_connecting());
        drop(connecting);
        assert!(!room.is_connecting());
        room.is_full();
        let refused = room.enter().map(|_| ()).unwrap_err();
        assert!(is_no_room(&refused), "{refused:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_returned_connection_ends_the_wait() {
        let room = Room::default();
        let started = tokio::time::Instant::now();
        let ((), ()) = tokio::join!(room.wait(20), async { room.returned() });
        assert_eq!(started.elapsed(), Duration::ZERO);
        room.wait(20).await;
        assert!(started.elapsed() >= Duration::from_millis(50));
    }
}
