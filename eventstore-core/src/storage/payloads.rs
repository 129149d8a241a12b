/// What a backend keeps of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PayloadFormat {
    /// Its bytes, whatever they mean.
    #[default]
    Bytes,
    /// Its value as JSON, in a form of the backend's own; what is no JSON is refused.
    Json,
}

/// A storage that tells what it keeps of payloads, so that a serializer which does not fit is found out at the start.
///
/// # Contract
///
/// - The format is the same as long as the storage stands.
pub trait PayloadStorage: Send + Sync {
    /// What is kept of the payloads of events and snapshots.
    fn payload_format(&self) -> PayloadFormat;
}
