//! Information about streams, links, deletions and snapshots.

mod delete;
mod info;
mod link;
mod snapshots;
