mod invalid;
#[cfg(test)]
mod tests;
mod traceparent;
mod tracestate;

use std::borrow::Cow;

use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::invalid::InvalidTraceContext;
use self::traceparent::Traceparent;

/// The trace and the span in which an event was appended, as W3C [Trace Context](https://www.w3.org/TR/trace-context-1/) writes them.
///
/// It is stored as two members of an event's metadata: `traceparent` and, if there is one, `tracestate`. It can be an event's whole metadata, or
/// be flattened into a struct of yours:
///
/// ```
/// # #[cfg(feature = "json")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use eventstore_serde::{Json, Serializer, TraceContext};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Metadata {
///     user: String,
///     #[serde(flatten)]
///     trace: Option<TraceContext>,
/// }
///
/// let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let trace = Some(TraceContext::new(traceparent, None)?);
/// let metadata = Json.serialize(&Metadata { user: "ada".to_owned(), trace })?;
/// assert_eq!(metadata, format!(r#"{{"user":"ada","traceparent":"{traceparent}"}}"#));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "json"))]
/// # fn main() {}
/// ```
///
/// [`Json::set_trace_context`](crate::Json::set_trace_context) adds it to an event that has its metadata already, and
/// [`Serializer::trace_context`](crate::Serializer::trace_context) reads it from a stored event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraceContext {
    traceparent: Traceparent,
    tracestate: Option<Box<str>>,
}

impl TraceContext {
    /// Reads the values of the headers `traceparent` and `tracestate`; an empty `tracestate` is none.
    ///
    /// A `traceparent` of a later version than 00 is read as far as version 00 goes, and written as version 00.
    ///
    /// # Errors
    ///
    /// [`InvalidTraceContext`] names the argument that is not what the recommendation allows.
    pub fn new(traceparent: &str, tracestate: Option<&str>) -> Result<Self, InvalidTraceContext> {
        Ok(Self {
            traceparent: Traceparent::parse(traceparent).map_err(InvalidTraceContext::Traceparent)?,
            tracestate: tracestate
                .map_or(Ok(None), tracestate::parse)
                .map_err(InvalidTraceContext::Tracestate)?,
        })
    }

    /// Returns the value of the header `traceparent`.
    pub fn traceparent(&self) -> String {
        self.traceparent.to_string()
    }

    /// Returns the value of the header `tracestate`.
    pub fn tracestate(&self) -> Option<&str> {
        self.tracestate.as_deref()
    }

    /// Returns the id of the trace, which is never 0.
    pub fn trace_id(&self) -> u128 {
        self.traceparent.trace_id
    }

    /// Returns the id of the span in which the event was appended, which is never 0.
    pub fn parent_id(&self) -> u64 {
        self.traceparent.parent_id
    }

    /// Returns whether the caller may have recorded the trace.
    pub fn is_sampled(&self) -> bool {
        self.traceparent.is_sampled()
    }
}

#[derive(Serialize)]
struct Written<'a> {
    traceparent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracestate: Option<&'a str>,
}

impl Serialize for TraceContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            traceparent: self.traceparent(),
            tracestate: self.tracestate(),
        };
        written.serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Stored<'a> {
    #[serde(borrow)]
    traceparent: Cow<'a, str>,
    tracestate: Option<StoredState>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredState {
    Text(String),
    Other(IgnoredAny),
}

impl<'de> Deserialize<'de> for TraceContext {
    /// Ignores all other members, and a `tracestate` that is not valid: the recommendation wants the trace to go on without it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let tracestate = match &stored.tracestate {
            Some(StoredState::Text(text)) => tracestate::parse(text).ok().flatten(),
            Some(StoredState::Other(_)) | None => None,
        };
        let context = Self::new(&stored.traceparent, None).map_err(D::Error::custom)?;
        Ok(Self { tracestate, ..context })
    }
}
