//! The reference backend: everything in memory, behind one lock, as simple as the contract allows.

mod clock;
mod lease;
mod listener;
mod node;
mod state;
mod store;

pub use store::MemoryStore;
