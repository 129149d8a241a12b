use std::error;
use std::fmt;

use eventstore_core::Error;

use super::Role;

/// A call of a role that a backend made of [`Parts`](super::Parts) does not play.
///
/// It is the source of the [`Error::Storage`] with which the call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingRole(pub Role);

impl fmt::Display for MissingRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this backend does not play the role `{}`", self.0)
    }
}

impl error::Error for MissingRole {}

impl From<MissingRole> for Error {
    fn from(missing: MissingRole) -> Self {
        Self::Storage {
            message: missing.to_string(),
            source: Box::new(missing),
        }
    }
}
