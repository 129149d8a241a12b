use serde::Serialize;
use utoipa::ToSchema;

/// Why a request is not answered as it asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProblemView {
    /// The reason.
    pub(crate) error: String,
}
