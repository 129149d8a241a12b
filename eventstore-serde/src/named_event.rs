/// A value, mostly a struct, that is always stored as an event of one type.
///
/// ```
/// # #[cfg(feature = "json")]
/// # fn main() -> Result<(), eventstore_serde::SerdeError> {
/// use eventstore_serde::{Json, NamedEvent, Serializer};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct OrderPlaced {
///     total: u32,
/// }
///
/// impl NamedEvent for OrderPlaced {
///     const EVENT_TYPE: &'static str = "OrderPlaced";
/// }
///
/// let event = Json.named_event(&OrderPlaced { total: 42 })?;
/// assert_eq!(event.event_type.as_str(), "OrderPlaced");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "json"))]
/// # fn main() {}
/// ```
pub trait NamedEvent {
    /// The type of the event.
    const EVENT_TYPE: &'static str;
}
