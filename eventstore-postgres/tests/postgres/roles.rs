//! The rights that the guide gives to roles are enough, and not more than that.

use std::num::NonZeroUsize;

use eventstore_core::backend::{KeyAddition, KeyVault, PageRequest, SubjectKeys, WrappedKey};
use eventstore_core::{
    Deletion, Direction, Error, EventReader, EventWriter, ExpectedVersion, StatisticsSource, StoreStatistics,
    StreamSelector, SubscriptionAdmin,
};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore, Removal};
use eventstore_testkit::conformance::Setup;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::support::{self, Fixture, in_both_layouts, schema};

in_both_layouts! {
    a_reader_reads_and_cannot_write,
    a_reader_is_told_what_the_store_knows_of_itself,
    a_writer_cannot_take_events_away,
    an_owner_needs_no_other_right,
    a_writer_cannot_rename_streams,
    a_writer_keeps_keys_of_subjects_if_it_may,
}

const GUIDE: &str = include_str!("../../../docs/guide/operating.md");

/// The statements of the guide for this role.
fn grants(role: &str, layout: Layout) -> &'static str {
    block(&format!("-- {role}, {layout}\n"))
}

fn block(label: &str) -> &'static str {
    let blocks = GUIDE
        .split("```sql\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"));
    blocks
        .map(|(block, _)| block)
        .find_map(|block| block.strip_prefix(label))
        .unwrap()
}

/// Makes a role unless another test has made it meanwhile.
async fn create_role(fixture: &Fixture, role: &str) {
    let create = format!(
        "DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD 'secret';
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    fixture.session().await.execute(AssertSqlSafe(create)).await.unwrap();
}

/// The settings of this role, with the rights of the guide.
pub(crate) async fn config_of(fixture: &Fixture, role: &str, layout: Layout) -> PostgresConfig {
    create_role(fixture, role).await;
    fixture.session().await.execute(grants(role, layout)).await.unwrap();
    PostgresConfig::from_url(&url_of(fixture, role)).unwrap()
}

/// The URL of a role that has no right but to connect.
pub(crate) async fn url_of_a_stranger(fixture: &Fixture) -> String {
    create_role(fixture, "stranger").await;
    url_of(fixture, "stranger")
}

fn url_of(fixture: &Fixture, role: &str) -> String {
    let (_, address) = fixture.database.url().rsplit_once('@').unwrap();
    format!("postgres://{role}:secret@{address}")
}

fn assert_denied<T: std::fmt::Debug>(answer: &Result<T, Error>) {
    assert!(matches!(answer, Err(Error::AccessDenied { .. })), "{answer:?}");
}

async fn a_reader_reads_and_cannot_write(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 2).await.unwrap();
    let config = config_of(&fixture, "reader", layout).await;
    let store = PostgresStore::connect(config).await.unwrap();
    let request = PageRequest::new(StreamSelector::All, Direction::Forward, 1.into(), 10);
    assert_eq!(store.read_page(request).await.unwrap().events.len(), 2);
    assert_eq!(store.list_subscriptions().await.unwrap(), []);
    assert_eq!(store.verify().await.unwrap(), []);
    assert_denied(&store.append(support::append("s", ExpectedVersion::Any, 1)).await);
    assert_denied(&store.append(support::append("new", ExpectedVersion::Any, 1)).await);
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}

async fn a_reader_is_told_what_the_store_knows_of_itself(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let config = config_of(&fixture, "reader", layout).await;
    let store = PostgresStore::connect(config).await.unwrap();
    let mut of_another_role = fixture.session().await;
    let told = store.statistics().await.unwrap();
    assert!(told.bytes_on_disk > Some(0), "{told:?}");
    assert!(
        told.connections > Some(1) && told.connections <= told.connection_limit,
        "{told:?}"
    );
    let counters = [told.commits, told.rows_read, told.rows_appended];
    assert!(counters.iter().all(Option::is_some), "{told:?}");
    let revoke = "REVOKE SELECT ON pg_catalog.pg_stat_activity FROM PUBLIC";
    of_another_role.execute(revoke).await.unwrap();
    assert_eq!(store.statistics().await.unwrap(), StoreStatistics::default());
}

