use std::path::Path;

use serde::Serialize;
use sqlx::{PgConnection, Row};

use super::process::stands_in_memory;
use crate::error::Result;

/// What a reader of a figure has to know about the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ServerFacts {
    pub(crate) product: &'static str,
    pub(crate) version: String,
    pub(crate) fsync: bool,
    pub(crate) synchronous_commit: String,
    pub(crate) full_page_writes: bool,
    /// Unknown of a server that is not ours.
    pub(crate) data_in_memory: Option<bool>,
}

impl ServerFacts {
    pub(super) async fn read(connection: &mut PgConnection, directory: Option<&Path>) -> Result<Self> {
        let row = sqlx::query(include_str!("../sql/shared/facts.sql"))
            .fetch_one(connection)
            .await?;
        Ok(Self {
            product: "PostgreSQL",
            version: row.try_get("version")?,
            fsync: row.try_get("fsync")?,
            synchronous_commit: row.try_get("synchronous_commit")?,
            full_page_writes: row.try_get("full_page_writes")?,
            data_in_memory: directory.and_then(stands_in_memory),
        })
    }

    /// Why figures from here say nothing about a server that keeps what it has acknowledged.
    pub(crate) fn reservation(&self) -> Option<&'static str> {
        if !self.fsync || self.synchronous_commit == "off" || !self.full_page_writes {
            Some("the server does not wait for its disk")
        } else if self.data_in_memory == Some(true) {
            Some("the server's data are in memory: let TMPDIR name a directory on a disk")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> ServerFacts {
        ServerFacts {
            product: "PostgreSQL",
            version: "15.18".to_owned(),
            fsync: true,
            synchronous_commit: "on".to_owned(),
            full_page_writes: true,
            data_in_memory: Some(false),
        }
    }

    #[test]
    fn only_a_durable_server_gives_figures_without_reservation() {
        assert_eq!(facts().reservation(), None);
        let fast = [
            ServerFacts {
                fsync: false,
                ..facts()
            },
            ServerFacts {
                synchronous_commit: "off".to_owned(),
                ..facts()
            },
            ServerFacts {
                full_page_writes: false,
                ..facts()
            },
            ServerFacts {
                data_in_memory: Some(true),
                ..facts()
            },
        ];
        assert!(fast.iter().all(|facts| facts.reservation().is_some()));
    }
}
