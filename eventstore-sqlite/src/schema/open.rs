use eventstore_core::{Error, Result};
use sqlx::{Connection, SqliteConnection};

use super::migrate::additions;
use super::{inspect, warn_of_network};
use crate::config::SqliteConfig;
use crate::connection::{Database, connect_to_inspect};
use crate::error::failed;
use crate::sql;

/// The first version of SQLite in which two processes that reset the log at the same time cannot damage the file.
const FIRST_SOUND: (u32, u32, u32) = (3, 51, 3);

/// Opens the store that a file holds; nothing is changed in a file that holds something else.
pub(crate) async fn open_store(config: SqliteConfig) -> Result<Database> {
    let mut connection = connect_to_inspect(&config).await?;
    refuse_unsound_library(&mut connection).await?;
    inspect(&mut connection).await?.refuse_others(&config)?;
    let additions = additions(&mut connection).await?;
    connection.close().await.map_err(failed)?;
    warn_of_network(&config.path());
    Database::open(config.resolved(), additions).await
}

async fn refuse_unsound_library(connection: &mut SqliteConnection) -> Result<()> {
    let version: String = sqlx::query_scalar(sql::LIBRARY_VERSION)
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    if parse(&version).is_none_or(|version| version < FIRST_SOUND) {
        let (major, minor, patch) = FIRST_SOUND;
        return Err(Error::NotInitialized {
            message: format!(
                "this program has SQLite {version}, which may damage a file that several connections write to: \
                 it needs SQLite {major}.{minor}.{patch} or later"
            ),
        });
    }
    Ok(())
}

fn parse(version: &str) -> Option<(u32, u32, u32)> {
    let mut numbers = version.split('.').map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some((next()?, next()?, next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_number_by_number() {
        assert!(parse("3.51.3").unwrap() >= FIRST_SOUND);
        assert!(parse("3.100.0").unwrap() >= FIRST_SOUND);
        assert!(parse("3.51.2").unwrap() < FIRST_SOUND);
        assert!(parse("3.9.10").unwrap() < FIRST_SOUND);
        assert_eq!(parse("three"), None);
    }
}
