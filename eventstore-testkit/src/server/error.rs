use std::error::Error;
use std::io;
use std::iter;
use std::time::Duration;

use thiserror::Error;

/// Why no server could be provided.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// This machine has no PostgreSQL server that could be started.
    #[error(
        "no PostgreSQL server binaries found: install them (Debian: apt-get install postgresql) or set EVENTSTORE_TEST_PG_BIN"
    )]
    NoBinaries,

    /// This machine has no `PgBouncer` that could be started.
    #[error("no PgBouncer found: install it (Debian: apt-get install pgbouncer)")]
    NoPgBouncer,

    /// `PgBouncer` ended, or accepted no connection in time.
    #[error("PgBouncer takes no connections; its log ends with:\n{log}")]
    NoPooler {
        /// The last lines of its log.
        log: String,
    },

    /// A pooler cannot be put in front of a server with this URL.
    #[error("the URL of the server cannot be read")]
    UnreadableUrl,

    /// The process runs as root, which a PostgreSQL server refuses, and there is no other user to run it.
    #[error("a PostgreSQL server does not run as root, and there is no user {name:?} in /etc/passwd: create it")]
    NoAccount {
        /// The user that was looked up.
        name: &'static str,
    },

    /// The server, or the creation of its cluster, ended before the server accepted connections.
    #[error("the PostgreSQL server ended before it was ready; its log ends with:\n{log}")]
    Ended {
        /// The last lines of the server's log.
        log: String,
    },

    /// The server accepted no connection in time.
    #[error("the PostgreSQL server was not ready within {waited:?}; its log ends with:\n{log}")]
    NotReady {
        /// How long the start was awaited.
        waited: Duration,
        /// The last lines of the server's log.
        log: String,
    },

    /// No engine that runs containers answers.
    #[error("no Docker engine answers")]
    NoEngine {
        /// What was received instead of an answer.
        source: BoxError,
    },

    /// The engine does not have the image, and could not get it in time.
    #[error("the Docker engine has no image {image:?}: pull or build it, or set EVENTSTORE_TEST_IMAGE")]
    NoImage {
        /// The image that was requested.
        image: String,
        /// Why it was not pulled.
        source: BoxError,
    },

    /// The engine did not start the container, or the server in it was not ready in time.
    #[error("the PostgreSQL container did not start")]
    Container {
        /// What the engine said.
        source: BoxError,
    },

    /// A container was requested, but this crate was built without its feature `docker`.
    #[error("this program was built without Docker: enable the feature `docker` of eventstore-testkit")]
    WithoutDocker,

    /// `EVENTSTORE_TEST_SERVER` has an unknown value.
    #[error("EVENTSTORE_TEST_SERVER is {choice:?}: set it to `docker` or `local`, or unset it")]
    UnknownChoice {
        /// The value of the variable.
        choice: String,
    },

    /// No server was named, and none could be started.
    #[error(
        "no PostgreSQL server: set {variable} to the URL of a database, or let one be started{}",
        list(tried)
    )]
    NotFound {
        /// The environment variable that could have named one.
        variable: String,
        /// Why none could be started, in the order of the attempts.
        tried: Vec<ServerError>,
    },

    /// The operating system refused a step.
    #[error("cannot {step}")]
    Io {
        /// What was attempted, in the form "create the cluster's directory".
        step: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },
}

type BoxError = Box<dyn Error + Send + Sync>;

impl ServerError {
    #[cfg(feature = "docker")]
    pub(super) fn no_engine(source: impl Into<BoxError>) -> Self {
        Self::NoEngine { source: source.into() }
    }

    #[cfg(feature = "docker")]
    pub(super) fn no_image(image: &str, source: impl Into<BoxError>) -> Self {
        Self::NoImage {
            image: image.to_owned(),
            source: source.into(),
        }
    }

    #[cfg(feature = "docker")]
    pub(super) fn container(source: impl Into<BoxError>) -> Self {
        Self::Container { source: source.into() }
    }

    pub(super) fn io(step: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { step, source }
    }
}

/// A line for each error, with what caused it.
fn list(errors: &[ServerError]) -> String {
    let lines = errors.iter().flat_map(|error| ["\n- ".to_owned(), chain(error)]);
    lines.collect()
}

fn chain(error: &ServerError) -> String {
    let errors = iter::successors(Some::<&dyn Error>(error), |error| (*error).source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
