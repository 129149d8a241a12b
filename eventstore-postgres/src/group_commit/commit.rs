use std::collections::{HashMap, HashSet};
use std::iter;

use eventstore_core::{
    Append, AppendGroup, AppendReceipt, Error, EventId, Patience, QueuedAppend, Result, StreamName, StreamState, Ticket,
};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::copies_of;
use crate::columns::GroupColumns;
use crate::connection::Session;
use crate::error::{is_about_values, is_duplicate, is_lock_timeout, reading, writing};
use crate::observe;
use crate::statements::{Sql, Statements};

/// What became of one append of a group.
pub(super) enum Fate {
    Answered(Result<AppendReceipt>),
    Again,
    /// It goes again, by itself, and may wait.
    Alone,
}

/// What became of a group.
pub(super) enum Committed {
    Settled(Vec<(QueuedAppend, Fate)>),
    /// All was undone because of some of the appends; each of these parts goes again without the others.
    Undone(Vec<Vec<QueuedAppend>>),
}

/// Carries a group out, in one transaction.
pub(super) async fn commit(session: Result<Session<'_>>, group: AppendGroup) -> Committed {
    observe::grouped(group.appends().len());
    let mut session = match session {
        Ok(session) => session,
        Err(error) => return answer_all(group, error),
    };
    match (group.patience(), group.appends()) {
        (Patience::Patient, _) => commit_patiently(&mut session, group).await,
        (Patience::Prompt, [_]) => commit_alone(&mut session, group).await,
        (Patience::Prompt, _) => commit_together(&mut session, group).await,
    }
}

async fn commit_patiently(session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let mut settled = Vec::new();
    for queued in group.into_appends() {
        let answer = session.append(queued.append()).await;
        settled.push((queued, Fate::Answered(answer)));
    }
    Committed::Settled(settled)
}

async fn commit_alone(session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let mut settled = Vec::new();
    for queued in group.into_appends() {
        let fate = match session.append_promptly(queued.append()).await {
            Ok(Some(receipt)) => Fate::Answered(Ok(receipt)),
            Err(error) if is_lock_timeout(&error) => Fate::Alone,
            Ok(None) | Err(Error::Aborted { .. }) => Fate::Again,
            Err(error) => Fate::Answered(Err(error)),
        };
        settled.push((queued, fate));
    }
    Committed::Settled(settled)
}

async fn commit_together(session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let care = Care::for_group(&group);
    let receipts = {
        let columns = GroupColumns::new(&group, session.data_type());
        let query = columns.query(care.statement(session.statements()), session.lock_timeout());
        let row = session
            .write(async |connection| query.fetch_optional(connection).await)
            .await;
        row.map(|row| receipts_of(&columns, row.as_ref()))
    };
    match receipts {
        Ok(Ok(receipts)) => settle(session, group, receipts, care).await,
        Ok(Err(error)) => answer_all(group, error),
        Err(error) if is_duplicate(&error, session.layout()) => set_duplicates_aside(session, group).await,
        Err(error) if is_about_values(&error) => Committed::Undone(group.into_halves()),
        Err(error) => retry_or_answer(group, writing(error), care),
    }
}

/// How much a transaction takes upon itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// It appends to streams that are there, and waits for them shortly: what nearly all groups need, at the least cost.
    Light,
    /// It creates streams as well, and passes over those that are held.
    Full,
}

impl Care {
    /// Whatever was tried before is tried carefully.
    fn for_group(group: &AppendGroup) -> Self {
        let creates = |append: &Append| {
            let expected = append.expected();
            expected.may_create() && expected.required_version().is_some()
        };
        let mut appends = group.appends().iter();
        if appends.any(|queued| queued.attempts() > 1 || creates(queued.append())) {
            Self::Full
        } else {
            Self::Light
        }
    }

    fn statement(self, statements: &Statements) -> &Sql {
        match self {
            Self::Light => &statements.append_group,
            Self::Full => &statements.append_group_carefully,
        }
    }

    /// What to do with an append that found its stream in order, and yet was not made: the stream is to be created, was
    /// created meanwhile, or is held.
    fn next(self) -> Fate {
        match self {
            Self::Light => Fate::Again,
            Self::Full => Fate::Alone,
        }
    }
}

