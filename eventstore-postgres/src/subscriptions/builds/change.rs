use eventstore_core::backend::ProjectionBuilds;
use eventstore_core::{BuildChange, BuildNumber, Error, ProjectionBuild, ProjectionName, Result, Timestamp};

use super::LockedProjection;
use crate::connection::{Ending, Session, Steps};
use crate::sql::Statements;

/// What is to become of the builds of a projection.
#[derive(Clone, Copy)]
enum Decision<'d> {
    Begin { version: u32 },
    Change(BuildNumber, &'d BuildChange),
}

impl Session<'_> {
    pub(crate) async fn begin_build(&mut self, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        self.refuse_without_builds()?;
        self.decide(name, Decision::Begin { version }).await
    }

    pub(crate) async fn change_build(
        &mut self,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        if !self.projections().are_there {
            return Err(not_found(name));
        }
        self.refuse_without_rights_on_builds()?;
        self.decide(name, Decision::Change(number, change)).await
    }

    pub(crate) async fn forget_build(&mut self, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        if !self.projections().are_there {
            return Ok(());
        }
        self.refuse_without_rights_on_builds()?;
        let statements = self.statements();
        let mut attempts = self.attempts();
        loop {
            let forget = async |steps: &mut Steps<'_>| forget(steps, statements, name, number).await;
            let attempt = self.transact(forget).await.flatten();
            if attempts.judge(attempt.map(Some)).await?.is_some() {
                return Ok(());
            }
        }
    }

    async fn decide(&mut self, name: &ProjectionName, decision: Decision<'_>) -> Result<ProjectionBuild> {
        let statements = self.statements();
        let mut attempts = self.attempts();
        loop {
            let decide = async |steps: &mut Steps<'_>| decide(steps, statements, name, decision).await;
            let attempt = self.transact(decide).await.flatten();
            if let Some(build) = attempts.judge(attempt.map(Some)).await? {
                return Ok(build);
            }
        }
    }
}

impl Decision<'_> {
    fn make(self, builds: &mut ProjectionBuilds, now: Timestamp) -> Result<ProjectionBuild> {
        match self {
            Self::Begin { version } => builds.begin(version, now),
            Self::Change(number, change) => builds.change(number, change, now),
        }
    }
}

/// Lets the builds of a projection decide, and stores what has become of them.
async fn decide(
    steps: &mut Steps<'_>,
    statements: &Statements,
    name: &ProjectionName,
    decision: Decision<'_>,
) -> Result<Ending<Result<ProjectionBuild>>, sqlx::Error> {
    if matches!(decision, Decision::Begin { .. }) {
        let create = statements.create_projection.query().bind(name.as_str());
        steps.run(async |connection| create.execute(connection).await).await?;
    }
    let locked = match LockedProjection::find(steps, statements, name).await? {
        None => return Ok(Ending::RollBack(Err(not_found(name)))),
        Some(Err(damage)) => return Ok(Ending::RollBack(Err(damage))),
        Some(Ok(locked)) => locked,
    };
    let mut after = locked.builds.clone();
    let decided = decision.make(&mut after, locked.now);
    if decided.is_err() || after == locked.builds {
        return Ok(Ending::RollBack(decided));
    }
    locked.store(steps, statements, &after).await?;
    Ok(Ending::Commit(decided))
}

async fn forget(
    steps: &mut Steps<'_>,
    statements: &Statements,
    name: &ProjectionName,
    number: BuildNumber,
) -> Result<Ending<Result<()>>, sqlx::Error> {
    let forgotten = match LockedProjection::find(steps, statements, name).await? {
        None => return Ok(Ending::RollBack(Ok(()))),
        Some(locked) => locked.and_then(|mut locked| locked.builds.forget(number)),
    };
    if forgotten.is_err() {
        return Ok(Ending::RollBack(forgotten));
    }
    let delete = statements.delete_build.query().bind(name.as_str());
    let delete = delete.bind(i64::from(number.get()));
    steps.run(async |connection| delete.execute(connection).await).await?;
    Ok(Ending::Commit(Ok(())))
}

fn not_found(name: &ProjectionName) -> Error {
    Error::ProjectionNotFound { name: name.clone() }
}
