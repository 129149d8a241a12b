//! Keeps a table of balances up to date, each event once; then rebuilds it into a second table and switches over.

use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::{
    Append, EventFilter, EventWriter, ExpectedVersion, HolderPolicy, StreamName, StreamSelector, SubscriptionAdmin,
    SubscriptionKey, SubscriptionName,
};
use eventstore_postgres::{
    DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore, PostgresTransaction, SchemaName,
};
use eventstore_serde::{Json, Serializer};
use eventstore_subscriptions::{Delivery, Projection, Projector, Subscribe, Subscriptions};
use sqlx::{Connection, PgConnection};

const SCHEMA: &str = "projection_example";

const CLEAR: &str = "DROP SCHEMA IF EXISTS projection_example CASCADE";

/// The table that readers use is a view, so that it can be switched.
const TABLES: &str = "
    CREATE TABLE projection_example.balances_1 (account text PRIMARY KEY, cents bigint NOT NULL);
    CREATE TABLE projection_example.balances_2 (account text PRIMARY KEY, cents bigint NOT NULL, deposits bigint NOT NULL);
    CREATE VIEW projection_example.balances AS SELECT account, cents FROM projection_example.balances_1";

const SWITCH: &str = "
    CREATE OR REPLACE VIEW projection_example.balances AS SELECT account, cents FROM projection_example.balances_2;
    DROP TABLE projection_example.balances_1";

const DEPOSIT_1: &str = "
    INSERT INTO projection_example.balances_1 AS balance VALUES ($1, $2)
    ON CONFLICT (account) DO UPDATE SET cents = balance.cents + excluded.cents";

const DEPOSIT_2: &str = "
    INSERT INTO projection_example.balances_2 AS balance VALUES ($1, $2, 1)
    ON CONFLICT (account) DO UPDATE SET cents = balance.cents + excluded.cents, deposits = balance.deposits + 1";

/// One version of the projection: the statement that an event is turned into.
struct Balances(&'static str);

#[async_trait]
impl Projector<PostgresTransaction> for Balances {
    type Error = sqlx::Error;

    async fn project(&mut self, transaction: &mut PostgresTransaction, events: &[Delivery]) -> Result<(), sqlx::Error> {
        for event in events {
            let cents: i64 = Json.data(event).map_err(|error| sqlx::Error::Decode(error.into()))?;
            sqlx::query(self.0)
                .bind(event.stream.as_str())
                .bind(cents)
                .execute(&mut **transaction)
                .await?;
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let server = eventstore_testkit::server::Server::find("EVENTSTORE_URL")?;
    println!("{server}");
    let config = PostgresConfig::from_url(server.url())?.with_schema(SchemaName::new(SCHEMA)?);
    PostgresAdmin::new(config.clone()).create_database().await?;
    let mut connection = PgConnection::connect(server.url()).await?;
    sqlx::raw_sql(CLEAR).execute(&mut connection).await?;
    PostgresAdmin::new(config.clone())
        .initialize(Layout::Compact, DataType::Bytea)
        .await?;
    sqlx::raw_sql(TABLES).execute(&mut connection).await?;
    let store = Arc::new(PostgresStore::connect(config).await?);
    let subscriptions = Subscriptions::new(store.clone());

    for (account, cents) in [("ada", 100), ("bob", 50), ("ada", 20)] {
        deposit(&store, account, cents).await?;
    }
    let mut first = start(&store, &subscriptions, "balances-1")?;
    catch_up(&mut first, &mut Balances(DEPOSIT_1)).await?;
    println!("first version: {:?}", balances(&mut connection).await?);

    // The second version catches up beside the first one, which goes on.
    let mut second = start(&store, &subscriptions, "balances-2")?;
    deposit(&store, "bob", 5).await?;
    catch_up(&mut second, &mut Balances(DEPOSIT_2)).await?;
    catch_up(&mut first, &mut Balances(DEPOSIT_1)).await?;
    println!("before the switch: {:?}", balances(&mut connection).await?);

    // Readers see the one table or the other.
    sqlx::raw_sql(SWITCH).execute(&mut connection).await?;
    first.stop().await?;
    store
        .delete_subscription(&key("balances-1")?, HolderPolicy::Respect)
        .await?;
    deposit(&store, "ada", 1).await?;
    catch_up(&mut second, &mut Balances(DEPOSIT_2)).await?;
    println!("second version: {:?}", balances(&mut connection).await?);
    second.stop().await?;
    Ok(())
}

fn key(name: &str) -> anyhow::Result<SubscriptionKey> {
    Ok(SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new(name)?,
    })
}

fn start(
    store: &Arc<PostgresStore>,
    subscriptions: &Subscriptions,
    name: &str,
) -> anyhow::Result<Projection<Arc<PostgresStore>>> {
    let key = key(name)?;
    let deposits = EventFilter::default().with_event_types(["MoneyDeposited"])?;
    let request = Subscribe::new(key.name.clone(), key.selector.clone()).with_filter(deposits);
    Ok(Projection::new(store.clone(), subscriptions.subscribe(request)?)?)
}

/// A program of yours would call `run`, which goes on for ever.
async fn catch_up(projection: &mut Projection<Arc<PostgresStore>>, projector: &mut Balances) -> anyhow::Result<()> {
    let mut progress = projection.subscription().watch();
    loop {
        tokio::select! {
            caught_up = progress.wait_for(|progress| progress.caught_up) => return Ok(caught_up.map(drop)?),
            step = projection.step(projector) => anyhow::ensure!(step?, "the subscription was stopped"),
        }
    }
}

async fn deposit(store: &PostgresStore, account: &str, cents: i64) -> anyhow::Result<()> {
    let event = Json.event("MoneyDeposited", &cents)?;
    let append = Append::new(StreamName::new(account)?, ExpectedVersion::Any, vec![event])?;
    store.append(append).await?;
    Ok(())
}

async fn balances(connection: &mut PgConnection) -> anyhow::Result<Vec<(String, i64)>> {
    let query = "SELECT account, cents FROM projection_example.balances ORDER BY account";
    Ok(sqlx::query_as(query).fetch_all(connection).await?)
}
