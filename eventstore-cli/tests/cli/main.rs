//! Runs the program against a database and checks what scripts see: its output and its exit status.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what several tests share"
)]

#[macro_use]
mod kind;

mod append;
mod connecting;
mod event;
mod filters;
mod groups;
mod health;
mod index;
mod large_events;
mod layout;
mod manual;
mod moving;
mod outcome;
mod parked;
mod place;
mod portable;
mod portable_state;
mod program;
mod projections;
mod read;
mod setup;
mod snapshot;
mod sqlite;
mod streams;
mod subscribe;
mod subscriptions;
mod tables;
mod tail;
mod ui;
mod upkeep;
mod verify;
