#![doc = include_str!("../README.md")]

mod append;
mod read;
mod store;
mod streams;
mod tables;

pub use store::KeyValueStore;
