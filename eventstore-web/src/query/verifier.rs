use async_trait::async_trait;

/// What a check of the whole store tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// About how many events and streams it will look at.
    Total(u64),
    /// It has looked at so many more.
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
    /// Checks, and tells what it finds while it runs.
    ///
    /// # Errors
    ///
    /// The text says why the store cannot be checked.
    async fn verify(&self, report: &mut (dyn FnMut(Check) + Send)) -> Result<(), String>;
}
