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

#[cfg(feature = "program")]
mod by_url;
#[cfg(feature = "program")]
mod postgres;
#[cfg(feature = "program")]
mod sqlite;

#[cfg(feature = "program")]
pub use by_url::UrlConnector;
pub use connector::{BackendCommands, Check, Connector, NoCommands, Purpose};
pub use failure::Failure;
pub use output::Output;
pub use program::{main, run};
pub use verify::{Finding, Observation, Severity, verify};
