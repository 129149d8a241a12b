use std::collections::BTreeSet;

use uuid::Uuid;

use crate::{Error, EventType, RecordedEvent, Result, StreamName};

/// Which events a read returns: an event matches if it meets every condition that is set; without conditions, every event matches.
///
/// Conditions on streams apply to the stream that an event was appended to, wherever the event is read. Texts are compared character by
/// character: case counts, and there are no wildcards. Setting a condition again replaces it.
///
/// ```
/// use eventstore_core::{EventFilter, Read};
///
/// let payments = EventFilter::default()
///     .with_event_types(["OrderPaid", "OrderRefunded"])?
///     .with_category("order")?;
/// let read = Read::all().with_filter(payments);
/// # let _ = read;
/// # Ok::<(), eventstore_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    event_types: Option<BTreeSet<EventType>>,
    stream_prefix: Option<String>,
    category: Option<String>,
    correlation_id: Option<Uuid>,
}

/// The conditions of an [`EventFilter`], as a backend reads them; every event meets a condition that is `None`.
///
/// A backend that names all fields learns of a new one from the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterConditions<'a> {
    /// The event has one of these types.
    pub event_types: Option<&'a BTreeSet<EventType>>,
    /// The name of its stream starts with this text.
    pub stream_prefix: Option<&'a str>,
    /// Its stream is in this category.
    pub category: Option<&'a str>,
    /// The event has this correlation id.
    pub correlation_id: Option<Uuid>,
}

impl EventFilter {
    /// Matches only events of these types; if there are none, no event.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `event type` if a type holds a NUL character, which no type does.
    pub fn with_event_types<T>(self, types: impl IntoIterator<Item = T>) -> Result<Self>
    where
        T: TryInto<EventType, Error: Into<Error>>,
    {
        let types = types.into_iter().map(|name| name.try_into().map_err(Into::into));
        Ok(Self {
            event_types: Some(types.collect::<Result<_>>()?),
            ..self
        })
    }

    /// Matches only events of streams whose names start with this text; every name starts with the empty text.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `stream prefix` if the prefix holds a NUL character, which no name does.
    pub fn with_stream_prefix(self, prefix: impl Into<String>) -> Result<Self> {
        let prefix = prefix.into();
        if prefix.contains('\0') {
            return Err(Error::invalid_input("stream prefix", "it holds a NUL character"));
        }
        Ok(Self {
            stream_prefix: Some(prefix).filter(|prefix| !prefix.is_empty()),
            ..self
        })
    }

    /// Matches only events of streams in this [category](StreamName::category).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `category` if the category is empty, or holds a `-` or a NUL character.
    pub fn with_category(self, category: impl Into<String>) -> Result<Self> {
        let category = category.into();
        let reason = match &*category {
            "" => "it is empty",
            text if text.contains(StreamName::CATEGORY_END) => "it ends before the first `-` of a name",
            text if text.contains('\0') => "it holds a NUL character",
            _ => {
                return Ok(Self {
                    category: Some(category),
                    ..self
                });
            }
        };
        Err(Error::invalid_input("category", reason))
    }

    /// Matches only events with this correlation id.
    #[must_use]
    pub fn with_correlation_id(self, id: Uuid) -> Self {
        Self {
            correlation_id: Some(id),
            ..self
        }
    }

    /// Whether no condition is set, so that every event matches.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the conditions that are set.
    pub fn conditions(&self) -> FilterConditions<'_> {
        FilterConditions {
            event_types: self.event_types.as_ref(),
            stream_prefix: self.stream_prefix.as_deref(),
            category: self.category.as_deref(),
            correlation_id: self.correlation_id,
        }
    }

    /// Whether an event meets every condition; this defines which events a backend returns for the filter.
    pub fn matches(&self, event: &RecordedEvent) -> bool {
        let FilterConditions {
            event_types,
            stream_prefix,
            category,
            correlation_id,
        } = self.conditions();
        event_types.is_none_or(|types| types.contains(&event.event_type))
            && stream_prefix.is_none_or(|prefix| event.stream.as_str().starts_with(prefix))
            && category.is_none_or(|category| event.stream.category() == category)
            && correlation_id.is_none_or(|id| event.correlation_id == Some(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewEvent, StreamVersion, Timestamp};

    fn event(stream: &str, event_type: &str, correlation_id: Option<u128>) -> RecordedEvent {
        let mut event = NewEvent::new(Uuid::from_u128(1), event_type.parse().unwrap(), "{}");
        event.correlation_id = correlation_id.map(Uuid::from_u128);
        let at = Timestamp::from_unix_micros(0).unwrap();
        RecordedEvent::new(event, StreamName::new(stream).unwrap(), StreamVersion::FIRST, at)
    }

    fn all() -> EventFilter {
        EventFilter::default()
    }

    #[test]
    fn an_event_matches_if_it_meets_every_condition() {
        let types = |names: &[&str]| all().with_event_types(names.iter().copied()).unwrap();
        let prefix = |prefix: &str| all().with_stream_prefix(prefix).unwrap();
        let category = |category: &str| all().with_category(category).unwrap();
        let correlation = |id| all().with_correlation_id(Uuid::from_u128(id));
        let paid = event("order-17-a", "Paid", Some(7));
        for (filter, matches) in [
            (all(), true),
            (types(&["Placed", "Paid"]), true),
            (types(&["paid", "Pai", "Paid "]), false),
            (types(&[]), false),
            (prefix(""), true),
            (prefix("order-17"), true),
            (prefix("order-17-a"), true),
            (prefix("order-17-a-"), false),
            (prefix("Order"), false),
            (prefix("_17%"), false),
            (category("order"), true),
            (category("orde"), false),
            (category("ORDER"), false),
            (correlation(7), true),
            (correlation(8), false),
            (
                types(&["Paid"])
                    .with_category("order")
                    .unwrap()
                    .with_correlation_id(Uuid::from_u128(7)),
                true,
            ),
            (types(&["Placed"]).with_category("order").unwrap(), false),
            (prefix("order-17").with_category("order").unwrap(), true),
            (prefix("order-18").with_category("order").unwrap(), false),
        ] {
            assert_eq!(filter.matches(&paid), matches, "{filter:?}");
        }
        assert!(!correlation(7).matches(&event("order-17", "Paid", None)));
        assert!(category("order").matches(&event("order", "Paid", None)));
        assert!(!category("order").matches(&event("orders-1", "Paid", None)));
    }

    #[test]
    fn a_condition_that_is_set_again_is_replaced() {
        let filter = all().with_category("a").unwrap().with_category("b").unwrap();
        assert_eq!(filter, all().with_category("b").unwrap());
        let filter = all().with_stream_prefix("a").unwrap().with_stream_prefix("").unwrap();
        assert!(filter.is_everything());
    }

    #[test]
    fn refuses_texts_that_no_name_can_match() {
        let refused = |outcome: Result<EventFilter>| match outcome {
            Err(Error::InvalidInput { argument, .. }) => argument,
            other => panic!("{other:?}"),
        };
        for category in ["", "-", "order-17", "a\0"] {
            assert_eq!(refused(all().with_category(category)), "category", "{category:?}");
        }
        assert_eq!(refused(all().with_stream_prefix("a\0")), "stream prefix");
    }
}
