//! Runs a command, for instance `cargo nextest run`, with a server for tests that lasts as long as the command.
//!
//! The server is found as [`Server::for_tests`] does; the command finds its URL in `EVENTSTORE_TEST_URL`. With `--pgbouncer`,
//! a `PgBouncer` is in front of it, whose URL is found in `EVENTSTORE_TEST_PGBOUNCER_URL`.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode, ExitStatus};

use eventstore_testkit::server::{PgBouncer, Server, ServerError};

const USAGE: &str = "usage: eventstore-test-server [--pgbouncer] COMMAND [ARGUMENT]...";

fn main() -> ExitCode {
    match run(env::args_os().skip(1)) {
        Ok(status) => exit_code(status),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: impl Iterator<Item = OsString>) -> Result<ExitStatus, String> {
    let mut words = words.peekable();
    let is_pooled = words.next_if(|word| word == "--pgbouncer").is_some();
    let program = words.next().ok_or(USAGE)?;
    let told = |error: ServerError| error.to_string();
    let server = Server::for_tests().map_err(told)?;
    eprintln!("{server}");
    let mut command = Command::new(&program);
    command.args(words).env("EVENTSTORE_TEST_URL", server.url());
    let pooler = is_pooled.then(|| PgBouncer::start(server.url())).transpose();
    let pooler = pooler.map_err(told)?;
    if let Some(pooler) = &pooler {
        command.env("EVENTSTORE_TEST_PGBOUNCER_URL", pooler.url());
    }
    command
        .status()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))
}

/// The command's own; a command that a signal ended has none, and failed.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
