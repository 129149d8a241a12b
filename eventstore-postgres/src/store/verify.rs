use eventstore_core::Result;

use crate::PostgresStore;
use crate::verify::{Finding, Observation, verify_tables};

impl PostgresStore {
    /// Checks the store for damage, and returns all findings.
    ///
    /// It checks the order and gaps of `$all` and of each stream, orphans, links, keys and the indexes on them, times,
    /// sequences, and checkpoints beyond the head.
    ///
    /// # Errors
    ///
    /// The errors of [`verify_each`](Self::verify_each).
    pub async fn verify(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        self.verify_each(|observation| {
            if let Observation::Found(finding) = observation {
                findings.push(finding);
            }
        })
        .await?;
        Ok(findings)
    }

    /// Checks the store like [`verify`](Self::verify), and passes each finding to `observe` as soon as it is known.
    ///
    /// It works in chunks, each in its own short snapshot, while others append; it keeps at most one chunk in memory.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](eventstore_core::Error::Unavailable) and failures of the storage.
    pub async fn verify_each(&self, observe: impl FnMut(Observation) + Send) -> Result<()> {
        verify_tables(&self.sessions, &self.sessions.context().statements, observe).await
    }
}
