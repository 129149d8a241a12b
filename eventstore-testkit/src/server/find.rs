use std::env;
use std::fmt;

use super::{Durability, LocalServer, ServerError};

/// A server for an example or a tool to work on: the one that an environment variable names, else a throw-away one.
#[derive(Debug)]
pub struct Server {
    variable: String,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Named { url: String },
    Local(LocalServer),
}

impl Server {
    /// Takes the URL in `variable` as it is; starts a durable [`LocalServer`] if the variable is unset or empty.
    ///
    /// # Errors
    ///
    /// [`ServerError::NotFound`], which names the remedy, if the variable is unset and no server can be started.
    pub fn find(variable: &str) -> Result<Self, ServerError> {
        let named = env::var_os(variable).filter(|url| !url.is_empty());
        let source = match named {
            Some(url) => Source::Named {
                url: url.to_string_lossy().into_owned(),
            },
            None => Source::Local(start(variable)?),
        };
        Ok(Self {
            variable: variable.to_owned(),
            source,
        })
    }

    /// The URL of the database to work on.
    #[must_use]
    pub fn url(&self) -> &str {
        match &self.source {
            Source::Named { url } => url,
            Source::Local(server) => server.url(),
        }
    }
}

impl fmt::Display for Server {
    /// Says which server was taken, without its URL, in which a password may stand.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variable = &self.variable;
        match self.source {
            Source::Named { .. } => write!(f, "server: the one that {variable} names"),
            Source::Local(_) => write!(
                f,
                "server: a throw-away one of this machine's PostgreSQL, since {variable} is not set"
            ),
        }
    }
}

fn start(variable: &str) -> Result<LocalServer, ServerError> {
    LocalServer::start(Durability::Full).map_err(|source| ServerError::NotFound {
        variable: variable.to_owned(),
        source: Box::new(source),
    })
}
