/// What a backend keeps of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PayloadFormat {
    /// The bytes, whatever they mean.
    #[default]
    Bytes,
    /// The JSON value, in the backend's own form; a payload that is not JSON is refused.
    Json,
}

/// A storage that reports what it keeps of payloads, so that a serializer that does not fit is detected at startup.
///
/// # Contract
///
/// - The format is the same as long as the storage exists.
pub trait PayloadStorage: Send + Sync {
    /// Returns what the storage keeps of the payloads of events and snapshots.
    fn payload_format(&self) -> PayloadFormat;
}
