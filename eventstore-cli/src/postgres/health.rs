use std::time::Duration;

use eventstore_core::backend::Notifier;
use eventstore_core::{Result, StreamSelector};
use eventstore_postgres::{ListenerHealth, PostgresStore};
use tokio::time::timeout;

use crate::Check;
use crate::connector::further_checks;

/// How long the connection for notifications may take to be made.
const LISTENER_PATIENCE: Duration = Duration::from_secs(5);

/// How the store is doing, its connection for notifications included.
pub(super) async fn checks(store: &PostgresStore) -> Vec<Check> {
    ask(store)
        .await
        .unwrap_or_else(|error| vec![Check::unreachable(&error.into())])
}

async fn ask(store: &PostgresStore) -> Result<Vec<Check>> {
    let listener = listener_after_connect(store).await;
    let health = store.health().await?;
    let version = match health.pending_migrations {
        0 => format!("layout {}, up to date", store.layout()),
        pending => format!("layout {}, migrations pending: {pending}", store.layout()),
    };
    let mut checks = vec![
        Check::well("reachable", format!("answered in {:.1?}", health.answer_time)),
        Check::new("version", health.pending_migrations == 0, version),
        Check::new(
            "writable",
            !health.is_read_only,
            if health.is_read_only {
                "the server takes no changes"
            } else {
                "yes"
            },
        ),
        listener,
        Check::well("head", health.head.to_string()),
        Check::well("lag", health.greatest_lag.to_string()),
    ];
    checks.extend(further_checks(store).await?);
    Ok(checks)
}

/// This process has no listener of its own. So one is made, which is told to read as soon as it is connected.
async fn listener_after_connect(store: &PostgresStore) -> Check {
    let mut listener = store.listen(&StreamSelector::All);
    let is_told = timeout(LISTENER_PATIENCE, listener.hint()).await.is_ok();
    let is_connected = match store.health().await {
        Ok(health) => health.listener == ListenerHealth::Connected,
        Err(_) => is_told,
    };
    Check::new(
        "listener",
        is_connected,
        if is_connected {
            "connected"
        } else {
            "not connected: events are found by polling only"
        },
    )
}
