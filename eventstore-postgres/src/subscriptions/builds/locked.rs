use eventstore_core::backend::ProjectionBuilds;
use eventstore_core::{BuildNumber, ProjectionBuild, ProjectionName, Result, Timestamp};
use sqlx::postgres::PgRow;

use super::row::{number_of, time_of};
use super::{bind, decode};
use crate::connection::Steps;
use crate::sql::Statements;
use crate::values::StoredTimestamp;

/// A projection whose builds nobody else changes until the transaction ends.
pub(super) struct LockedProjection {
    pub(super) builds: ProjectionBuilds,
    /// The time of the server.
    pub(super) now: Timestamp,
}

impl LockedProjection {
    /// Waits for the transactions that change builds of the projection; `None` if none was ever begun.
    pub(super) async fn find(
        steps: &mut Steps<'_>,
        statements: &Statements,
        name: &ProjectionName,
    ) -> Result<Option<Result<Self>>, sqlx::Error> {
        let lock = statements.lock_projection.query_as::<(i64, StoredTimestamp)>();
        let lock = lock.bind(name.as_str());
        let locked = steps.run(async |connection| lock.fetch_optional(connection).await);
        let Some((last, now)) = locked.await? else {
            return Ok(None);
        };
        let builds = statements.list_builds.query().bind(name.as_str());
        let rows = steps.run(async |connection| builds.fetch_all(connection).await).await?;
        Ok(Some(Self::decode(name, last, now, &rows)))
    }

    /// The number of the last build is 0 before there is one.
    fn decode(name: &ProjectionName, last: i64, now: StoredTimestamp, rows: &[PgRow]) -> Result<Self> {
        Ok(Self {
            builds: ProjectionBuilds {
                name: name.clone(),
                last: (last != 0).then(|| number_of(last)).transpose()?,
                builds: rows.iter().map(decode).collect::<Result<_>>()?,
            },
            now: time_of(now)?,
        })
    }

    /// Stores what has become of the builds.
    pub(super) async fn store(
        &self,
        steps: &mut Steps<'_>,
        statements: &Statements,
        after: &ProjectionBuilds,
    ) -> Result<(), sqlx::Error> {
        if let Some(last) = after.last.filter(|last| Some(*last) != self.builds.last) {
            record_last(steps, statements, &after.name, last).await?;
        }
        for build in after.builds.iter().filter(|build| !self.builds.builds.contains(build)) {
            write(steps, statements, build).await?;
        }
        Ok(())
    }
}

async fn record_last(
    steps: &mut Steps<'_>,
    statements: &Statements,
    name: &ProjectionName,
    last: BuildNumber,
) -> Result<(), sqlx::Error> {
    let record = statements.record_last_build.query().bind(name.as_str());
    let record = record.bind(i64::from(last.get()));
    steps.run(async |connection| record.execute(connection).await).await?;
    Ok(())
}

async fn write(steps: &mut Steps<'_>, statements: &Statements, build: &ProjectionBuild) -> Result<(), sqlx::Error> {
    let write = bind(statements.write_build.query(), build);
    steps.run(async |connection| write.execute(connection).await).await?;
    Ok(())
}
