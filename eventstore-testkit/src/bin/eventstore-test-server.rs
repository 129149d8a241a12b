//! Runs a command, for instance `cargo nextest run`, with a server for tests that lasts as long as the command.
//!
//! The server is found as [`Server::for_tests`] does; the command finds its URL in `EVENTSTORE_TEST_URL`.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode, ExitStatus};

use eventstore_testkit::server::Server;

const USAGE: &str = "usage: eventstore-test-server COMMAND [ARGUMENT]...";

fn main() -> ExitCode {
    match run(env::args_os().skip(1)) {
        Ok(status) => exit_code(status),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut words: impl Iterator<Item = OsString>) -> Result<ExitStatus, String> {
    let command = words.next().ok_or(USAGE)?;
    let server = Server::for_tests().map_err(|error| error.to_string())?;
    eprintln!("{server}");
    Command::new(&command)
        .args(words)
        .env("EVENTSTORE_TEST_URL", server.url())
        .status()
        .map_err(|error| format!("cannot start {}: {error}", command.display()))
}

/// The command's own; a command that a signal ended has none, and failed.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
