use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

use crate::Error;

/// The text holds a NUL character, which storage engines cannot store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the event type holds a NUL character")]
pub struct InvalidEventType;

/// What kind of thing happened: any text without NUL characters, for example `OrderPlaced`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(Arc<str>);

impl EventType {
    /// Creates an event type from a text.
    ///
    /// # Errors
    ///
    /// [`InvalidEventType`] if the text holds a NUL character.
    pub fn new(name: impl Into<Arc<str>>) -> Result<Self, InvalidEventType> {
        let name = name.into();
        if name.contains('\0') {
            Err(InvalidEventType)
        } else {
            Ok(Self(name))
        }
    }

    /// Accepts a stored event type without a check, because another program may have stored one that [`EventType::new`] refuses.
    pub fn from_storage(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// Returns the event type as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for EventType {
    type Error = InvalidEventType;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl TryFrom<&String> for EventType {
    type Error = InvalidEventType;

    fn try_from(name: &String) -> Result<Self, Self::Error> {
        Self::new(name.as_str())
    }
}

impl TryFrom<String> for EventType {
    type Error = InvalidEventType;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<&Self> for EventType {
    /// Shares the text.
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for EventType {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventType {
    type Err = InvalidEventType;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl From<InvalidEventType> for Error {
    fn from(invalid: InvalidEventType) -> Self {
        Self::invalid_input("event type", &invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Behaviours: R1.32, T56.
    #[test]
    fn refuses_only_a_nul_character() {
        assert_eq!(EventType::new("a\0"), Err(InvalidEventType));
        assert_eq!(EventType::new("").unwrap().as_str(), "");
    }
}
