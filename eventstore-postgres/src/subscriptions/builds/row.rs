use eventstore_core::{
    BuildNumber, BuildStage, EventNumber, ProjectionBuild, ProjectionFailure, ProjectionName, Result, StatusText,
    Timestamp,
};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::types::time::OffsetDateTime;
use sqlx::{Decode, Postgres, Row, Type};

use crate::error::{damaged, reading};
use crate::values::StoredTimestamp;

/// Gives a statement the columns of a build, in the order of the table.
pub(super) fn bind<'q>(
    query: Query<'q, Postgres, PgArguments>,
    build: &'q ProjectionBuild,
) -> Query<'q, Postgres, PgArguments> {
    let failure = build.failure.as_ref();
    query
        .bind(build.name.as_str())
        .bind(i64::from(build.number.get()))
        .bind(i64::from(build.version))
        .bind(text_of(build.stage))
        .bind(build.is_paused)
        .bind(failure.and_then(|failure| failure.number).map(EventNumber::as_i64))
        .bind(failure.map(|failure| failure.message.as_str()))
        .bind(failure.map(|failure| OffsetDateTime::from(failure.at)))
        .bind(OffsetDateTime::from(build.created_at))
        .bind(OffsetDateTime::from(build.stage_since))
}

pub(super) fn decode(row: &PgRow) -> Result<ProjectionBuild> {
    let name: &str = get(row, "name")?;
    Ok(ProjectionBuild {
        name: ProjectionName::new(name).map_err(damaged)?,
        number: number_of(get(row, "build")?)?,
        version: u32::try_from(get::<i64>(row, "version")?).map_err(damaged)?,
        stage: stage_of(get(row, "stage")?)?,
        is_paused: get(row, "is_paused")?,
        failure: decode_failure(row)?,
        created_at: time_of(get(row, "created_at")?)?,
        stage_since: time_of(get(row, "stage_since")?)?,
    })
}

/// The text and the time of a failure are there, or none of its columns.
fn decode_failure(row: &PgRow) -> Result<Option<ProjectionFailure>> {
    let Some(message) = get::<Option<&str>>(row, "failure")? else {
        return Ok(None);
    };
    let number: Option<i64> = get(row, "failed_number")?;
    Ok(Some(ProjectionFailure {
        number: number.map(EventNumber::try_from).transpose().map_err(damaged)?,
        message: StatusText::new(message),
        at: time_of(get(row, "failed_at")?)?,
    }))
}

pub(super) fn number_of(stored: i64) -> Result<BuildNumber> {
    let number = u32::try_from(stored).ok().and_then(BuildNumber::new);
    number.ok_or_else(|| damaged(format!("a build has the number {stored}")))
}

pub(super) fn time_of(stored: StoredTimestamp) -> Result<Timestamp> {
    stored.try_into().map_err(damaged)
}

fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(row: &'r PgRow, column: &str) -> Result<T> {
    row.try_get(column).map_err(reading)
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
        _ => Err(damaged(format!("a build has the stage {text:?}"))),
    }
}
