/// What a stored event holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoded<E> {
    /// An event of the set.
    Event(E),
    /// An event of a type that the set does not have.
    Unknown,
    /// An event whose content can never be read again, as the key of its subject was deleted.
    Erased {
        /// Whom the event was about.
        subject: String,
    },
}

impl<E> Decoded<E> {
    /// The event, if it could be read.
    pub fn event(self) -> Option<E> {
        match self {
            Self::Event(event) => Some(event),
            Self::Unknown | Self::Erased { .. } => None,
        }
    }
}
