use eventstore_core::{Error, Result};

/// How often something is tried that others get in the way of.
const ATTEMPTS: usize = 20;

/// Counts the attempts of one call.
pub(crate) struct Attempts {
    left: usize,
    /// In a transaction of the caller's, what the server aborted would meet again what it met before.
    survive_abortion: bool,
    last: Option<Error>,
}

impl Attempts {
    pub(crate) fn new(survive_abortion: bool) -> Self {
        Self {
            left: ATTEMPTS,
            survive_abortion,
            last: None,
        }
    }

    pub(crate) fn and_more(self, attempts: usize) -> Self {
        Self {
            left: self.left.saturating_add(attempts),
            ..self
        }
    }

    /// Judges an attempt: `None` asks for another one.
    pub(crate) fn judge<T>(&mut self, attempt: Result<Option<T>>) -> Result<Option<T>> {
        match attempt {
            Ok(None) => {}
            Err(aborted @ Error::Aborted { .. }) if self.survive_abortion => self.last = Some(aborted),
            settled => return settled,
        }
        self.left = self.left.saturating_sub(1);
        if self.left > 0 {
            return Ok(None);
        }
        Err(self.last.take().unwrap_or_else(exhausted))
    }

    /// Whether something that was tried so often is not tried again.
    pub(crate) fn are_exhausted_by(attempts: u32) -> bool {
        usize::try_from(attempts).is_ok_and(|attempts| attempts >= ATTEMPTS)
    }
}

/// What a caller is told in the end whose every attempt met somebody else's.
pub(crate) fn exhausted() -> Error {
    Error::Aborted {
        source: format!("others got in the way during {ATTEMPTS} attempts").into(),
    }
}
