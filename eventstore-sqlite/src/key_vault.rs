//! Keys of subjects.

use std::time::Duration;

use eventstore_core::backend::{ForgottenSubject, KeyAddition, SubjectKeys, WrappedKey};
use eventstore_core::{Error, Result};
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::time::sleep;
use tracing::warn;

use crate::connection::{Database, connect_to_change};
use crate::error::failed;
use crate::sql;

/// How often to try to empty the log, and how long writers have the file in between.
const ATTEMPTS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(20);

impl Database {
    pub(crate) async fn keys_of(&self, subject: &str) -> Result<SubjectKeys> {
        let mut reader = self.reader().await?;
        find_keys(&mut reader, subject).await
    }

    pub(crate) async fn add_key(&self, subject: &str, key: &WrappedKey) -> Result<KeyAddition> {
        let mut transaction = self.begin().await?;
        // Where keys are moved to make room, copies of them would stay behind.
        transaction.execute(sql::OVERWRITE_DELETED).await.map_err(failed)?;
        let add = sqlx::query(sql::ADD_KEY)
            .bind(subject)
            .bind(i64::from(key.number))
            .bind(&key.bytes[..]);
        let added = add.execute(&mut *transaction).await.map_err(failed)?;
        transaction.execute(sql::KEEP_DELETED).await.map_err(failed)?;
        if added.rows_affected() > 0 {
            transaction.commit().await?;
            return Ok(KeyAddition::Added);
        }
        Ok(match find_keys(&mut transaction, subject).await? {
            SubjectKeys::Kept(_) => KeyAddition::NumberTaken,
            SubjectKeys::Forgotten => KeyAddition::Forgotten,
        })
    }

    pub(crate) async fn forget_subject(&self, subject: &str) -> Result<()> {
        self.delete_keys(subject).await?;
        // The subject is forgotten in any case.
        match self.empty_log().await {
            Ok(true) => {}
            Ok(false) => {
                warn!("keys of a forgotten subject stay in the log until it is emptied, because it is being read");
            }
            Err(error) => warn!(%error, "keys of a forgotten subject stay in the log until it is emptied"),
        }
        Ok(())
    }

    async fn delete_keys(&self, subject: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        // Otherwise the keys stay in the file until something else needs their room.
        transaction.execute(sql::OVERWRITE_DELETED).await.map_err(failed)?;
        for statement in [sql::DELETE_KEYS, sql::RECORD_FORGOTTEN] {
            let query = sqlx::query(statement).bind(subject);
            query.execute(&mut *transaction).await.map_err(failed)?;
        }
        transaction.execute(sql::KEEP_DELETED).await.map_err(failed)?;
        transaction.commit().await
    }

    /// Copies the log into the file and empties it, because its older pages still have what was deleted. Returns whether that succeeded: it
    /// does not while someone reads what is older.
    async fn empty_log(&self) -> Result<bool> {
        let mut connection = connect_to_change(self.config()).await?;
        connection.execute(sql::WAIT_BRIEFLY).await.map_err(failed)?;
        let mut is_empty = false;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                sleep(PAUSE).await;
            }
            is_empty = truncate_log(&mut connection).await?;
            if is_empty {
                break;
            }
        }
        connection.close().await.map_err(failed)?;
        Ok(is_empty)
    }

    pub(crate) async fn forgotten_after(&self, number: u64, limit: u32) -> Result<Vec<ForgottenSubject>> {
        let mut reader = self.reader().await?;
        let listed: Vec<(i64, String)> = sqlx::query_as(sql::LIST_FORGOTTEN)
            .bind(i64::try_from(number).unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(&mut *reader)
            .await
            .map_err(failed)?;
        let forgotten = |(number, subject)| {
            Ok(ForgottenSubject {
                number: u64::try_from(number).map_err(Error::corrupt)?,
                subject,
            })
        };
        listed.into_iter().map(forgotten).collect()
    }
}

async fn truncate_log(connection: &mut SqliteConnection) -> Result<bool> {
    let answer = sqlx::query_as::<_, (bool, i64, i64)>(sql::TRUNCATE_LOG)
        .fetch_one(connection)
        .await;
    let (is_hindered, ..) = answer.map_err(failed)?;
    Ok(!is_hindered)
}

async fn find_keys(connection: &mut SqliteConnection, subject: &str) -> Result<SubjectKeys> {
    let rows: Vec<(Option<i64>, Option<Vec<u8>>)> = sqlx::query_as(sql::FIND_KEYS)
        .bind(subject)
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    let keys: Option<Vec<_>> = rows.into_iter().map(|(number, bytes)| number.zip(bytes)).collect();
    let Some(keys) = keys else {
        return Ok(SubjectKeys::Forgotten);
    };
    let key = |(number, bytes): (i64, Vec<u8>)| {
        Ok(WrappedKey {
            number: u32::try_from(number).map_err(Error::corrupt)?,
            bytes: bytes.into(),
        })
    };
    Ok(SubjectKeys::Kept(keys.into_iter().map(key).collect::<Result<_>>()?))
}
