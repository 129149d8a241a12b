use eventstore_core::{Error, Result, Timestamp};
use sqlx::{Connection, PgConnection, Row};
use time::OffsetDateTime;

use super::groups::has_groups;
use super::index_lock::lock_indexes;
use super::migration::{
    COMPACT_STEPS, FIRST, GROUP_STEP, Migration, ORIGINAL_STEPS, PROJECTION_STEP, STATUS_STEP, SchemaVersion, Step,
};
use super::prepare::prepare;
use super::projections::has_projections;
use super::statuses::has_statuses;
use crate::config::PostgresConfig;
use crate::connection::{connect, work_for_long};
use crate::error::{damaged, reading};
use crate::schema::{Found, call, change_schema, inspect_any_version, not_initialized};
use crate::sql::{Statements, scripts};
use crate::values::StoredTimestamp;
use crate::values::{DataType, Layout, SchemaName};

/// Does the work of [`PostgresAdmin::migrate`](crate::PostgresAdmin::migrate).
pub(crate) async fn migrate(config: &PostgresConfig) -> Result<Vec<Migration>> {
    work_for_long(config, "migrate", async |connection| {
        let mut done = Vec::new();
        // From before an index is built until it has taken its place; the lock goes with the connection.
        lock_indexes(connection, config.schema()).await?;
        while let Some(step) = find_pending(connection, config).await? {
            prepare(connection, config.schema(), step).await?;
            let taken = change_schema(config, "migrate", async |connection| next(connection, config).await).await?;
            done.extend(taken);
        }
        Ok(done)
    })
    .await
}

/// Does the work of [`PostgresAdmin::migrations`](crate::PostgresAdmin::migrations).
pub(crate) async fn migrations(config: &PostgresConfig) -> Result<Vec<Migration>> {
    let mut connection = connect(config, "migrations").await?;
    let migrations = async {
        let (layout, _) = find(&mut connection, config).await?;
        Ok(History::read(&mut connection, config.schema(), layout)
            .await?
            .migrations())
    };
    let migrations = config.answer_limit().hold(async { Ok(migrations.await) });
    let migrations = migrations.await.map_err(reading)?;
    // The answer is known: how the connection ends no longer matters.
    let _ = config.answer_limit().hold(connection.close()).await;
    migrations
}

/// How many steps are pending in the tables of a store that was found there.
pub(crate) async fn count_pending(connection: &mut PgConnection, schema: &SchemaName, layout: Layout) -> Result<usize> {
    Ok(History::read(connection, schema, layout).await?.pending().count())
}

/// The first step that is pending.
async fn find_pending(connection: &mut PgConnection, config: &PostgresConfig) -> Result<Option<&'static Step>> {
    let (layout, _) = find(connection, config).await?;
    let history = History::read(connection, config.schema(), layout).await?;
    Ok(history.pending().next())
}

/// Takes the first step that is pending.
async fn next(connection: &mut PgConnection, config: &PostgresConfig) -> Result<Option<Migration>> {
    let (layout, data_type) = find(connection, config).await?;
    if layout == Layout::Original {
        call(connection, scripts::LOCK_MIGRATIONS, &config.schema().quoted()).await?;
    }
    // The history is read again under the locks: another process may have taken the step meanwhile.
    let history = History::read(connection, config.schema(), layout).await?;
    let Some(step) = history.pending().next() else {
        return Ok(None);
    };
    take(connection, config.schema(), data_type, step).await?;
    Ok(Some(Migration {
        applied_at: Some(OffsetDateTime::now_utc().try_into().map_err(damaged)?),
        ..step.pending()
    }))
}

async fn find(connection: &mut PgConnection, config: &PostgresConfig) -> Result<(Layout, DataType)> {
    match inspect_any_version(connection, config.schema()).await? {
        Found::Store { layout, data_type } => Ok((layout, data_type)),
        Found::Nothing => Err(not_initialized(config)),
    }
}

async fn take(connection: &mut PgConnection, schema: &SchemaName, data_type: DataType, step: &Step) -> Result<()> {
    call(connection, scripts::SET_SCHEMA, &schema.quoted()).await?;
    for script in step.scripts {
        let script = Statements::creation(script, schema, data_type);
        sqlx::raw_sql(script).execute(&mut *connection).await.map_err(reading)?;
    }
    // Our own steps record themselves, together with the kind of the store.
    if let SchemaVersion::Original(major, minor, patch) = step.version {
        let record = sqlx::query(Statements::once(scripts::RECORD_MIGRATION, schema)).persistent(false);
        let record = record.bind(major).bind(minor).bind(patch);
        record.execute(connection).await.map_err(reading)?;
    }
    Ok(())
}

/// What was recorded in the tables of a store.
struct History {
    applied: Vec<(SchemaVersion, Timestamp)>,
    has_statuses: bool,
    has_groups: bool,
    has_projections: bool,
    steps: &'static [Step],
}

