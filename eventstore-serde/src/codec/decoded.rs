/// The decoded content of a stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoded<E> {
    /// An event of the set.
    Event(E),
    /// An event whose type is not in the set.
    Unknown,
    /// An event whose content can never be read again, because the key of its subject was deleted.
    Erased {
        /// The subject that the event was about.
        subject: String,
    },
}

impl<E> Decoded<E> {
    /// Returns the event if it could be read.
    pub fn event(self) -> Option<E> {
        match self {
            Self::Event(event) => Some(event),
            Self::Unknown | Self::Erased { .. } => None,
        }
    }
}
