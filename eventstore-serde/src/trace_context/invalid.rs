use eventstore_core::Error;
use thiserror::Error as ThisError;

/// A text is not what the recommendation Trace Context allows; each variant says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum InvalidTraceContext {
    /// The `traceparent` is not valid.
    #[error("invalid traceparent: {0}")]
    Traceparent(&'static str),
    /// The `tracestate` is not valid.
    #[error("invalid tracestate: {0}")]
    Tracestate(&'static str),
}

impl From<InvalidTraceContext> for Error {
    fn from(invalid: InvalidTraceContext) -> Self {
        match invalid {
            InvalidTraceContext::Traceparent(reason) => Self::invalid_input("traceparent", reason),
            InvalidTraceContext::Tracestate(reason) => Self::invalid_input("tracestate", reason),
        }
    }
}
