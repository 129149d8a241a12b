#![doc = include_str!("../README.md")]

mod append;
mod read;
mod store;
mod streams;

pub use store::SqliteStore;
