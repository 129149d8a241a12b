use std::collections::HashMap;

use eventstore_core::{Append, AppendGroup, AppendReceipt, Error, Patience, QueuedAppend, Result, Ticket};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use tokio::task::yield_now;

use super::{Findings, commit_patiently};
use crate::PostgresStore;
use crate::columns::GroupColumns;
use crate::connection::Session;
use crate::error::{copies_of, is_duplicate, is_lock_timeout, reading, writing};
use crate::observe;
use crate::statements::Statements;

/// After so many attempts, what the server aborts is tried in parts.
const ATTEMPTS_TOGETHER: u32 = 3;

/// What became of one append of a group.
pub(super) enum Fate {
    Answered(Result<AppendReceipt>),
    Again,
    /// It goes again, by itself, and may wait.
    Alone,
}

/// What became of a group.
pub(super) struct Committed {
    pub(super) settled: Vec<(QueuedAppend, Fate)>,
    /// What was undone because of some of the appends goes again in these parts, each without the others.
    pub(super) parts: Vec<Vec<QueuedAppend>>,
}

impl Committed {
    pub(super) fn settled(settled: Vec<(QueuedAppend, Fate)>) -> Self {
        Self {
            settled,
            parts: Vec::new(),
        }
    }

    /// What was appended, and its receipts.
    pub(super) fn appended(&self) -> impl Iterator<Item = (&Append, &AppendReceipt)> {
        self.settled.iter().filter_map(|(queued, fate)| match fate {
            Fate::Answered(Ok(receipt)) => Some((queued.append(), receipt)),
            _ => None,
        })
    }

    fn undone(parts: Vec<Vec<QueuedAppend>>) -> Self {
        Self {
            settled: Vec::new(),
            parts,
        }
    }
}

/// Carries a group out, in one transaction.
pub(super) async fn commit(store: &PostgresStore, group: AppendGroup) -> Committed {
    observe::grouped(store.label(), group.appends().len());
    if group.patience() == Patience::Patient {
        return commit_patiently(store, group).await;
    }
    match (store.session_while_closing().await, group.appends()) {
        (Ok(mut session), [_]) => commit_alone(store, &mut session, group).await,
        (Ok(mut session), _) => commit_together(store, &mut session, group).await,
        (Err(error), _) => answer_all(group, error),
    }
}

async fn commit_alone(store: &PostgresStore, session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let _turn = store.inner.writer.turnstile().await;
    let waits = session.lock_waits();
    let mut settled = Vec::new();
    for queued in group.into_appends() {
        let fate = match session.append_within(queued.append(), &waits.shared).await {
            Ok(Some(receipt)) => Fate::Answered(Ok(receipt)),
            Err(error) if is_lock_timeout(&error) => Fate::Alone,
            Ok(None) | Err(Error::Aborted { .. }) => Fate::Again,
            Err(error) => Fate::Answered(Err(error)),
        };
        settled.push((queued, fate));
    }
    Committed::settled(settled)
}

async fn commit_together(store: &PostgresStore, session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let care = Care::for_group(&group);
    let receipts = {
        let columns = GroupColumns::new(&group, session.data_type());
        let query = care.query(&columns, session.statements(), &session.lock_waits().shared);
        let turn = store.inner.writer.turnstile().await;
        let row = session
            .write(async |connection| query.fetch_optional(connection).await)
            .await;
        drop(turn);
        // Whoever waited for the turn goes first.
        yield_now().await;
        row.map(|row| receipts_of(&columns, row.as_ref()))
    };
    match receipts {
        Ok(Ok(receipts)) => settle(session, group, receipts, care).await,
        Ok(Err(error)) => answer_all(group, error),
        Err(error) if is_duplicate(&error, session.layout()) => set_duplicates_aside(session, group).await,
        Err(error) => isolate(session, group, error, care).await,
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

    fn query<'q>(
        self,
        columns: &'q GroupColumns<'_>,
        statements: &Statements,
        lock_timeout: &'q str,
    ) -> Query<'q, Postgres, PgArguments> {
        match self {
            Self::Light => columns.query(&statements.append_group, lock_timeout),
            Self::Full => columns.careful_query(&statements.append_group_carefully, lock_timeout),
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
    let appends = group.appends().iter();
    let without: Vec<_> = appends
        .filter(|queued| !receipts.contains_key(&queued.ticket()))
        .map(QueuedAppend::append)
        .collect();
    if without.is_empty() {
        return fates(group, |queued| {
            receipts.remove(&queued.ticket()).map_or(Fate::Again, Fate::Answered)
        });
    }
    let findings = Findings::about(session, &without, Append::is_idempotent).await;
    // What was appended is so, whatever keeps the server from telling more about the rest.
    let mut findings = findings.map_err(copies_of);
    fates(group, |queued| {
        match (receipts.remove(&queued.ticket()), &mut findings) {
            (Some(receipt), _) => Fate::Answered(receipt),
            (None, Ok(findings)) => findings.answer(queued.append()).map_or(care.next(), Fate::Answered),
            (None, Err(copy)) => Fate::Answered(Err(copy())),
        }
    })
}

/// All was undone because of an event that is stored already. Those who hold one, or are refused anyway, get their answers; the
/// others go by themselves, lest what came meanwhile fails them again.
async fn set_duplicates_aside(session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let appends: Vec<_> = group.appends().iter().map(QueuedAppend::append).collect();
    let findings = match Findings::about(session, &appends, |_| true).await {
        Ok(findings) => findings,
        Err(error) => return answer_all(group, error),
    };
    let answers: Vec<_> = appends.iter().map(|append| findings.answer(append)).collect();
    if answers.iter().all(Option::is_none) {
        // Whatever stood in the way is gone again.
        return again_or_apart(group);
    }
    let (mut settled, mut others) = (Vec::new(), Vec::new());
    for (queued, answer) in group.into_appends().into_iter().zip(answers) {
        match answer {
            Some(answer) => settled.push((queued, Fate::Answered(answer))),
            None => others.push(queued),
        }
    }
    Committed {
        settled,
        parts: vec![others],
    }
}

/// Nothing was changed by a statement that the server refused. If one of the appends is why, the others are not to fail with
/// it.
async fn isolate(session: &mut Session<'_>, group: AppendGroup, error: sqlx::Error, care: Care) -> Committed {
    let is_refusal = error.as_database_error().is_some();
    match writing(error) {
        timeout if care == Care::Full && is_lock_timeout(&timeout) => set_creations_aside(session, group).await,
        Error::Aborted { .. } => again_or_apart(group),
        Error::Storage { .. } | Error::InvalidInput { .. } if is_refusal => Committed::undone(group.into_halves()),
        error => answer_all(group, error),
    }
}

/// What the server aborts over and over may be one of the appends' doing.
fn again_or_apart(group: AppendGroup) -> Committed {
    if group
        .appends()
        .iter()
        .all(|queued| queued.attempts() < ATTEMPTS_TOGETHER)
    {
        fates(group, |_| Fate::Again)
    } else {
        Committed::undone(group.into_halves())
    }
}

/// A careful statement passes over streams that somebody holds, so it waited too long for one that somebody is about to create:
/// one of those that are not there.
async fn set_creations_aside(session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let streams: Vec<_> = group.appends().iter().map(|queued| queued.append().stream()).collect();
    match session.find_states(&streams).await {
        Ok(states) => fates(group, |queued| {
            let append = queued.append();
            let is_new = append.expected().may_create() && !states.contains_key(append.stream());
            if is_new { Fate::Alone } else { Fate::Again }
        }),
        Err(error) => answer_all(group, error),
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
    Committed::settled(settled.collect())
}
