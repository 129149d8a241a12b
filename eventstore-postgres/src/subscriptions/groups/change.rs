use eventstore_core::{Error, GroupSettings, PartitionCount, Result, SubscriptionId, SubscriptionKey};

use super::{Part, StoredGroup, delete_partitions, find_part};
use crate::connection::{Ending, Session, Steps, Tables};
use crate::sql::Statements;

impl Session<'_> {
    pub(crate) async fn change_group(&mut self, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        if !self.groups().are_there {
            return Err(not_found(key));
        }
        self.refuse_without_groups()?;
        let changing = Changing {
            statements: self.statements(),
            tables: self.tables(),
            key,
            settings,
        };
        let mut attempts = self.attempts();
        loop {
            let attempt = self.transact(async |steps| changing.change(steps).await).await;
            if attempts.judge(attempt.flatten().map(Some)).await?.is_some() {
                return Ok(());
            }
        }
    }
}

/// A change of what the members of a group agree on.
struct Changing<'c> {
    statements: &'c Statements,
    tables: Tables,
    key: &'c SubscriptionKey,
    settings: &'c GroupSettings,
}

impl Changing<'_> {
    /// A member that enters waits for the row of the group's subscription.
    async fn change(&self, steps: &mut Steps<'_>) -> Result<Ending<Result<()>>, sqlx::Error> {
        let changed = match self.lock(steps).await? {
            Err(refusal) => Err(refusal),
            Ok((id, stored)) => match stored.settings() {
                Ok(stored) => self.replace(steps, id, &stored).await?,
                Err(damage) => Err(damage),
            },
        };
        Ok(match changed {
            Ok(()) => Ending::Commit(Ok(())),
            Err(refusal) => Ending::RollBack(Err(refusal)),
        })
    }

    async fn lock(&self, steps: &mut Steps<'_>) -> Result<Result<(SubscriptionId, StoredGroup)>, sqlx::Error> {
        let query = self.statements.lock_subscription.query_as::<(i64, Option<i64>)>();
        let query = query.bind(self.key.selector.as_str()).bind(self.key.name.as_str());
        let locked = steps.run(async |connection| query.fetch_optional(connection).await);
        let Some((id, _)) = locked.await? else {
            return Ok(Err(not_found(self.key)));
        };
        let id = SubscriptionId::new(id);
        let Some(stored) = StoredGroup::find(steps, self.statements, id).await? else {
            return Ok(Err(not_found(self.key)));
        };
        let find = async |connection: &mut _| find_part(connection, self.statements, id, None).await;
        Ok(match steps.run(find).await? {
            (Part::Group, true) => Err(Error::SubscriptionHeld { key: self.key.clone() }),
            _ => Ok((id, stored)),
        })
    }

    async fn replace(
        &self,
        steps: &mut Steps<'_>,
        id: SubscriptionId,
        stored: &GroupSettings,
    ) -> Result<Result<()>, sqlx::Error> {
        let GroupSettings {
            partitions,
            ordering,
            policy,
        } = self.settings;
        if (stored.partitions, &stored.ordering) != (*partitions, ordering)
            && let Err(refusal) = self.replace_partitions(steps, id).await?
        {
            return Ok(Err(refusal));
        }
        let change = self.statements.change_group.query().bind(id.get());
        let change = change.bind(i32::from(partitions.get()));
        let change = change.bind(ordering.as_str()).bind(policy.as_str());
        steps.run(async |connection| change.execute(connection).await).await?;
        Ok(Ok(()))
    }

    /// The new partitions begin where the slowest of the old ones is.
    async fn replace_partitions(&self, steps: &mut Steps<'_>, id: SubscriptionId) -> Result<Result<()>, sqlx::Error> {
        let lock = self.statements.lock_partitions.query_scalar::<i64>().bind(id.get());
        let slowest = steps.run(async |connection| lock.fetch_one(connection).await).await?;
        let query = self.statements.has_parked_in_partitions.query_scalar::<bool>();
        let query = query.bind(id.get());
        if steps.run(async |connection| query.fetch_one(connection).await).await? {
            let reason = "events of its partitions are parked: replay or discard them first";
            return Ok(Err(Error::invalid_input("group", reason)));
        }
        let delete = async |connection: &mut _| delete_partitions(connection, self.statements, self.tables, id).await;
        steps.run(delete).await?;
        let of = (self.key, id);
        make_partitions(steps, self.statements, of, self.settings.partitions, slowest).await
    }
}

/// Creates the partitions of a group, which begin after this number.
pub(super) async fn make_partitions(
    steps: &mut Steps<'_>,
    statements: &Statements,
    (key, id): (&SubscriptionKey, SubscriptionId),
    count: PartitionCount,
    base: i64,
) -> Result<Result<()>, sqlx::Error> {
    let names = count.partitions().map(|partition| partition.key(key, count));
    let names = names.map(|key| key.map(|key| key.name.to_string()));
    let names: Vec<_> = match names.collect::<Result<_, _>>() {
        Ok(names) => names,
        Err(invalid) => return Ok(Err(invalid.into())),
    };
    let create = statements.create_partitions.query_scalar::<String>().bind(id.get());
    let create = create.bind(names).bind(base);
    let taken = steps.run(async |connection| create.fetch_optional(connection).await);
    Ok(match taken.await? {
        None => Ok(()),
        Some(taken) => {
            let reason = format!("a partition would be named {taken:?}, which is the name of another subscription");
            Err(Error::invalid_input("subscription name", &reason))
        }
    })
}

fn not_found(key: &SubscriptionKey) -> Error {
    Error::SubscriptionNotFound { key: key.clone() }
}
