mod finding;
mod verifier;

pub use finding::{Finding, FindingKind, Severity};
