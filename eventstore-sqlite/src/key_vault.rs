//! Keys of subjects.

use eventstore_core::backend::{ForgottenSubject, KeyAddition, SubjectKeys, WrappedKey};
use eventstore_core::{Error, Result};
use sqlx::{Executor, SqliteConnection};

use crate::connection::Database;
use crate::error::failed;
use crate::sql;

impl Database {
    pub(crate) async fn keys_of(&self, subject: &str) -> Result<SubjectKeys> {
        let mut reader = self.reader().await?;
        find_keys(&mut reader, subject).await
    }

    pub(crate) async fn add_key(&self, subject: &str, key: &WrappedKey) -> Result<KeyAddition> {
        let mut transaction = self.begin().await?;
        let add = sqlx::query(sql::ADD_KEY)
            .bind(subject)
            .bind(i64::from(key.number))
            .bind(&key.bytes[..]);
        let added = add.execute(&mut *transaction).await.map_err(failed)?;
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
