//! The program `eventstore`, on PostgreSQL and SQLite.

use std::process::ExitCode;

use eventstore_cli::UrlConnector;

fn main() -> ExitCode {
    eventstore_cli::main::<UrlConnector>()
}
