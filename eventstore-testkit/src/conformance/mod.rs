//! Conformance cases for backends: one case for each sentence of the contracts.
//!
//! [`conformance!`](crate::conformance!) makes a test of each case; a case can also be called on its own. A case fails by
//! panicking.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a case fails by panicking"
)]

pub mod append;
pub mod append_set;
pub mod delete;
pub mod fencing;
pub mod filter;
pub mod group_runs;
pub mod groups;
pub mod import;
pub mod link;
pub mod list;
pub mod locks;
pub mod lookup;
pub mod notifier;
pub mod parking;
pub mod projection;
pub mod projection_catalog;
pub mod read;
pub mod snapshot;
pub mod statistics;
pub mod subscription;
pub mod subscription_admin;
pub mod subscription_status;
pub mod subscription_store;
pub mod trace;

mod backend;
mod cases;
mod contents;
mod dropping;
mod expect_error;
mod failure;
mod harness;
mod missing_role;
mod parts;
mod payloads;
mod projections;
mod refusal;
mod reopening;
mod role;
mod run;
mod sample;
mod setup;
mod soundness;
mod wait;

pub use crate::Payloads;
pub use backend::Backend;
pub use harness::{Cut, Harness, Stop};
pub use missing_role::MissingRole;
pub use parts::Parts;
pub use projections::{AnyProjectionStore, AnyTransaction};
pub use role::Role;
#[doc(hidden)]
pub use run::{Case, Opening, run};
pub use setup::Setup;

use expect_error::expect_error;

#[cfg(test)]
mod tests;
