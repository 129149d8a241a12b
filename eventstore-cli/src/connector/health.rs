use std::time::Instant;

use eventstore_core::{
    Error, EventStore, ParkedEventStore, StatisticsSource, StoreStatistics, StreamDirectory, StreamSelector,
    SubscriptionAdmin,
};

use crate::{Connector, Failure, Purpose};

/// Whether one thing about a store is as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked, in snake case.
    pub name: &'static str,
    /// Whether it is well.
    pub is_well: bool,
    /// What was found.
    pub detail: String,
}

impl Check {
    /// Something that is well.
    pub fn well(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, true, detail)
    }

    /// Something that is well or not.
    pub fn new(name: &'static str, is_well: bool, detail: impl Into<String>) -> Self {
        Self {
            name,
            is_well,
            detail: detail.into(),
        }
    }

    /// A store that cannot be asked.
    pub fn unreachable(failure: &Failure) -> Self {
        Self::new("reachable", false, failure.message().unwrap_or_default())
    }
}

/// What every store can be asked.
pub(super) async fn of<C: Connector>(connector: &C) -> Vec<Check> {
    checks(connector)
        .await
        .unwrap_or_else(|failure| vec![Check::unreachable(&failure)])
}

async fn checks<C: Connector>(connector: &C) -> Result<Vec<Check>, Failure> {
    Ok(of_store(&connector.connect(Purpose::Calls).await?).await?)
}

/// What this store can be asked.
pub(crate) async fn of_store<S: EventStore + ?Sized>(store: &S) -> Result<Vec<Check>, Error> {
    let asked = Instant::now();
    let head = store.stream_info(&StreamSelector::All).await?.version;
    let answered = asked.elapsed();
    let mut checks = vec![
        Check::well("reachable", format!("answered in {answered:.1?}")),
        Check::well("head", head.to_string()),
        Check::well("lag", greatest_lag(store).await?.to_string()),
    ];
    checks.extend(further(store).await?);
    Ok(checks)
}

/// What is told of a store that answers; what is not known, or may not be seen, is left out.
pub(crate) async fn further<S>(store: &S) -> Result<Vec<Check>, Error>
where
    S: SubscriptionAdmin + ParkedEventStore + StatisticsSource + ?Sized,
{
    let parked = match parked_events(store).await {
        Ok(parked) => Some(parked),
        // A role need not have a right on parked events, and an older store has no table for them.
        Err(Error::AccessDenied { .. } | Error::NotInitialized { .. }) => None,
        Err(error) => return Err(error),
    };
    let StoreStatistics {
        bytes_on_disk,
        connections,
        connection_limit,
        commits,
        rows_read,
        rows_appended,
        ..
    } = store.statistics().await?;
    let known = [
        ("parked", parked),
        ("bytes_on_disk", bytes_on_disk),
        ("connections", connections),
        ("connection_limit", connection_limit),
        ("commits", commits),
        ("rows_read", rows_read),
        ("rows_appended", rows_appended),
    ];
    let checks = known
        .into_iter()
        .filter_map(|(name, number)| Some(Check::well(name, number?.to_string())));
    Ok(checks.collect())
}

/// How many events are parked, over all subscriptions.
async fn parked_events<S>(store: &S) -> Result<u64, Error>
where
    S: SubscriptionAdmin + ParkedEventStore + ?Sized,
{
    let mut parked = 0;
    for subscription in store.list_subscriptions().await? {
        parked += store.count_parked(subscription.record.id).await?;
    }
    Ok(parked)
}

/// How many events the subscription has before it that is the furthest behind.
async fn greatest_lag<S>(store: &S) -> Result<u64, Error>
where
    S: StreamDirectory + SubscriptionAdmin + ?Sized,
{
    let mut greatest = 0;
    for subscription in store.list_subscriptions().await? {
        match store.stream_info(&subscription.key.selector).await {
            Ok(info) => {
                greatest = greatest.max(info.version.get().saturating_sub(subscription.record.checkpoint.get()));
            }
            Err(Error::StreamNotFound { .. } | Error::StreamDeleted { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(greatest)
}
