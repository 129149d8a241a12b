use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use eventstore_core::EventStore;

use crate::kind::Kind;
use crate::outcome::Outcome;
use crate::place::Place;

/// The data of no events.
pub(crate) const NOTHING: [u64; 0] = [];

/// The program, working on a database or a file of its own.
pub(crate) struct Program {
    place: Place,
}

/// The program's file with an environment in which no event store is named.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eventstore"));
    command.env_remove("EVENTSTORE_URL").stdin(Stdio::null());
    command
}

/// Runs the program without an event store.
pub(crate) fn run_alone(arguments: &[&str]) -> Outcome {
    command().args(arguments).output().unwrap().into()
}

impl Program {
    /// With an event store of this kind that holds nothing.
    pub(crate) async fn start(kind: Kind) -> Self {
        let program = Self::start_without_store(kind).await;
        let options = match kind {
            Kind::Postgres { layout, data_type } => vec!["--layout", layout, "--data-type", data_type],
            Kind::Sqlite => vec![],
        };
        program
            .run(&[&["--quiet", "init"], &options[..]].concat())
            .assert_done();
        program
    }

    /// With a place that may hold no event store.
    pub(crate) async fn start_without_store(kind: Kind) -> Self {
        Self {
            place: Place::create(kind).await,
        }
    }

    pub(crate) fn url(&self) -> &str {
        self.place.url()
    }

    /// Opens the store by the library.
    pub(crate) async fn connect(&self) -> Arc<dyn EventStore> {
        self.place.connect().await
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command.env("EVENTSTORE_URL", self.url()).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs the program with this text on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut child = spawn_piped(self.command(arguments).stdin(Stdio::piped()));
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        spawn_piped(&mut self.command(arguments))
    }

    /// Appends this many events, numbered from 1 in their data.
    pub(crate) fn append_numbered(&self, stream: &str, count: u32) {
        let line = |number| format!("{{\"type\":\"Counted\",\"data\":{number}}}");
        let lines = (1..=count).map(line).collect::<Vec<_>>().join("\n");
        let outcome = self.run_with_input(&["append", stream, "--from", "-"], &lines);
        assert_eq!(outcome.json_lines().len(), 1);
    }

    /// The data of the events that this command prints.
    #[track_caller]
    pub(crate) fn data(&self, arguments: &[&str]) -> Vec<u64> {
        let lines = self.run(arguments).json_lines();
        lines.iter().map(|event| event["data"].as_u64().unwrap()).collect()
    }

    #[track_caller]
    pub(crate) fn assert_nothing_is_stored(&self) {
        assert_eq!(self.run(&["read", "$all"]).json_lines().len(), 0);
    }

    /// Changes the tables behind the program's back.
    pub(crate) async fn execute(&self, sql: &str) {
        self.place.execute(sql).await;
    }
}

fn spawn_piped(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Asks a program that runs to end.
pub(crate) fn terminate(child: &Child) {
    signal("TERM", child);
}

/// Does what Ctrl+C on a terminal does.
pub(crate) fn interrupt(child: &Child) {
    signal("INT", child);
}

fn signal(name: &str, child: &Child) {
    // The shell has it built in, while the program of this name need not be installed.
    let kill = format!("kill -s {name} {}", child.id());
    let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(status.success());
}
