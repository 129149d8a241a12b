//! Streams: what they are like, links into them, and how they go; and snapshots of what they hold.

mod delete;
mod info;
mod link;
mod snapshots;
