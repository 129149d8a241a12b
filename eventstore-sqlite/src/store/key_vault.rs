use async_trait::async_trait;
use eventstore_core::Result;
use eventstore_core::backend::{ForgottenSubject, KeyAddition, KeyVault, Notifier, SubjectKeys, WrappedKey};

use crate::SqliteStore;

#[async_trait]
impl KeyVault for SqliteStore {
    async fn keys_of(&self, subject: &str) -> Result<SubjectKeys> {
        let database = self.database();
        database.label().observed("keys_of", database.keys_of(subject)).await
    }

    async fn add_key(&self, subject: &str, key: WrappedKey) -> Result<KeyAddition> {
        let database = self.database();
        database
            .label()
            .observed("add_key", database.add_key(subject, &key))
            .await
    }

    async fn forget_subject(&self, subject: &str) -> Result<()> {
        let database = self.database();
        database
            .label()
            .observed("forget_subject", database.forget_subject(subject))
            .await
    }

    async fn forgotten_after(&self, number: u64, limit: u32) -> Result<Vec<ForgottenSubject>> {
        let database = self.database();
        database
            .label()
            .observed("forgotten_after", database.forgotten_after(number, limit))
            .await
    }

    fn storage_epoch(&self) -> u64 {
        Notifier::storage_epoch(self)
    }
}
