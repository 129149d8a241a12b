use eventstore_core::RecordedEvent;
use serde_json::Value;

/// Shows what the pages cannot read by themselves, such as compressed, encrypted or binary payloads.
pub trait Decoder: Send + Sync + 'static {
    /// Returns the data of the event as it is to be shown; `None` if it is not to be decoded, or cannot be.
    fn decode(&self, event: &RecordedEvent) -> Option<Value>;
}

impl<F> Decoder for F
where
    F: Fn(&RecordedEvent) -> Option<Value> + Send + Sync + 'static,
{
    fn decode(&self, event: &RecordedEvent) -> Option<Value> {
        self(event)
    }
}
