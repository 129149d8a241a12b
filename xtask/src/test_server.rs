use anyhow::Context;

use crate::postgres_release::PostgresRelease;
use crate::program::Program;
use crate::workspace;

/// The program of `eventstore-testkit` that runs a command with a server. It is built with all that the tests need, so
/// that nothing is compiled for it alone; this program stays small.
const PROGRAM: &str = "eventstore-test-server";

const URL: &str = "EVENTSTORE_TEST_URL";
const CHOICE: &str = "EVENTSTORE_TEST_SERVER";
const BINARIES: &str = "EVENTSTORE_TEST_PG_BIN";

/// The PostgreSQL server that the tests use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TestServer {
    /// The one that the environment names.
    Named,
    /// A throw-away one in Docker.
    Docker,
    /// A throw-away one from the installed programs.
    Installed,
    /// A throw-away one of this release.
    Release(PostgresRelease),
}

impl TestServer {
    /// Builds the program that starts servers.
    pub(crate) fn build() -> anyhow::Result<()> {
        Program::cargo()
            .args(["build", "--workspace", "--all-features", "--bin", PROGRAM])
            .run_at_length()
    }

    /// Starts and stops the server; an error says why it does not start. The one that the environment names is not asked.
    pub(crate) fn check(self) -> anyhow::Result<()> {
        self.program()?.args(["true"]).run_quietly()
    }

    /// A cargo whose tests find the server, which lasts as long as that cargo runs.
    pub(crate) fn cargo(self) -> anyhow::Result<Program> {
        Ok(self.program()?.args([Program::cargo().name()]))
    }

    /// As [`cargo`](Self::cargo), with a PgBouncer in front of the server.
    pub(crate) fn cargo_with_pgbouncer(self) -> anyhow::Result<Program> {
        let program = self.program()?.args(["--pgbouncer"]);
        Ok(program.args([Program::cargo().name()]))
    }

    fn program(self) -> anyhow::Result<Program> {
        let program = Program::new(workspace::target_directory().join("debug").join(PROGRAM));
        Ok(match self {
            Self::Named => program,
            Self::Docker => program.without_env(URL).env(CHOICE, "docker"),
            Self::Installed => program.without_env(URL).env(CHOICE, "local"),
            Self::Release(release) => {
                let programs = release.programs()?;
                println!("PostgreSQL {} from {}", release.number(), programs.display());
                let programs = programs.to_str().context("the path of the programs is not UTF-8")?;
                program.without_env(URL).env(CHOICE, "local").env(BINARIES, programs)
            }
        })
    }
}
