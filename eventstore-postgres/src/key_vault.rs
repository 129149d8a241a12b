use eventstore_core::backend::{ForgottenSubject, KeyAddition, SubjectKeys, WrappedKey};
use eventstore_core::{Error, Result};
use sqlx::Row;

use crate::config::PostgresConfig;
use crate::connection::Session;
use crate::error::{damaged, reading, writing};
use crate::schema::{change_schema, find_store, run_script};
use crate::sql::scripts;

/// Does the work of [`PostgresAdmin::create_key_vault`](crate::PostgresAdmin::create_key_vault).
pub(crate) async fn create_key_vault(config: &PostgresConfig) -> Result<()> {
    let schema = config.schema();
    change_schema(config, "keys", async |connection| {
        find_store(connection, config).await?;
        run_script(connection, scripts::CREATE_KEY_VAULT, schema).await
    })
    .await
}

impl Session<'_> {
    pub(crate) async fn keys_of(&mut self, subject: &str) -> Result<SubjectKeys> {
        let query = self.statements().find_keys.query().bind(subject);
        let found = self
            .read(async |connection| query.fetch_optional(connection).await)
            .await;
        let Some(row) = found.map_err(reading)? else {
            return Ok(SubjectKeys::Kept(Vec::new()));
        };
        if row.try_get("is_forgotten").map_err(reading)? {
            return Ok(SubjectKeys::Forgotten);
        }
        let numbers: Vec<i64> = row.try_get("key_numbers").map_err(reading)?;
        let keys: Vec<Vec<u8>> = row.try_get("wrapped_keys").map_err(reading)?;
        let key = |(number, bytes): (i64, Vec<u8>)| {
            Ok(WrappedKey {
                number: u32::try_from(number).map_err(damaged)?,
                bytes: bytes.into(),
            })
        };
        let mut keys = numbers.into_iter().zip(keys).map(key).collect::<Result<Vec<_>>>()?;
        keys.sort_by_key(|key| key.number);
        Ok(SubjectKeys::Kept(keys))
    }

    pub(crate) async fn add_key(&mut self, subject: &str, key: &WrappedKey) -> Result<KeyAddition> {
        let query = self.statements().add_key.query_scalar::<bool>();
        let query = query.bind(subject).bind(i64::from(key.number)).bind(&key.bytes[..]);
        let is_added = self.write(async |connection| query.fetch_one(connection).await).await;
        if is_added.map_err(writing)? {
            return Ok(KeyAddition::Added);
        }
        Ok(match self.keys_of(subject).await? {
            SubjectKeys::Kept(_) => KeyAddition::NumberTaken,
            SubjectKeys::Forgotten => KeyAddition::Forgotten,
        })
    }

    pub(crate) async fn forget_subject(&mut self, subject: &str) -> Result<()> {
        let query = self.statements().forget_subject.query_scalar::<bool>().bind(subject);
        let is_counted = self.write(async |connection| query.fetch_one(connection).await).await;
        if is_counted.map_err(writing)? {
            return Ok(());
        }
        Err(Error::NotInitialized {
            message: "the row of the last forgotten subject is missing: call create_key_vault".to_owned(),
        })
    }

    pub(crate) async fn forgotten_after(&mut self, number: u64, limit: u32) -> Result<Vec<ForgottenSubject>> {
        let query = self.statements().list_forgotten.query_as::<(i64, String)>();
        let query = query
            .bind(i64::try_from(number).unwrap_or(i64::MAX))
            .bind(i64::from(limit));
        let listed = self.read(async |connection| query.fetch_all(connection).await).await;
        let forgotten = |(number, subject)| {
            Ok(ForgottenSubject {
                number: u64::try_from(number).map_err(damaged)?,
                subject,
            })
        };
        listed.map_err(reading)?.into_iter().map(forgotten).collect()
    }
}
