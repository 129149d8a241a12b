mod finding;
mod keys;
mod rows;
mod verifier;

pub use finding::{Finding, FindingKind, Severity};
pub use verifier::Observation;
pub(crate) use verifier::verify_tables;
