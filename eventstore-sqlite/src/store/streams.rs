use async_trait::async_trait;
use eventstore_core::{Delete, EventLinker, Link, LinkReceipt, Result, StreamDeleter, StreamName};

use crate::SqliteStore;

#[async_trait]
impl EventLinker for SqliteStore {
    async fn link(&self, link: Link) -> Result<LinkReceipt> {
        let database = self.database();
        let receipt = database.label().observed("link", database.link(link)).await?;
        self.inner.hub.changed();
        Ok(receipt)
    }
}

#[async_trait]
impl StreamDeleter for SqliteStore {
    async fn delete(&self, delete: Delete) -> Result<()> {
        let database = self.database();
        database.label().observed("delete", database.delete(&delete)).await?;
        self.inner.hub.changed();
        Ok(())
    }

    async fn undelete(&self, stream: &StreamName) -> Result<()> {
        let database = self.database();
        database.label().observed("undelete", database.undelete(stream)).await?;
        self.inner.hub.changed();
        Ok(())
    }
}