impl History {
    async fn read(connection: &mut PgConnection, schema: &SchemaName, layout: Layout) -> Result<Self> {
        let mut applied = Vec::new();
        if layout == Layout::Original {
            applied = read_original(connection, schema).await?;
            refuse_unknown(&applied, schema)?;
        }
        applied.extend(read_own(connection, schema).await?);
        let steps: &[Step] = match layout {
            Layout::Compact => &COMPACT_STEPS,
            Layout::Original => &ORIGINAL_STEPS,
        };
        Ok(Self {
            applied,
            has_statuses: has_statuses(connection, schema).await?,
            has_groups: has_groups(connection, schema).await?,
            has_projections: has_projections(connection, schema).await?,
            steps,
        })
    }

    /// What is later than the version that the tables were made at, and was not recorded since; then the tables that no version tells of, where the
    /// steps to the last version were taken without it.
    fn pending(&self) -> impl Iterator<Item = &'static Step> {
        let unrecorded = self.steps.iter().filter(|step| match step.version {
            SchemaVersion::Original(..) => self.applied.first().is_some_and(|(first, _)| *first < step.version),
            // Tables of a later version were never at an earlier one.
            SchemaVersion::Own(_) => !self.applied.iter().any(|(version, _)| *version > step.version),
        } && !self.applied.iter().any(|(version, _)| *version == step.version));
        let unversioned = [
            (self.has_statuses, &STATUS_STEP),
            (self.has_groups, &GROUP_STEP),
            (self.has_projections, &PROJECTION_STEP),
        ];
        let missing = unversioned
            .into_iter()
            .filter(|(is_there, step)| !is_there && self.applied.iter().any(|(version, _)| *version == step.version));
        unrecorded.chain(missing.map(|(_, step)| step))
    }

    fn migrations(&self) -> Vec<Migration> {
        let applied = self.applied.iter().map(|(version, at)| Migration {
            version: *version,
            applied_at: Some(*at),
            description: self.description(*version),
        });
        let mut migrations: Vec<_> = applied.chain(self.pending().map(Step::pending)).collect();
        migrations.sort_by_key(|migration| migration.version);
        migrations
    }

    fn description(&self, version: SchemaVersion) -> &'static str {
        let step = self.steps.iter().find(|step| step.version == version);
        match (step, version) {
            (Some(step), _) => step.description,
            (None, SchemaVersion::Own(_)) => "creates the tables",
            (None, SchemaVersion::Original(..)) => "made by the other library",
        }
    }
}

impl Step {
    fn pending(&self) -> Migration {
        Migration {
            version: self.version,
            applied_at: None,
            description: self.description,
        }
    }
}

async fn read_original(connection: &mut PgConnection, schema: &SchemaName) -> Result<Vec<(SchemaVersion, Timestamp)>> {
    let rows =
        sqlx::query_as::<_, (i32, i32, i32, StoredTimestamp)>(Statements::once(scripts::FIND_MIGRATIONS, schema))
            .persistent(false)
            .fetch_all(connection)
            .await
            .map_err(reading)?;
    rows.into_iter()
        .map(|(major, minor, patch, at)| {
            Ok((
                SchemaVersion::Original(major, minor, patch),
                at.try_into().map_err(damaged)?,
            ))
        })
        .collect()
}

/// Nothing was recorded in a store that the other library has made.
async fn read_own(connection: &mut PgConnection, schema: &SchemaName) -> Result<Vec<(SchemaVersion, Timestamp)>> {
    let inspection = sqlx::query(scripts::INSPECT).persistent(false).bind(schema.quoted());
    let inspection = inspection.fetch_one(&mut *connection).await.map_err(reading)?;
    if !inspection.try_get::<bool, _>("has_layout").map_err(reading)? {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as::<_, (i32, StoredTimestamp)>(Statements::once(scripts::FIND_OWN_MIGRATIONS, schema))
        .persistent(false)
        .fetch_all(connection)
        .await
        .map_err(reading)?;
    rows.into_iter()
        .map(|(version, at)| Ok((SchemaVersion::Own(version), at.try_into().map_err(damaged)?)))
        .collect()
}

fn refuse_unknown(applied: &[(SchemaVersion, Timestamp)], schema: &SchemaName) -> Result<()> {
    let (Some((_, _)), Some((last, _))) = (applied.first(), applied.last()) else {
        return Err(refusal(schema, "whose history of migrations is empty"));
    };
    let latest = SchemaVersion::Original(1, 3, 2);
    if *last < FIRST {
        return Err(refusal(
            schema,
            &format!("at version {last}: migrate it to {FIRST} by the library that made it first"),
        ));
    }
    if *last > latest {
        return Err(refusal(
            schema,
            &format!(
                "at version {last}, but this library works on version {latest}: use a later version of this library"
            ),
        ));
    }
    Ok(())
}

fn refusal(schema: &SchemaName, what: &str) -> Error {
    Error::NotInitialized {
        message: format!(
            "the schema {:?} holds an event store in the layout original {what}",
            schema.as_str()
        ),
    }
}
