use std::io;
use std::time::Duration;

use thiserror::Error;

/// Why a [`LocalServer`](super::LocalServer) did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// This machine has no PostgreSQL server that could be started.
    #[error(
        "no PostgreSQL server binaries found: install them (Debian: apt-get install postgresql) or set EVENTSTORE_TEST_PG_BIN"
    )]
    NoBinaries,

    /// The process runs as root, which a PostgreSQL server refuses, and there is no other user to run it.
    #[error("a PostgreSQL server does not run as root, and there is no user {name:?} in /etc/passwd: create it")]
    NoAccount {
        /// The user that was looked for.
        name: &'static str,
    },

    /// The server, or the creation of its cluster, ended before it took connections.
    #[error("the PostgreSQL server ended before it was ready; its log ends with:\n{log}")]
    Ended {
        /// The last lines of the server's log.
        log: String,
    },

    /// The server took no connection in time.
    #[error("the PostgreSQL server was not ready within {waited:?}; its log ends with:\n{log}")]
    NotReady {
        /// How long the start was waited for.
        waited: Duration,
        /// The last lines of the server's log.
        log: String,
    },

    /// No server was named, and none could be started.
    #[error("no PostgreSQL server: set {variable} to the URL of a database, or let one be started on this machine")]
    NotFound {
        /// The environment variable that could have named one.
        variable: String,
        /// Why none could be started.
        source: Box<ServerError>,
    },

    /// The operating system refused a step.
    #[error("cannot {step}")]
    Io {
        /// What was attempted, in the form "create the cluster's directory".
        step: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },
}

impl ServerError {
    pub(super) fn io(step: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { step, source }
    }
}
