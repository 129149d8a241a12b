//! The backend on files.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod builds;
mod conformance;
mod deletes;
mod files;
mod groups;
mod leases;
mod notifications;
mod paths;
mod reading;
mod runtimes;
mod subject_keys;
mod support;
