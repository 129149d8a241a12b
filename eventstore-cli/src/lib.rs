#![doc = include_str!("../README.md")]

mod arguments;
mod at_least_one;
mod command;
mod connector;
mod exit_code;
mod failure;
mod json;
mod message;
mod output;
mod portable;
mod printer;
mod program;
mod stop_signal;
mod verify;

#[cfg(feature = "postgres")]
mod postgres;

pub use connector::{BackendCommands, Check, Connector, NoCommands, Purpose};
pub use failure::Failure;
pub use output::Output;
#[cfg(feature = "postgres")]
pub use postgres::PostgresConnector;
pub use program::{main, run};
pub use verify::{Finding, Observation, Severity, verify};
