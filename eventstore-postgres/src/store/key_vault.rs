use async_trait::async_trait;
use eventstore_core::Result;
use eventstore_core::backend::{ForgottenSubject, KeyAddition, KeyVault, Notifier, SubjectKeys, WrappedKey};

use crate::PostgresStore;
use crate::store::sessions::Sessions;

/// Uses tables that [`create_key_vault`](crate::PostgresAdmin::create_key_vault) creates; without them, each call fails with
/// [`NotInitialized`](eventstore_core::Error::NotInitialized).
#[async_trait]
impl KeyVault for PostgresStore {
    async fn keys_of(&self, subject: &str) -> Result<SubjectKeys> {
        self.label()
            .observed("keys_of", async { self.session().await?.keys_of(subject).await })
            .await
    }

    async fn add_key(&self, subject: &str, key: WrappedKey) -> Result<KeyAddition> {
        self.label()
            .observed("add_key", async {
                self.session_for_change().await?.add_key(subject, &key).await
            })
            .await
    }

    async fn forget_subject(&self, subject: &str) -> Result<()> {
        self.label()
            .observed("forget_subject", async {
                self.session_for_change().await?.forget_subject(subject).await
            })
            .await
    }

    async fn forgotten_after(&self, number: u64, limit: u32) -> Result<Vec<ForgottenSubject>> {
        self.label()
            .observed("forgotten_after", async {
                self.session().await?.forgotten_after(number, limit).await
            })
            .await
    }

    fn storage_epoch(&self) -> u64 {
        Notifier::storage_epoch(self)
    }
}
