use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{Closable, Error, EventStore};
use tokio::time::timeout;

use super::UrlConnector;
use super::commands::StoreCommands;
use crate::{Check, Connector, Failure, Observation, Purpose};

/// How long the program waits for its stores to close: a server that is gone must not keep it from ending.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

impl Connector for UrlConnector {
    type Store = Arc<dyn EventStore>;
    type Commands = StoreCommands;

    fn check(&self) -> Result<(), Failure> {
        self.backend().map(drop)
    }

    async fn connect(&self, purpose: Purpose) -> Result<Arc<dyn EventStore>, Failure> {
        let store = self.backend()?.connect(purpose).await?;
        self.opened(&store);
        Ok(store)
    }

    async fn connect_to_schema(&self, schema: &str) -> Result<Arc<dyn EventStore>, Failure> {
        let store = self.backend_in(schema)?.connect(Purpose::Calls).await?;
        self.opened(&store);
        Ok(store)
    }

    fn patience(&self) -> Duration {
        self.backend().map_or(Duration::ZERO, |backend| backend.patience())
    }

    fn remedy(&self, error: &Error) -> Option<&'static str> {
        self.backend().ok()?.remedy(error)
    }

    async fn verify(&self, report: &mut (dyn FnMut(Observation) + Send)) -> Result<(), Failure> {
        self.backend()?.verify(report).await
    }

    async fn health(&self) -> Vec<Check> {
        match self.backend() {
            Ok(backend) => backend.health().await,
            Err(failure) => vec![Check::unreachable(&failure)],
        }
    }

    async fn finish(&self) {
        for store in self.take_opened() {
            // What was acknowledged is stored, whether or not the store still closes.
            let _ = timeout(CLOSE_PATIENCE, store.close()).await;
        }
        if let Ok(backend) = self.backend() {
            backend.finish().await;
        }
    }
}
