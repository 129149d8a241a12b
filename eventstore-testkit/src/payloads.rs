/// What a backend keeps of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Payloads {
    /// Its bytes.
    #[default]
    Bytes,
    /// Its value as JSON, in the backend's own form.
    ///
    /// Payloads that are not JSON are refused, and so is text with the character U+0000.
    Json,
}
