//! The store's handle: each call runs in a span of its own, and is one call into a room below.

mod handle;

mod appending;
mod catalog;
mod closing;
mod delivery;
mod directory;
mod faults;
mod groups;
mod key_vault;
mod notifier;
mod parking;
mod reading;
mod snapshots;
mod statistics;
mod statuses;
mod streams;
mod subscription_admin;
mod subscriptions;
mod trace;

pub use handle::SqliteStore;
