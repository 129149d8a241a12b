use tokio::sync::{Mutex, MutexGuard};

/// Admits one prompt group to the storage at a time.
///
/// The next group is prepared meanwhile, but is sent only then: where groups wait for each other's locks, it costs more to wait for them
/// at the storage (ADR 19).
#[derive(Debug, Default)]
pub struct Admission(Mutex<()>);

/// A group is at the storage until this value is dropped.
#[derive(Debug)]
pub struct Admitted<'a> {
    _place: MutexGuard<'a, ()>,
}

impl Admission {
    /// Waits until no other prompt group is at the storage.
    pub async fn admit(&self) -> Admitted<'_> {
        Admitted {
            _place: self.0.lock().await,
        }
    }
}
