//! Keeps a table of balances up to date, each event once; then rebuilds it into a second table and switches over:
//! `cargo run --example projection`, on the store that `EVENTSTORE_URL` names.
//!
//! Both databases understand the statements. What differs is in `postgres.rs` and `sqlite.rs`.

mod database;
mod postgres;
mod sqlite;
#[cfg(test)]
#[macro_use]
#[path = "../test_store.rs"]
mod test_store;

use async_trait::async_trait;
use eventstore_core::backend::ProjectionStore;
use eventstore_core::{
    Append, EventFilter, EventNumber, EventStore, ExpectedVersion, HolderPolicy, StreamName, StreamSelector,
    SubscriptionAdmin, SubscriptionKey, SubscriptionName,
};
use eventstore_serde::{Json, Serializer};
use eventstore_subscriptions::{Delivery, Projection, Projector, Subscribe, Subscriptions};
use quickstart::StoreUrl;

use self::database::{Database, Deposits};
use self::postgres::PostgresDatabase;
use self::sqlite::SqliteDatabase;

/// The table that readers use is a view, so that it can be switched.
const TABLES: &str = "
    DROP VIEW IF EXISTS wallet_balances;
    DROP TABLE IF EXISTS wallet_balances_1;
    DROP TABLE IF EXISTS wallet_balances_2;
    CREATE TABLE wallet_balances_1 (wallet text PRIMARY KEY, cents bigint NOT NULL);
    CREATE TABLE wallet_balances_2 (wallet text PRIMARY KEY, cents bigint NOT NULL, deposits bigint NOT NULL);
    CREATE VIEW wallet_balances AS SELECT wallet, cents FROM wallet_balances_1";

const SWITCH: &str = "
    DROP VIEW wallet_balances;
    CREATE VIEW wallet_balances AS SELECT wallet, cents FROM wallet_balances_2;
    DROP TABLE wallet_balances_1";

const DEPOSIT_1: &str = "
    INSERT INTO wallet_balances_1 AS balance VALUES ($1, $2)
    ON CONFLICT (wallet) DO UPDATE SET cents = balance.cents + excluded.cents";

const DEPOSIT_2: &str = "
    INSERT INTO wallet_balances_2 AS balance VALUES ($1, $2, 1)
    ON CONFLICT (wallet) DO UPDATE SET cents = balance.cents + excluded.cents, deposits = balance.deposits + 1";

const BALANCES: &str = "SELECT wallet, cents FROM wallet_balances ORDER BY wallet";

/// One version of the projection: the statement that an event is turned into.
struct Balances(&'static str);

#[async_trait]
impl<T: Deposits> Projector<T> for Balances {
    type Error = anyhow::Error;

    async fn project(&mut self, transaction: &mut T, events: &[Delivery]) -> anyhow::Result<()> {
        for event in events {
            let cents = Json.data(event)?;
            transaction.deposit(self.0, event.stream.as_str(), cents).await?;
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run(&StoreUrl::find()?).await
}

async fn run(url: &StoreUrl) -> anyhow::Result<()> {
    match url {
        StoreUrl::Sqlite(url) => rebuild(SqliteDatabase::open(url).await?).await,
        StoreUrl::Postgres(url) => rebuild(PostgresDatabase::open(url).await?).await,
    }
}

async fn rebuild<D: Database>(mut database: D) -> anyhow::Result<()> {
    let store = database.store().clone();
    begin_anew(&store, &mut database).await?;

    deposit(&store, "wallet-ada", 100).await?;
    deposit(&store, "wallet-bob", 50).await?;
    let newest = deposit(&store, "wallet-ada", 20).await?;
    let mut first = start(&store, "balances-1")?;
    catch_up(&mut first, &mut Balances(DEPOSIT_1), newest).await?;
    println!("first version: {:?}", database.balances().await?);

    // The second version catches up beside the first one, which goes on.
    let mut second = start(&store, "balances-2")?;
    let newest = deposit(&store, "wallet-bob", 5).await?;
    catch_up(&mut second, &mut Balances(DEPOSIT_2), newest).await?;
    catch_up(&mut first, &mut Balances(DEPOSIT_1), newest).await?;
    println!("before the switch: {:?}", database.balances().await?);

    // Readers see the one table or the other.
    database.execute(SWITCH).await?;
    first.stop().await?;
    store
        .delete_subscription(&key("balances-1")?, HolderPolicy::Respect)
        .await?;
    let newest = deposit(&store, "wallet-ada", 1).await?;
    catch_up(&mut second, &mut Balances(DEPOSIT_2), newest).await?;
    println!("second version: {:?}", database.balances().await?);
    second.stop().await?;
    Ok(())
}

/// Removes what an earlier run has left. The deposits in the store remain, so that the balances grow from run to run.
async fn begin_anew(store: &impl EventStore, database: &mut impl Database) -> anyhow::Result<()> {
    for name in ["balances-1", "balances-2"] {
        store.delete_subscription(&key(name)?, HolderPolicy::Respect).await?;
    }
    database.execute(TABLES).await
}

fn key(name: &str) -> anyhow::Result<SubscriptionKey> {
    Ok(SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new(name)?,
    })
}

fn start<S>(store: &S, name: &str) -> anyhow::Result<Projection<S>>
where
    S: EventStore + ProjectionStore + Clone + 'static,
{
    let deposits = EventFilter::default()
        .with_category("wallet")?
        .with_event_types(["MoneyDeposited"])?;
    let request = Subscribe::to_all(name)?.with_filter(deposits);
    let subscription = Subscriptions::new(store.clone()).subscribe(request)?;
    Ok(Projection::new(store.clone(), subscription)?)
}

/// Projects up to this event. A program of yours would call `run`, which goes on for ever.
async fn catch_up<S>(projection: &mut Projection<S>, projector: &mut Balances, to: EventNumber) -> anyhow::Result<()>
where
    S: ProjectionStore<Transaction: Deposits>,
{
    let mut progress = projection.subscription().watch();
    loop {
        tokio::select! {
            done = progress.wait_for(|progress| progress.acknowledged >= to) => return Ok(done.map(drop)?),
            step = projection.step(projector) => anyhow::ensure!(step?, "the subscription was stopped"),
        }
    }
}

/// Makes a deposit, and returns its place among all events.
async fn deposit(store: &impl EventStore, wallet: &str, cents: i64) -> anyhow::Result<EventNumber> {
    let event = Json.event("MoneyDeposited", &cents)?;
    let append = Append::new(StreamName::new(wallet)?, ExpectedVersion::Any, vec![event])?;
    Ok(store.append(append).await?.last_position.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    on_each_backend!(the_second_version_has_every_deposit_once);

    async fn the_second_version_has_every_deposit_once(url: &StoreUrl) {
        for run_so_far in [1, 2] {
            run(url).await.unwrap();
            let expected = [("wallet-ada", 121 * run_so_far), ("wallet-bob", 55 * run_so_far)];
            let balances = balances(url).await;
            assert_eq!(balances, expected.map(|(wallet, cents)| (wallet.to_owned(), cents)));
        }
    }

    async fn balances(url: &StoreUrl) -> Vec<(String, i64)> {
        match url {
            StoreUrl::Sqlite(url) => SqliteDatabase::open(url).await.unwrap().balances().await.unwrap(),
            StoreUrl::Postgres(url) => PostgresDatabase::open(url).await.unwrap().balances().await.unwrap(),
        }
    }
}
