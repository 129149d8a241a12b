use eventstore_core::backend::Membership;
use eventstore_core::{
    Error, EventNumber, GroupSettings, MemberId, Result, StatusText, StreamSelector, SubscriptionId, SubscriptionKey,
};

use super::{StoredGroup, make_partitions};
use crate::connection::{Ending, Session, Steps};
use crate::sql::Statements;
use crate::subscriptions::lease::lock_key;

/// A process that asks to become a member.
#[derive(Clone, Copy)]
pub(crate) struct Entrance<'e> {
    pub(crate) key: &'e SubscriptionKey,
    pub(crate) settings: &'e GroupSettings,
    pub(crate) start_after: EventNumber,
    pub(crate) member: MemberId,
    pub(crate) name: &'e StatusText,
}

/// What became of the request.
enum Entered {
    /// Others have created or deleted the subscription meanwhile.
    Missed,
    /// A single holder runs the subscription.
    Held,
    In(Membership),
}

impl Session<'_> {
    pub(crate) async fn enter_group(&mut self, entrance: Entrance<'_>) -> Result<Option<Membership>> {
        entrance.check()?;
        self.refuse_without_groups()?;
        let statements = self.statements();
        let mut attempts = self.attempts();
        loop {
            let enter = async |steps: &mut Steps<'_>| enter(steps, statements, entrance).await;
            let attempt = self.transact(enter).await.flatten().map(|entered| match entered {
                Entered::Missed => None,
                Entered::Held => Some(None),
                Entered::In(membership) => Some(Some(membership)),
            });
            if let Some(membership) = attempts.judge(attempt).await? {
                return Ok(membership);
            }
        }
    }
}

impl Entrance<'_> {
    fn check(&self) -> Result<()> {
        if self.key.selector != StreamSelector::All {
            return Err(Error::invalid_input(
                "group",
                "its members share a subscription to $all, not to a stream",
            ));
        }
        // No number is longer than that of the last partition.
        if let Some(last) = self.settings.partitions.partitions().last() {
            last.key(self.key, self.settings.partitions)?;
        }
        Ok(())
    }
}

/// A member that enters holds the row of the group's subscription from when no one else can run it.
async fn enter(
    steps: &mut Steps<'_>,
    statements: &Statements,
    entrance: Entrance<'_>,
) -> Result<Ending<Result<Entered>>, sqlx::Error> {
    let Some(id) = find_or_create(steps, statements, entrance).await? else {
        return Ok(Ending::RollBack(Ok(Entered::Missed)));
    };
    match share_lock(steps, statements, id).await? {
        None => return Ok(Ending::RollBack(Ok(Entered::Missed))),
        Some(false) => return held(steps, statements, entrance, id).await,
        Some(true) => {}
    }
    let query = statements.lock_base.query_scalar::<i64>().bind(id.get());
    let base = steps.run(async |connection| query.fetch_optional(connection).await);
    let Some(base) = base.await? else {
        return Ok(Ending::RollBack(Ok(Entered::Missed)));
    };
    let prepared = match StoredGroup::find(steps, statements, id).await? {
        None => create(steps, statements, entrance, (id, base)).await?,
        Some(stored) => match stored.refuse_others(entrance.key, entrance.settings) {
            Ok(()) => {
                remove_members(steps, statements, id, stored.is_over).await?;
                Ok(())
            }
            refused => refused,
        },
    };
    if let Err(refusal) = prepared {
        return Ok(Ending::RollBack(Err(refusal)));
    }
    add_member(steps, statements, entrance, id).await?;
    Ok(Ending::Commit(Ok(Entered::In(Membership {
        group: id,
        member: entrance.member,
    }))))
}

/// A caller that asks for other settings is told so in any case.
async fn held(
    steps: &mut Steps<'_>,
    statements: &Statements,
    entrance: Entrance<'_>,
    id: SubscriptionId,
) -> Result<Ending<Result<Entered>>, sqlx::Error> {
    let stored = StoredGroup::find(steps, statements, id).await?;
    let refused = stored.map_or(Ok(()), |stored| stored.refuse_others(entrance.key, entrance.settings));
    Ok(Ending::RollBack(refused.map(|()| Entered::Held)))
}

async fn find_or_create(
    steps: &mut Steps<'_>,
    statements: &Statements,
    Entrance { key, start_after, .. }: Entrance<'_>,
) -> Result<Option<SubscriptionId>, sqlx::Error> {
    if let Some(found) = find(steps, statements, key).await? {
        return Ok(Some(found));
    }
    let create = statements.create_subscription.query();
    let create = create.bind(key.selector.as_str()).bind(key.name.as_str());
    let create = create.bind(start_after.as_i64());
    steps.run(async |connection| create.execute(connection).await).await?;
    find(steps, statements, key).await
}

async fn find(
    steps: &mut Steps<'_>,
    statements: &Statements,
    key: &SubscriptionKey,
) -> Result<Option<SubscriptionId>, sqlx::Error> {
    let query = statements.find_subscription.query_as::<(i64, i64)>();
    let query = query.bind(key.selector.as_str()).bind(key.name.as_str());
    let found = steps.run(async |connection| query.fetch_optional(connection).await);
    Ok(found.await?.map(|(id, _)| SubscriptionId::new(id)))
}

/// Whether nobody holds the lease, which nobody is given then until the transaction ends.
async fn share_lock(
    steps: &mut Steps<'_>,
    statements: &Statements,
    id: SubscriptionId,
) -> Result<Option<bool>, sqlx::Error> {
    let query = statements.share_lock.query_scalar().bind(id.get()).bind(lock_key(id));
    steps
        .run(async |connection| query.fetch_optional(connection).await)
        .await
}

/// Creates the group, with all its partitions where the subscription is.
async fn create(
    steps: &mut Steps<'_>,
    statements: &Statements,
    Entrance { key, settings, .. }: Entrance<'_>,
    (id, base): (SubscriptionId, i64),
) -> Result<Result<()>, sqlx::Error> {
    for forget in [&statements.delete_members, &statements.forget_partitions] {
        let forget = forget.query().bind(id.get());
        steps.run(async |connection| forget.execute(connection).await).await?;
    }
    let create = statements.create_group.query().bind(id.get());
    let create = create.bind(i32::from(settings.partitions.get()));
    let create = create.bind(settings.ordering.as_str()).bind(settings.policy.as_str());
    steps.run(async |connection| create.execute(connection).await).await?;
    make_partitions(steps, statements, (key, id), settings.partitions, base).await
}

/// Removes the members whose memberships have ended. If a single holder has ended all of them, they could be renewed once another began.
async fn remove_members(
    steps: &mut Steps<'_>,
    statements: &Statements,
    id: SubscriptionId,
    are_all_over: bool,
) -> Result<(), sqlx::Error> {
    let removals = if are_all_over {
        &[&statements.delete_members, &statements.begin_memberships][..]
    } else {
        &[&statements.remove_ended_members]
    };
    for removal in removals {
        let removal = removal.query().bind(id.get());
        steps.run(async |connection| removal.execute(connection).await).await?;
    }
    Ok(())
}

async fn add_member(
    steps: &mut Steps<'_>,
    statements: &Statements,
    entrance: Entrance<'_>,
    id: SubscriptionId,
) -> Result<(), sqlx::Error> {
    let add = statements.add_member.query().bind(id.get());
    let add = add.bind(entrance.member.as_uuid()).bind(entrance.name.as_str());
    let add = add.bind(Membership::DURATION);
    steps.run(async |connection| add.execute(connection).await).await?;
    Ok(())
}
