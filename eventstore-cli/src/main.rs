//! The program `eventstore`, on PostgreSQL.

use std::process::ExitCode;

use eventstore_cli::PostgresConnector;

fn main() -> ExitCode {
    eventstore_cli::main::<PostgresConnector>()
}
