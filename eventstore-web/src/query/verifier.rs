use async_trait::async_trait;
use tokio::sync::mpsc::Sender;

/// What a check of the whole store has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// So many more events and streams were looked at.
    LookedAt(u64),
    /// Something is not as it should be.
    Finding {
        /// Whether it is damage; otherwise it is only worth knowing.
        is_damage: bool,
        /// What was found, and where.
        text: String,
    },
}

/// Checks the whole store, for the page that shows its progress.
#[async_trait]
pub trait Verifier: Send + Sync + 'static {
    /// Checks, and tells what it finds as it goes on; ends early once nobody listens any more.
    ///
    /// # Errors
    ///
    /// The text says why the store cannot be checked.
    async fn verify(&self, told: Sender<Check>) -> Result<(), String>;
}