async fn a_writer_cannot_take_events_away(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let config = config_of(&fixture, "writer", layout).await.enable_hard_deletes();
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    store
        .append(support::append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    let hard = eventstore_core::Delete::new(eventstore_core::StreamName::new("s").unwrap(), Deletion::Hard);
    assert_denied(&eventstore_core::StreamDeleter::delete(&store, hard).await);
    assert_denied(&PostgresAdmin::new(config.clone()).reset().await);
    assert_denied(&PostgresAdmin::new(config.clone()).drop().await);
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}

async fn a_writer_keeps_keys_of_subjects_if_it_may(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    PostgresAdmin::new(fixture.config.clone())
        .create_key_vault()
        .await
        .unwrap();
    let config = config_of(&fixture, "writer", layout).await;
    assert_denied(&PostgresAdmin::new(config.clone()).create_key_vault().await);
    let store = PostgresStore::connect(config).await.unwrap();
    assert_denied(&store.keys_of("ada").await);
    let grants = block("-- writer that keeps keys of subjects (after create_key_vault)\n");
    fixture.session().await.execute(grants).await.unwrap();
    let key = WrappedKey {
        number: 1,
        bytes: "wrapped".into(),
    };
    assert_eq!(store.add_key("ada", key.clone()).await.unwrap(), KeyAddition::Added);
    assert_eq!(store.keys_of("ada").await.unwrap(), SubjectKeys::Kept(vec![key]));
    store.forget_subject("ada").await.unwrap();
    assert_eq!(store.forgotten_after(0, 10).await.unwrap()[0].subject, "ada");
    let delete = "DELETE FROM eventstore_subjects";
    let mut writer = PgConnection::connect(&url_of(&fixture, "writer")).await.unwrap();
    assert_eq!(sqlstate(writer.execute(delete).await), "42501");
}

/// Not even with the right to change whole rows.
async fn a_writer_cannot_rename_streams(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let config = config_of(&fixture, "writer", layout).await;
    let mut writer = PgConnection::connect(&url_of(&fixture, "writer")).await.unwrap();
    let forgeries = [
        "UPDATE streams SET stream_uuid = 't' WHERE stream_uuid = 's'",
        "UPDATE streams SET stream_id = 7 WHERE stream_uuid = 's'",
        "INSERT INTO streams (stream_id, stream_uuid) VALUES (7, 't')",
        "INSERT INTO streams (stream_uuid, deleted_at) VALUES ('t', now())",
    ];
    for forgery in forgeries {
        assert_eq!(sqlstate(writer.execute(forgery).await), "42501", "{forgery}");
    }
    let whole_rows = "GRANT INSERT, UPDATE ON streams TO writer";
    fixture.session().await.execute(whole_rows).await.unwrap();
    for forgery in &forgeries[..2] {
        assert_eq!(sqlstate(writer.execute(*forgery).await), "P0001", "{forgery}");
    }
    let store = PostgresStore::connect(config).await.unwrap();
    let append = support::append("s", ExpectedVersion::Exact(1.into()), 1);
    store.append(append).await.unwrap();
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}

fn sqlstate<T: std::fmt::Debug>(answer: Result<T, sqlx::Error>) -> String {
    let error = answer.unwrap_err();
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.unwrap().into_owned()
}

async fn an_owner_needs_no_other_right(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    create_role(&fixture, "owner").await;
    let (_, database) = fixture.database.url().rsplit_once('/').unwrap();
    let grant = format!("GRANT CREATE ON DATABASE \"{database}\" TO owner");
    fixture.session().await.execute(AssertSqlSafe(grant)).await.unwrap();
    let config = PostgresConfig::from_url(&url_of(&fixture, "owner")).unwrap();
    let config = config.with_schema(schema("owned"));
    PostgresAdmin::new(config.clone())
        .initialize(layout, DataType::Bytea)
        .await
        .unwrap();
    PostgresAdmin::new(config.clone()).migrate().await.unwrap();
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    store
        .append(support::append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    PostgresAdmin::new(config.clone()).reset().await.unwrap();
    assert_eq!(store.verify().await.unwrap(), []);
    assert_eq!(
        PostgresAdmin::new(config.clone()).drop().await.unwrap(),
        Removal::Removed
    );
}

/// A store that a writer works on; only what is done behind its back is done by the owner.
async fn open(layout: Layout) -> Setup<Fixture> {
    let fixture = Fixture::of(layout).await;
    let config = config_of(&fixture, "writer", layout).await;
    let config = config.with_pool_size(NonZeroUsize::new(5).unwrap());
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    let fixture = Fixture {
        store,
        config,
        ..fixture
    };
    Setup::new(fixture, |fixture| fixture.store.clone())
        .another_node(async |fixture| PostgresStore::connect(fixture.config.clone()).await.unwrap())
        .put_empty_stream(Fixture::put_empty_stream)
        .cut_notifications(async |fixture| fixture.terminate("listener").await)
        .cut_leases(async |fixture| fixture.terminate("locks").await)
        .close_store(async |fixture| fixture.store.close().await)
        .reopen(async |fixture, stop| {
            fixture.end(stop).await;
            PostgresStore::connect(fixture.config.clone()).await.unwrap()
        })
        .forge_hint(Fixture::forge_hint)
}

mod compact_writer {
    use crate::support::Fixture;
    use eventstore_postgres::Layout;
    use eventstore_testkit::conformance::Setup;

    async fn open() -> Setup<Fixture> {
        super::open(Layout::Compact).await
    }

    eventstore_testkit::conformance!(open; streams, links, snapshots, subscriptions, administration, parking, statistics, catalog);
}

mod original_writer {
    use crate::support::Fixture;
    use eventstore_postgres::Layout;
    use eventstore_testkit::conformance::Setup;

    async fn open() -> Setup<Fixture> {
        super::open(Layout::Original).await
    }

    eventstore_testkit::conformance!(open; streams, subscriptions, statistics, catalog);
}
