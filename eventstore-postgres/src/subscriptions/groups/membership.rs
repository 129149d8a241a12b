use eventstore_core::backend::{GroupView, HeldPartition, LeaseEpoch, LeaseToken, Membership, Renewal};
use eventstore_core::{EventNumber, MemberId, PartitionNumber, Result, SubscriptionId};
use uuid::Uuid;

use crate::connection::Session;
use crate::error::{damaged, reading, writing};
use crate::sql::Sql;

/// The number, the id, the epoch and the checkpoint of a partition.
type Held = (i32, i64, i64, i64);

impl Session<'_> {
    pub(crate) async fn renew_membership(&mut self, membership: Membership) -> Result<Renewal> {
        self.refuse_without_groups()?;
        let mut attempts = self.attempts();
        loop {
            let attempt = self.try_renew(membership).await;
            match attempts.judge(attempt.map(Some)).await? {
                Some(members) if members.is_empty() => return self.why_it_ended(membership).await,
                Some(members) => return Ok(Renewal::Lasts(GroupView { members })),
                None => {}
            }
        }
    }

    async fn why_it_ended(&mut self, membership: Membership) -> Result<Renewal> {
        let query = self.statements().has_group.query_as::<(bool,)>();
        let query = query.bind(membership.group.get());
        let (has_group,) = self
            .read(async |connection| query.fetch_one(connection).await)
            .await
            .map_err(reading)?;
        Ok(if has_group {
            Renewal::Ended
        } else {
            Renewal::GroupDeleted
        })
    }

    pub(crate) async fn claim_partitions(
        &mut self,
        membership: Membership,
        at_most: u16,
    ) -> Result<Vec<HeldPartition>> {
        self.refuse_without_groups()?;
        let mut attempts = self.attempts();
        loop {
            let attempt = self.try_claim(membership, at_most).await;
            if let Some(claimed) = attempts.judge(attempt.map(Some)).await? {
                return Ok(claimed);
            }
        }
    }

    pub(crate) async fn held_partitions(&mut self, membership: Membership) -> Result<Vec<HeldPartition>> {
        self.refuse_without_groups()?;
        let query = self.statements().held_partitions.query_as::<Held>();
        let query = query.bind(membership.group.get()).bind(membership.member.as_uuid());
        let held = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        held.into_iter().map(decode).collect()
    }

    pub(crate) async fn release_partitions(
        &mut self,
        membership: Membership,
        partitions: &[PartitionNumber],
    ) -> Result<()> {
        let numbers: Vec<_> = partitions.iter().map(|partition| i32::from(partition.get())).collect();
        let release = &self.statements().release_partitions;
        self.give_back(release, membership, Some(numbers)).await
    }

    pub(crate) async fn leave_group(&mut self, membership: Membership) -> Result<()> {
        let leave = &self.statements().leave_group;
        self.give_back(leave, membership, None).await
    }

    async fn try_renew(&mut self, membership: Membership) -> Result<Vec<(MemberId, u16)>> {
        let query = self.statements().renew_membership.query_as::<(Uuid, i64)>();
        let query = query.bind(membership.group.get()).bind(membership.member.as_uuid());
        let query = query.bind(Membership::DURATION);
        let members = self
            .write(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        let decode = |(member, partitions)| Ok((MemberId::new(member), u16::try_from(partitions).map_err(damaged)?));
        members.into_iter().map(decode).collect()
    }

    async fn try_claim(&mut self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        let query = self.statements().claim_partitions.query_as::<Held>();
        let query = query.bind(membership.group.get()).bind(membership.member.as_uuid());
        let query = query.bind(i64::from(at_most));
        let claimed = self
            .write(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(writing)?;
        claimed.into_iter().map(decode).collect()
    }

    /// The partitions with these numbers, or all of them and the membership.
    async fn give_back(&mut self, sql: &Sql, membership: Membership, numbers: Option<Vec<i32>>) -> Result<()> {
        self.refuse_without_groups()?;
        let mut attempts = self.attempts();
        loop {
            let query = sql.query().bind(membership.group.get());
            let query = query.bind(membership.member.as_uuid());
            let query = match &numbers {
                Some(numbers) => query.bind(numbers),
                None => query,
            };
            let given = self.write(async |connection| query.execute(connection).await).await;
            let attempt = given.map(|_| Some(())).map_err(writing);
            if attempts.judge(attempt).await?.is_some() {
                return Ok(());
            }
        }
    }
}

fn decode((partition, id, epoch, checkpoint): Held) -> Result<HeldPartition> {
    Ok(HeldPartition {
        partition: number(partition)?,
        token: LeaseToken {
            id: SubscriptionId::new(id),
            epoch: LeaseEpoch::new(epoch),
        },
        checkpoint: EventNumber::try_from(checkpoint).map_err(damaged)?,
    })
}

pub(super) fn number(stored: i32) -> Result<PartitionNumber> {
    let number = u16::try_from(stored).map_err(damaged)?;
    PartitionNumber::new(number).ok_or_else(|| damaged("a partition has the number 0"))
}
