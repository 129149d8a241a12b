//! Builds of projections where the tables are missing, where a role has no rights, and where another transaction is in the way.

use std::time::Duration;

use eventstore_core::{
    BuildChange, BuildNumber, BuildState, Error, ProjectionBuild, ProjectionCatalog, ProjectionName, Result,
};
use eventstore_postgres::{Layout, PostgresAdmin, PostgresStore};
use sqlx::{Connection, Executor, PgConnection};
use tokio::time::timeout;

use crate::roles::config_of;
use crate::support::{Fixture, in_both_layouts};

in_both_layouts! {
    a_store_without_the_tables_works_and_a_migration_adds_them,
    a_role_without_rights_changes_no_build,
    a_change_waits_for_another_one_and_begins_its_time_then,
    a_reader_waits_for_no_change,
    projections_do_not_wait_for_each_other,
    a_reset_leaves_the_numbers_and_a_drop_nothing,
    a_build_at_an_unknown_stage_is_damage,
}

const REMOVE: &str = "DROP TABLE eventstore_projections, eventstore_projection_builds";

fn named(name: &str) -> ProjectionName {
    ProjectionName::new(name).unwrap()
}

fn totals() -> ProjectionName {
    named("totals")
}

async fn begin(store: &PostgresStore) -> Result<ProjectionBuild> {
    store.begin_build(&totals(), 1).await
}

async fn pause(store: &PostgresStore) -> Result<ProjectionBuild> {
    store
        .change_build(&totals(), BuildNumber::FIRST, &BuildChange::Pause)
        .await
}

async fn execute(connection: &mut PgConnection, statement: &'static str) {
    connection.execute(statement).await.unwrap();
}

async fn a_store_without_the_tables_works_and_a_migration_adds_them(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    execute(&mut fixture.session().await, REMOVE).await;
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let refused = begin(&store).await;
    assert!(
        matches!(&refused, Err(Error::InvalidInput { argument: "projection", reason }) if reason.contains("migrate")),
        "{refused:?}"
    );
    assert_eq!(store.list_builds().await.unwrap(), []);
    let changed = pause(&store).await;
    assert!(matches!(changed, Err(Error::ProjectionNotFound { .. })), "{changed:?}");
    store.forget_build(&totals(), BuildNumber::FIRST).await.unwrap();

    let admin = PostgresAdmin::new(fixture.config.clone());
    let listed = admin.migrations().await.unwrap();
    assert_eq!(listed.iter().filter(|migration| migration.is_pending()).count(), 1);
    assert_eq!(admin.migrate().await.unwrap().len(), 1);
    assert_eq!(admin.migrate().await.unwrap(), []);
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let begun = begin(&store).await.unwrap();
    assert_eq!(store.list_builds().await.unwrap(), [begun]);
}

async fn a_role_without_rights_changes_no_build(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (writer, reader) = (
        config_of(&fixture, "writer", layout).await,
        config_of(&fixture, "reader", layout).await,
    );
    let mut session = fixture.session().await;
    execute(&mut session, REMOVE).await;
    PostgresAdmin::new(fixture.config.clone()).migrate().await.unwrap();
    let store = PostgresStore::connect(writer.clone()).await.unwrap();
    let begun = begin(&store).await.unwrap();
    let reader = PostgresStore::connect(reader).await.unwrap();
    execute(
        &mut session,
        "REVOKE DELETE ON eventstore_projection_builds FROM writer",
    )
    .await;
    let store = PostgresStore::connect(writer.clone()).await.unwrap();
    for store in [&store, &reader] {
        for refused in [begin(store).await, pause(store).await] {
            assert!(matches!(refused, Err(Error::AccessDenied { .. })), "{refused:?}");
        }
        let refused = store.forget_build(&totals(), begun.number).await;
        assert!(matches!(refused, Err(Error::AccessDenied { .. })), "{refused:?}");
        assert_eq!(store.list_builds().await.unwrap(), std::slice::from_ref(&begun));
    }
    execute(&mut session, "REVOKE SELECT ON eventstore_projections FROM writer").await;
    let store = PostgresStore::connect(writer).await.unwrap();
    assert_eq!(store.list_builds().await.unwrap(), []);
}

/// The time of a change is not that at which it began to wait.
async fn a_change_waits_for_another_one_and_begins_its_time_then(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    begin(&fixture.store).await.unwrap();
    let mut session = fixture.session().await;
    let mut other = session.begin().await.unwrap();
    execute(
        &mut other,
        "SELECT FROM eventstore_projections WHERE name = 'totals' FOR UPDATE",
    )
    .await;
    let name = totals();
    let promote = fixture
        .store
        .change_build(&name, BuildNumber::FIRST, &BuildChange::Promote);
    let commit = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        execute(
            &mut other,
            "UPDATE eventstore_projection_builds SET created_at = clock_timestamp()",
        )
        .await;
        other.commit().await.unwrap();
    };
    let (promoted, ()) = tokio::join!(promote, commit);
    let promoted = promoted.unwrap();
    assert!(promoted.stage_since > promoted.created_at, "{promoted:?}");
    assert_eq!(fixture.store.list_builds().await.unwrap(), [promoted]);
}

async fn a_reader_waits_for_no_change(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let begun = begin(&fixture.store).await.unwrap();
    let mut session = fixture.session().await;
    let mut other = session.begin().await.unwrap();
    execute(&mut other, "SELECT FROM eventstore_projections FOR UPDATE").await;
    execute(&mut other, "UPDATE eventstore_projection_builds SET stage = 'live'").await;
    let listed = timeout(Duration::from_secs(5), fixture.store.list_builds()).await;
    assert_eq!(listed.unwrap().unwrap(), [begun]);
    other.rollback().await.unwrap();
}

async fn projections_do_not_wait_for_each_other(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    begin(&fixture.store).await.unwrap();
    let mut session = fixture.session().await;
    let mut other = session.begin().await.unwrap();
    execute(&mut other, "SELECT FROM eventstore_projections FOR UPDATE").await;
    let name = named("orders");
    let begun = timeout(Duration::from_secs(5), fixture.store.begin_build(&name, 1)).await;
    assert_eq!(begun.unwrap().unwrap().name, name);
    other.rollback().await.unwrap();
}

/// A process that has not heard of the reset may still use the number of an earlier build.
async fn a_reset_leaves_the_numbers_and_a_drop_nothing(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    begin(&fixture.store).await.unwrap();
    let admin = PostgresAdmin::new(fixture.config.clone());
    admin.reset().await.unwrap();
    assert_eq!(fixture.store.list_builds().await.unwrap(), []);
    let begun = begin(&fixture.store).await.unwrap();
    assert_eq!((begun.number.get(), begun.state()), (2, BuildState::Building));
    admin.drop().await.unwrap();
    let tables = "SELECT count(*) FROM pg_class WHERE relname LIKE 'eventstore\\_projection%'";
    let mut session = fixture.session().await;
    let left: i64 = sqlx::query_scalar(tables).fetch_one(&mut session).await.unwrap();
    assert_eq!(left, 0);
}

/// What was never stored by the library is told as damage, and changes nothing.
async fn a_build_at_an_unknown_stage_is_damage(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    begin(&fixture.store).await.unwrap();
    let damage = "UPDATE eventstore_projection_builds SET stage = 'lost'";
    execute(&mut fixture.session().await, damage).await;
    let listed = fixture.store.list_builds().await;
    assert!(matches!(listed, Err(Error::Storage { .. })), "{listed:?}");
    let changed = pause(&fixture.store).await;
    assert!(matches!(changed, Err(Error::Storage { .. })), "{changed:?}");
}
