use eventstore_core::backend::ProjectionBuilds;
use eventstore_core::{
    BuildChange, BuildNumber, BuildStage, Error, EventNumber, ProjectionBuild, ProjectionFailure, ProjectionName,
    Result, StatusText, Timestamp,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, SqliteConnection, Type};

use crate::connection::Database;
use crate::error::failed;
use crate::sql;
use crate::values::now;

impl Database {
    /// Lists the builds of this projection, or of all.
    pub(crate) async fn list_builds(&self, name: Option<&ProjectionName>) -> Result<Vec<ProjectionBuild>> {
        let mut reader = self.reader().await?;
        if !self.has_projections() {
            return Ok(Vec::new());
        }
        list(&mut reader, name).await
    }

    pub(crate) async fn begin_build(&self, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        self.refuse_if_closed()?;
        if !self.has_projections() {
            let reason = "the file has no tables of projections: migrate the store, and open it again";
            return Err(Error::invalid_input("projection", reason));
        }
        self.decide(name, |builds| builds.begin(version, now()?)).await
    }

    pub(crate) async fn change_build(
        &self,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        self.refuse_if_closed()?;
        if !self.has_projections() {
            return Err(Error::ProjectionNotFound { name: name.clone() });
        }
        self.decide(name, |builds| builds.change(number, change, now()?)).await
    }

    pub(crate) async fn forget_build(&self, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        self.refuse_if_closed()?;
        if !self.has_projections() {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        load(&mut transaction, name).await?.forget(number)?;
        let delete = sqlx::query(sql::DELETE_BUILD).bind(name.as_str()).bind(number.get());
        delete.execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await
    }

    /// Lets the builds of a projection decide, and stores what has become of them.
    async fn decide(
        &self,
        name: &ProjectionName,
        decision: impl FnOnce(&mut ProjectionBuilds) -> Result<ProjectionBuild> + Send,
    ) -> Result<ProjectionBuild> {
        let mut transaction = self.begin().await?;
        let before = load(&mut transaction, name).await?;
        let mut builds = before.clone();
        let decided = decision(&mut builds)?;
        if builds == before {
            return Ok(decided);
        }
        store(&mut transaction, &before, &builds).await?;
        transaction.commit().await?;
        Ok(decided)
    }
}

async fn list(connection: &mut SqliteConnection, name: Option<&ProjectionName>) -> Result<Vec<ProjectionBuild>> {
    let list = sqlx::query(sql::LIST_BUILDS).bind(name.map(ProjectionName::as_str));
    let rows = list.fetch_all(connection).await.map_err(failed)?;
    rows.iter().map(decode).collect()
}

async fn load(connection: &mut SqliteConnection, name: &ProjectionName) -> Result<ProjectionBuilds> {
    let last: Option<u32> = sqlx::query_scalar(sql::FIND_LAST_BUILD)
        .bind(name.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    Ok(ProjectionBuilds {
        name: name.clone(),
        last: last.map(number_of).transpose()?,
        builds: list(connection, Some(name)).await?,
    })
}

async fn store(
    connection: &mut SqliteConnection,
    before: &ProjectionBuilds,
    ProjectionBuilds { name, last, builds }: &ProjectionBuilds,
) -> Result<()> {
    if *last != before.last {
        let record = sqlx::query(sql::RECORD_LAST_BUILD)
            .bind(name.as_str())
            .bind(last.map(BuildNumber::get));
        record.execute(&mut *connection).await.map_err(failed)?;
    }
    for build in builds.iter().filter(|build| !before.builds.contains(build)) {
        write(connection, build).await?;
    }
    Ok(())
}

async fn write(connection: &mut SqliteConnection, build: &ProjectionBuild) -> Result<()> {
    let failure = build.failure.as_ref();
    let write = sqlx::query(sql::WRITE_BUILD)
        .bind(build.name.as_str())
        .bind(build.number.get())
        .bind(build.version)
        .bind(text_of(build.stage))
        .bind(build.is_paused)
        .bind(failure.and_then(|failure| failure.number).map(EventNumber::as_i64))
        .bind(failure.map(|failure| failure.message.as_str()))
        .bind(failure.map(|failure| failure.at.unix_micros()))
        .bind(build.created_at.unix_micros())
        .bind(build.stage_since.unix_micros());
    write.execute(connection).await.map(drop).map_err(failed)
}

fn decode(row: &SqliteRow) -> Result<ProjectionBuild> {
    let name: &str = get(row, "name")?;
    Ok(ProjectionBuild {
        name: ProjectionName::new(name).map_err(Error::corrupt)?,
        number: number_of(get(row, "build")?)?,
        version: get(row, "version")?,
        stage: stage_of(get(row, "stage")?)?,
        is_paused: get(row, "is_paused")?,
        failure: decode_failure(row)?,
        created_at: Timestamp::from_storage(get(row, "created_at")?)?,
        stage_since: Timestamp::from_storage(get(row, "stage_since")?)?,
    })
}

/// The text and the time of a failure are there, or none of its columns.
fn decode_failure(row: &SqliteRow) -> Result<Option<ProjectionFailure>> {
    let Some(message) = get::<Option<&str>>(row, "failure")? else {
        return Ok(None);
    };
    let number: Option<i64> = get(row, "failed_number")?;
    Ok(Some(ProjectionFailure {
        number: number.map(EventNumber::from_storage).transpose()?,
        message: StatusText::new(message),
        at: Timestamp::from_storage(get(row, "failed_at")?)?,
    }))
}

fn get<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(row: &'r SqliteRow, column: &str) -> Result<T> {
    row.try_get(column).map_err(failed)
}

fn number_of(stored: u32) -> Result<BuildNumber> {
    BuildNumber::new(stored).ok_or_else(|| Error::corrupt("a build has the number 0"))
}

fn text_of(stage: BuildStage) -> &'static str {
    match stage {
        BuildStage::Building => "building",
        BuildStage::Live => "live",
        BuildStage::Retired => "retired",
    }
}

fn stage_of(text: &str) -> Result<BuildStage> {
    match text {
        "building" => Ok(BuildStage::Building),
        "live" => Ok(BuildStage::Live),
        "retired" => Ok(BuildStage::Retired),
        _ => Err(Error::corrupt(format!("a build has the stage {text:?}"))),
    }
}
