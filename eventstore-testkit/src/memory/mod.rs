//! The reference backend: everything in memory, behind one lock, as simple as the contract allows.

mod append;
mod clock;
mod delete;
mod group;
mod group_admin;
mod groups;
mod idempotence;
mod import;
mod keys;
mod lease;
mod lease_mark;
mod link;
mod listener;
mod listing;
mod lookup;
mod node;
mod parking;
mod paused_notifications;
mod payload;
mod projection;
mod snapshot;
mod state;
mod status;
mod store;
mod stream;
mod subscription;
mod subscriptions;
mod trace;
mod traits;

pub use paused_notifications::PausedNotifications;
pub use projection::MemoryTransaction;
pub use store::MemoryStore;
