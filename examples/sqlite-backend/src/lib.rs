#![doc = include_str!("../README.md")]

mod append;
mod failure;
mod list;
mod read;
mod store;
mod streams;

pub use store::SqliteStore;