type Receipts = HashMap<Ticket, Result<AppendReceipt>>;

/// There is no row if nothing was appended.
fn receipts_of(columns: &GroupColumns<'_>, row: Option<&PgRow>) -> Result<Receipts> {
    let Some(row) = row else {
        return Ok(Receipts::new());
    };
    let receipts = columns.receipts(
        row.try_get("folds").map_err(reading)?,
        row.try_get("versions_before").map_err(reading)?,
        row.try_get("position_before").map_err(reading)?,
    );
    Ok(receipts.map(|(queued, receipt)| (queued.ticket(), receipt)).collect())
}

/// Appends without a receipt did not find their streams in order, or found them held: a look in a fresh snapshot tells.
async fn settle(session: &mut Session<'_>, group: AppendGroup, mut receipts: Receipts, care: Care) -> Committed {
    let without = group
        .appends()
        .iter()
        .filter(|queued| !receipts.contains_key(&queued.ticket()));
    let names: Vec<_> = without.map(|queued| queued.append().stream()).collect();
    let states = if names.is_empty() {
        Ok(HashMap::new())
    } else {
        session.find_states(&names).await
    };
    // What was appended is so, whatever keeps the server from telling more about the rest.
    let mut states = states.map_err(copies_of);
    fates(group, |queued| match (receipts.remove(&queued.ticket()), &mut states) {
        (Some(receipt), _) => Fate::Answered(receipt),
        (None, Ok(states)) => explain(queued.append(), states, care),
        (None, Err(copy)) => Fate::Answered(Err(copy())),
    })
}

/// An idempotent append may be refused because an earlier attempt has made it.
fn explain(append: &Append, states: &HashMap<StreamName, StreamState>, care: Care) -> Fate {
    let state = states.get(append.stream()).copied().unwrap_or(StreamState::Absent);
    match append.expected().check(state) {
        Err(refusal) if !append.is_idempotent() => {
            Fate::Answered(Err(append.expected().refused(append.stream(), state, refusal)))
        }
        Err(_) => Fate::Alone,
        Ok(_) => care.next(),
    }
}

/// All was undone because of an event that is stored already. The appends that hold one are not to fail the others again, and
/// nor are those that came meanwhile: the others go by themselves.
async fn set_duplicates_aside(session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let ids = group.appends().iter().flat_map(|queued| queued.append().event_ids());
    match session.find_events(ids).await {
        Ok(stored) => {
            let stored: HashSet<EventId> = stored.iter().map(|event| event.id).collect();
            let is_stored = |queued: &QueuedAppend| queued.append().event_ids().any(|id| stored.contains(&id));
            // Whatever stood in the way is gone again.
            if !group.appends().iter().any(is_stored) {
                return fates(group, |_| Fate::Again);
            }
            let (repeats, others) = group.into_appends().into_iter().partition::<Vec<_>, _>(is_stored);
            let repeats = repeats.into_iter().map(|repeat| vec![repeat]);
            Committed::Undone(iter::once(others).chain(repeats).collect())
        }
        Err(error) => answer_all(group, error),
    }
}

/// Nothing was changed by a transaction that the server aborted. If a careful one waited too long for a lock, somebody may
/// be about to create one of the streams; those that exist were passed over when they were held.
fn retry_or_answer(group: AppendGroup, error: Error, care: Care) -> Committed {
    if care == Care::Full && is_lock_timeout(&error) {
        return fates(group, |queued| {
            let may_create = queued.append().expected().may_create();
            if may_create { Fate::Alone } else { Fate::Again }
        });
    }
    match error {
        Error::Aborted { .. } => fates(group, |_| Fate::Again),
        error => answer_all(group, error),
    }
}

fn answer_all(group: AppendGroup, error: Error) -> Committed {
    let mut copy = copies_of(error);
    fates(group, |_| Fate::Answered(Err(copy())))
}

fn fates(group: AppendGroup, mut fate_of: impl FnMut(&QueuedAppend) -> Fate) -> Committed {
    let appends = group.into_appends().into_iter();
    let settled = appends.map(|queued| {
        let fate = fate_of(&queued);
        (queued, fate)
    });
    Committed::Settled(settled.collect())
}
