//! The program on a store that it knows nothing about, in this process.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what several tests share"
)]

mod commands;
mod damaged;
mod in_memory;
mod verify;
