//! A bank account: decisions upon what has happened, by several callers at the same time, and never more money than there is.
//! `cargo run --example bank-account`, on the store that `EVENTSTORE_URL` names.

mod account;
#[cfg(test)]
#[macro_use]
#[path = "../test_store.rs"]
mod test_store;
#[cfg(test)]
mod tests;

use std::num::NonZeroU64;
use std::sync::Arc;

use eventstore_core::{EventStore, Read, StreamName};
use eventstore_serde::{EventCodec, ExecuteError, Json, Repository, TypedStore};
use futures_util::TryStreamExt;
use tokio::task::JoinSet;

use self::account::{Account, AccountEvent, Refusal};

type Accounts = Repository<Account, Arc<dyn EventStore>, Json>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run(quickstart::open().await?).await
}

async fn run(store: Arc<dyn EventStore>) -> anyhow::Result<()> {
    let codec = EventCodec::<AccountEvent, _>::new(Json);
    let accounts = Accounts::new(Arc::clone(&store), codec.clone())?;
    let accounts = Arc::new(accounts.with_snapshot_every(const { NonZeroU64::new(10).unwrap() }));
    let stream = StreamName::new(format!("account-{}", uuid::Uuid::now_v7()))?;

    accounts.execute(&stream, |account| account.open("Ada")).await?;
    accounts.execute(&stream, |account| account.deposit(1_000)).await?;
    let paid = withdraw_at_the_same_time(&accounts, &stream).await?;
    let early = accounts.execute(&stream, Account::close).await;
    println!(
        "closing: {}",
        early.err().map_or_else(|| "done".to_owned(), |error| error.to_string())
    );
    let left = accounts.load(&stream).await?.state.cents;

    let store = TypedStore::new(store, codec)?;
    let mut events = store.read(Read::new(stream));
    while let Some(event) = events.try_next().await? {
        println!("{} {:?}", event.recorded.stream_version, event.event);
    }
    println!("paid={paid} left={left}");
    anyhow::ensure!(100 * paid + left == 1_000, "money was lost, or made");
    Ok(())
}

/// Fifteen withdrawals of 100 from 1,000; tells how many were granted.
async fn withdraw_at_the_same_time(accounts: &Arc<Accounts>, stream: &StreamName) -> anyhow::Result<u64> {
    let mut callers = JoinSet::new();
    for _ in 0..15 {
        let (accounts, stream) = (Arc::clone(accounts), stream.clone());
        callers.spawn(async move { accounts.execute(&stream, |account| account.withdraw(100)).await });
    }
    let mut paid = 0;
    while let Some(outcome) = callers.join_next().await {
        match outcome? {
            Ok(_) => paid += 1,
            Err(ExecuteError::Refused(Refusal::NotEnoughMoney { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(paid)
}
