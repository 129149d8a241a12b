use eventstore_core::backend::{GroupView, Membership, Renewal};
use eventstore_core::{Error, MemberId, Result};
use rusqlite::params;
use uuid::Uuid;

use super::{Moment, execute};
use crate::connection::{Change, Database, Writer};
use crate::error::failed;
use crate::sql;
use crate::subscriptions::Clock;

impl Database {
    pub(super) async fn renew_membership(&self, clock: &Clock, membership: Membership) -> Result<Renewal> {
        if !self.has_groups() {
            return self.refuse_if_closed().map(|()| Renewal::GroupDeleted);
        }
        let clock = clock.clone();
        let renewed = self.change_in_place(move |writer| renew(writer, &clock, membership));
        renewed.await.map_err(to_be_renewed_again)
    }

    /// Even while the store is being closed, so that others need not wait until the membership ends.
    pub(super) async fn leave_group(&self, membership: Membership) -> Result<()> {
        if !self.has_groups() {
            return Ok(());
        }
        self.change_while_closing(move |writer| leave(writer, membership)).await
    }
}

fn renew(writer: &mut Writer, clock: &Clock, membership: Membership) -> Result<Renewal> {
    let change = writer.begin()?;
    let moment = Moment::of_a_change(clock);
    let Moment { boot, now, latest_end } = &moment;
    let (group, member) = parts(membership);
    let renewed = execute(
        &change,
        sql::RENEW_MEMBERSHIP,
        params![group, member, boot, now, latest_end],
    )?;
    if renewed == 0 {
        let is_there = change
            .prepare_cached(sql::HAS_GROUP)
            .and_then(|mut find| find.exists(params![group]));
        return Ok(if is_there.map_err(failed)? {
            Renewal::Ended
        } else {
            Renewal::GroupDeleted
        });
    }
    let members = view(&change, group, &moment).map_err(failed)?;
    change.commit()?;
    Ok(Renewal::Lasts(GroupView { members }))
}

fn view(change: &Change<'_>, group: i64, moment: &Moment) -> rusqlite::Result<Vec<(MemberId, u16)>> {
    let Moment { boot, now, latest_end } = moment;
    let mut list = change.prepare_cached(sql::LIST_MEMBERS)?;
    let members = list.query_map(params![group, boot, now, latest_end], |row| {
        Ok((row.get(0).map(MemberId::new)?, row.get(1)?))
    })?;
    members.collect()
}

fn leave(writer: &mut Writer, membership: Membership) -> Result<()> {
    let change = writer.begin()?;
    let (group, member) = parts(membership);
    let freed = execute(&change, sql::RELEASE_ALL_PARTITIONS, params![group, member])?;
    let left = execute(&change, sql::LEAVE_GROUP, params![group, member])?;
    if freed + left == 0 {
        return Ok(());
    }
    change.commit()
}

/// As statements take it.
pub(super) fn parts(membership: Membership) -> (i64, Uuid) {
    (membership.group.get(), membership.member.as_uuid())
}

/// Whether a membership of the group lasts.
pub(super) fn has_member(change: &Change<'_>, group: i64, moment: &Moment) -> Result<bool> {
    let Moment { boot, now, latest_end } = moment;
    let mut find = change.prepare_cached(sql::HAS_MEMBER).map_err(failed)?;
    let found = find.query_row(params![group, boot, now, latest_end], |row| row.get(0));
    found.map_err(failed)
}

/// Removes the memberships that have ended, and frees what they held; tells whether there was one.
pub(super) fn end_members(change: &Change<'_>, group: i64, moment: &Moment) -> Result<bool> {
    let Moment { boot, now, latest_end } = moment;
    let ended = execute(change, sql::DELETE_ENDED_MEMBERS, params![group, boot, now, latest_end])?;
    if ended > 0 {
        execute(change, sql::FREE_PARTITIONS, [group])?;
    }
    Ok(ended > 0)
}

/// A renewal has no outcome that its caller has to settle: the next one tells whether the membership lasts.
fn to_be_renewed_again(error: Error) -> Error {
    match error {
        Error::OutcomeUnknown { source } => Error::Unavailable {
            message: "it is not known whether the membership was renewed".to_owned(),
            source: Some(source),
        },
        error => error,
    }
}
