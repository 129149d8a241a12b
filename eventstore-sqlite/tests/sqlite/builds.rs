//! Builds of projections are rows: what only a file can do to them.

use eventstore_core::{BuildChange, BuildNumber, BuildState, Error, ProjectionCatalog, ProjectionName};
use eventstore_sqlite::{SqliteAdmin, SqliteConfig, SqliteStore};
use sqlx::Executor;

use crate::support::Fixture;

fn totals() -> ProjectionName {
    ProjectionName::new("totals").unwrap()
}

#[tokio::test]
async fn a_file_of_an_earlier_version_keeps_builds_once_it_is_migrated() {
    let fixture = Fixture::new().await;
    let remove = "DROP TABLE eventstore_projection_builds; DROP TABLE eventstore_projections";
    fixture.connection().await.execute(remove).await.unwrap();
    let earlier = fixture.another_store(|config| config).await;
    let admin = SqliteAdmin::new(fixture.config.clone());
    assert!(!admin.is_migrated().await.unwrap());
    let refused = earlier.begin_build(&totals(), 1).await;
    let expected =
        matches!(&refused, Err(Error::InvalidInput { argument: "projection", reason }) if reason.contains("migrate"));
    assert!(expected, "{refused:?}");
    assert_eq!(earlier.list_builds().await.unwrap(), []);
    assert_eq!(earlier.builds_of(&totals()).await.unwrap(), []);
    let changed = earlier
        .change_build(&totals(), BuildNumber::FIRST, &BuildChange::Pause)
        .await;
    assert!(matches!(changed, Err(Error::ProjectionNotFound { .. })), "{changed:?}");
    earlier.forget_build(&totals(), BuildNumber::FIRST).await.unwrap();

    admin.migrate().await.unwrap();
    assert!(admin.is_migrated().await.unwrap());
    let later = fixture.another_store(|config| config).await;
    let begun = later.begin_build(&totals(), 1).await.unwrap();
    admin.migrate().await.unwrap();
    assert_eq!(later.list_builds().await.unwrap(), [begun]);
}

/// A process that has not heard of the reset may still use the number of an earlier build.
#[tokio::test]
async fn a_reset_removes_the_builds_and_leaves_their_numbers() {
    let fixture = Fixture::new().await;
    fixture.store.begin_build(&totals(), 1).await.unwrap();
    let admin = SqliteAdmin::new(fixture.config.clone());
    admin.reset().await.unwrap();
    assert_eq!(fixture.store.list_builds().await.unwrap(), []);
    let begun = fixture.store.begin_build(&totals(), 1).await.unwrap();
    assert_eq!((begun.number.get(), begun.state()), (2, BuildState::Building));
}

#[tokio::test]
async fn a_copy_has_the_builds() {
    let fixture = Fixture::new().await;
    let begun = fixture.store.begin_build(&totals(), 1).await.unwrap();
    let path = fixture.folder.path().join("copy.db");
    SqliteAdmin::new(fixture.config.clone()).backup(&path).await.unwrap();
    let copy = SqliteConfig::new(path).unwrap();
    let copy = SqliteStore::connect(copy).await.unwrap();
    assert_eq!(copy.list_builds().await.unwrap(), [begun]);
}

/// What was never stored by the library is told as damage, and changes nothing.
#[tokio::test]
async fn a_build_at_an_unknown_stage_is_damage() {
    let fixture = Fixture::new().await;
    fixture.store.begin_build(&totals(), 1).await.unwrap();
    let damage = "UPDATE eventstore_projection_builds SET stage = 'lost'";
    fixture.connection().await.execute(damage).await.unwrap();
    let listed = fixture.store.list_builds().await;
    assert!(matches!(listed, Err(Error::Storage { .. })), "{listed:?}");
    let begun = fixture.store.begin_build(&totals(), 2).await;
    assert!(matches!(begun, Err(Error::Storage { .. })), "{begun:?}");
}
