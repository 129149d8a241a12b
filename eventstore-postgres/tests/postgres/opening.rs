//! Opening a store by its URL, whatever of it is missing.

use eventstore_core::{Error, EventReaderExt, EventWriterExt, ExpectedVersion};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_testkit::TestDatabase;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::event;

/// The URL of another database of the same server.
fn beside(url: &str, database: &str) -> String {
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{database}?{query}")
}

#[tokio::test]
async fn a_missing_database_is_created_with_its_tables_once() {
    let database = TestDatabase::create().await;
    let name = format!("opened_{}", uuid::Uuid::now_v7().simple());
    let url = beside(database.url(), &name);
    let (one, other) = tokio::join!(PostgresStore::open(&url), PostgresStore::open(&url));
    let (one, other) = (one.unwrap(), other.unwrap());
    one.append_events("s", ExpectedVersion::NoStream, [event()])
        .await
        .unwrap();
    assert_eq!(other.read("s").collect().await.unwrap().len(), 1);
    assert_eq!((one.layout(), one.data_type()), (Layout::Compact, DataType::Bytea));
    one.close().await;
    other.close().await;
    drop((one, other));
    let mut administrator = PgConnection::connect(database.url()).await.unwrap();
    let drop = sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
    administrator.execute(drop).await.unwrap();
}

#[tokio::test]
async fn a_store_that_exists_is_opened_as_it_is() {
    let database = TestDatabase::create().await;
    let config = PostgresConfig::from_url(database.url()).unwrap();
    let admin = PostgresAdmin::new(config);
    admin.initialize(Layout::Original, DataType::Bytea).await.unwrap();
    let store = PostgresStore::open(database.url()).await.unwrap();
    assert_eq!(store.layout(), Layout::Original);
}

/// What is found is told, not that the user may not create a database that exists.
#[tokio::test]
async fn a_schema_of_another_program_is_named() {
    let database = TestDatabase::create().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    connection.execute("CREATE TABLE events (id int)").await.unwrap();
    let refused = PostgresStore::open(database.url()).await.err();
    assert!(
        matches!(&refused, Some(Error::NotInitialized { message }) if !message.contains("database")),
        "{refused:?}"
    );
}

/// A role that may create nothing in the database opens a store in a schema that was made for it.
#[tokio::test]
async fn a_schema_of_ones_own_is_enough() {
    let database = TestDatabase::create().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let role = "DO $$ BEGIN CREATE ROLE opener LOGIN PASSWORD 'secret';
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";
    connection.execute(role).await.unwrap();
    connection
        .execute("CREATE SCHEMA app AUTHORIZATION opener")
        .await
        .unwrap();
    let mut url = url::Url::parse(database.url()).unwrap();
    url.set_username("opener").unwrap();
    url.set_password(Some("secret")).unwrap();
    url.query_pairs_mut().append_pair("schema", "app");
    let store = PostgresStore::open(url.as_str()).await.unwrap();
    store
        .append_events("s", ExpectedVersion::NoStream, [event()])
        .await
        .unwrap();
    connection.execute("DROP SCHEMA app CASCADE").await.unwrap();
}
