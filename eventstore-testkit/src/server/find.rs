use std::env;
use std::fmt;

#[cfg(feature = "docker")]
use super::DockerServer;
use super::choice::Choice;
use super::{Durability, LocalServer, ServerError};

/// Names the server for tests.
const TESTS: &str = "EVENTSTORE_TEST_URL";

/// A server to work on: the one that an environment variable names, otherwise a throw-away one.
#[derive(Debug)]
pub struct Server {
    variable: String,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Named {
        url: String,
    },
    #[cfg(feature = "docker")]
    Docker(DockerServer),
    Local(LocalServer),
}

impl Server {
    /// Finds the server for a test run, whose data no one needs afterwards.
    ///
    /// - the server whose URL is in `EVENTSTORE_TEST_URL`, whose user must be allowed to create databases; otherwise
    /// - a server in Docker, if its engine answers within 5 seconds, and has the image or gets it within 30 seconds from a
    ///   registry that answers within 5; otherwise
    /// - a server from the programs of this machine.
    ///
    /// Set `EVENTSTORE_TEST_SERVER` to `docker` or `local` to allow only that one of the last two.
    ///
    /// # Errors
    ///
    /// [`ServerError::NotFound`], which holds the remedy and what was tried, if there is no server.
    pub fn for_tests() -> Result<Self, ServerError> {
        if let Some(named) = Self::named(TESTS) {
            return Ok(named);
        }
        Self::first_of(TESTS, Choice::from_environment()?, Choice::start_for_tests)
    }

    /// Finds the server for an example or a measurement: the one whose URL is in `variable`, otherwise a durable
    /// [`LocalServer`].
    ///
    /// # Errors
    ///
    /// [`ServerError::NotFound`], which holds the remedy, if the variable is unset and no server can be started.
    pub fn find(variable: &str) -> Result<Self, ServerError> {
        if let Some(named) = Self::named(variable) {
            return Ok(named);
        }
        Self::first_of(variable, &[Choice::Local], |_| {
            LocalServer::start(Durability::Full).map(Source::Local)
        })
    }

    /// Returns the URL of the database to work on.
    #[must_use]
    pub fn url(&self) -> &str {
        match &self.source {
            Source::Named { url } => url,
            #[cfg(feature = "docker")]
            Source::Docker(server) => server.url(),
            Source::Local(server) => server.url(),
        }
    }

    fn named(variable: &str) -> Option<Self> {
        let url = env::var_os(variable).filter(|url| !url.is_empty())?;
        Some(Self {
            variable: variable.to_owned(),
            source: Source::Named {
                url: url.to_string_lossy().into_owned(),
            },
        })
    }

    fn first_of(
        variable: &str,
        choices: &[Choice],
        start: impl Fn(Choice) -> Result<Source, ServerError>,
    ) -> Result<Self, ServerError> {
        let mut tried = Vec::new();
        for choice in choices {
            match start(*choice) {
                Ok(source) => {
                    return Ok(Self {
                        variable: variable.to_owned(),
                        source,
                    });
                }
                Err(error) => tried.push(error),
            }
        }
        Err(ServerError::NotFound {
            variable: variable.to_owned(),
            tried,
        })
    }
}

impl Choice {
    fn start_for_tests(self) -> Result<Source, ServerError> {
        match self {
            #[cfg(feature = "docker")]
            Self::Docker => DockerServer::start(Durability::Relaxed).map(Source::Docker),
            #[cfg(not(feature = "docker"))]
            Self::Docker => Err(ServerError::WithoutDocker),
            Self::Local => LocalServer::start(Durability::Relaxed).map(Source::Local),
        }
    }
}

impl fmt::Display for Server {
    /// Says which server was taken, without its URL, which may contain a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variable = &self.variable;
        match &self.source {
            Source::Named { .. } => write!(f, "server: the one that {variable} names"),
            #[cfg(feature = "docker")]
            Source::Docker(server) => write!(f, "server: a throw-away container of the image {}", server.image()),
            Source::Local(server) => write!(
                f,
                "server: a throw-away one of this machine's PostgreSQL in {}, since {variable} is not set",
                server.directory().display()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(choice: Choice) -> Result<Source, ServerError> {
        Err(ServerError::UnknownChoice {
            choice: format!("{choice:?}"),
        })
    }

    #[test]
    fn says_what_was_tried_when_there_is_none() {
        let choices = [Choice::Docker, Choice::Local];
        let error = Server::first_of("THE_URL", &choices, refuse).unwrap_err().to_string();
        for part in ["THE_URL", "\"Docker\"", "\"Local\""] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn never_shows_the_url() {
        let server = Server {
            variable: "THE_URL".to_owned(),
            source: Source::Named {
                url: "postgres://me:secret@h/d".to_owned(),
            },
        };
        assert_eq!(server.to_string(), "server: the one that THE_URL names");
    }
}
