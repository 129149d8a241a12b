use std::collections::HashMap;

use eventstore_core::backend::{AppendGroup, Patience, QueuedAppend, Ticket};
use eventstore_core::{Append, AppendReceipt, Error, Result};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use tokio::task::yield_now;

use super::{RefusalStates, commit_patiently};
use crate::PostgresStore;
use crate::append::columns::GroupColumns;
use crate::connection::Session;
use crate::error::{copies_of, is_duplicate, is_lock_timeout, reading, writing};
use crate::observe;
use crate::sql::Statements;

/// After this many attempts, a group that the server aborts is tried in parts.
const ATTEMPTS_TOGETHER: u32 = 3;

/// The outcome of one append of a group.
pub(super) enum AppendOutcome {
    Answered(Result<AppendReceipt>),
    Again,
    /// The append is retried alone, and may wait.
    Alone,
}

/// The outcome of a group.
pub(super) struct Committed {
    pub(super) settled: Vec<(QueuedAppend, AppendOutcome)>,
    /// Appends that were rolled back because of some of the others: they are retried in these parts, each without the rest.
    pub(super) parts: Vec<Vec<QueuedAppend>>,
}

impl Committed {
    pub(super) fn settled(settled: Vec<(QueuedAppend, AppendOutcome)>) -> Self {
        Self {
            settled,
            parts: Vec::new(),
        }
    }

    /// The appends that were made, with their receipts.
    pub(super) fn appended(&self) -> impl Iterator<Item = (&Append, &AppendReceipt)> {
        self.settled.iter().filter_map(|(queued, fate)| match fate {
            AppendOutcome::Answered(Ok(receipt)) => Some((queued.append(), receipt)),
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

/// Carries out a group in one transaction (ADR 17).
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
            Ok(Some(receipt)) => AppendOutcome::Answered(Ok(receipt)),
            Err(error) if is_lock_timeout(&error) => AppendOutcome::Alone,
            Ok(None) | Err(Error::Aborted { .. }) => AppendOutcome::Again,
            Err(error) => AppendOutcome::Answered(Err(error)),
        };
        settled.push((queued, fate));
    }
    Committed::settled(settled)
}

async fn commit_together(store: &PostgresStore, session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let care = Caution::for_group(&group);
    let receipts = {
        let columns = GroupColumns::new(&group, session.data_type());
        let query = care.query(&columns, session.statements(), &session.lock_waits().shared);
        let turn = store.inner.writer.turnstile().await;
        let row = session
            .write(async |connection| query.fetch_optional(connection).await)
            .await;
        drop(turn);
        // First, the next group, which waits for this one, is sent to the server.
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

/// How careful a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caution {
    /// It appends to streams that exist, and waits briefly for them: nearly all groups need only this, and it costs least.
    Light,
    /// It also creates streams, and skips streams that are locked.
    Full,
}

impl Caution {
    /// A group that was tried before is tried carefully.
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

    /// What to do with an append that passed the expected-version check and was still not made: its stream is to be created, was
    /// created meanwhile, or is locked.
    fn next(self) -> AppendOutcome {
        match self {
            Self::Light => AppendOutcome::Again,
            Self::Full => AppendOutcome::Alone,
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

/// An append without a receipt failed the expected-version check or found its stream locked: a fresh snapshot tells which (ADR 10).
async fn settle(session: &mut Session<'_>, group: AppendGroup, mut receipts: Receipts, care: Caution) -> Committed {
    let appends = group.appends().iter();
    let without: Vec<_> = appends
        .filter(|queued| !receipts.contains_key(&queued.ticket()))
        .map(QueuedAppend::append)
        .collect();
    if without.is_empty() {
        return fates(group, |queued| {
            receipts
                .remove(&queued.ticket())
                .map_or(AppendOutcome::Again, AppendOutcome::Answered)
        });
    }
    let findings = RefusalStates::about(session, &without, Append::is_idempotent).await;
    // Appends with a receipt were made, whatever keeps the server from saying more about the rest.
    let mut findings = findings.map_err(copies_of);
    fates(group, |queued| {
        match (receipts.remove(&queued.ticket()), &mut findings) {
            (Some(receipt), _) => AppendOutcome::Answered(receipt),
            (None, Ok(findings)) => findings
                .answer(queued.append())
                .map_or(care.next(), AppendOutcome::Answered),
            (None, Err(copy)) => AppendOutcome::Answered(Err(copy())),
        }
    })
}

/// The whole group was rolled back because one of its events is already stored. Appends that contain such an event, or are refused
/// anyway, get their answers; each of the others is retried alone, so that an append made meanwhile does not fail them again.
async fn set_duplicates_aside(session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let appends: Vec<_> = group.appends().iter().map(QueuedAppend::append).collect();
    let findings = match RefusalStates::about(session, &appends, |_| true).await {
        Ok(findings) => findings,
        Err(error) => return answer_all(group, error),
    };
    let answers: Vec<_> = appends.iter().map(|append| findings.answer(append)).collect();
    if answers.iter().all(Option::is_none) {
        // The duplicate that caused the rollback is gone again.
        return again_or_apart(group);
    }
    let (mut settled, mut others) = (Vec::new(), Vec::new());
    for (queued, answer) in group.into_appends().into_iter().zip(answers) {
        match answer {
            Some(answer) => settled.push((queued, AppendOutcome::Answered(answer))),
            None => others.push(queued),
        }
    }
    Committed {
        settled,
        parts: vec![others],
    }
}

/// A statement that the server refused changed nothing. If one of the appends is the cause, the others must not fail with
/// it.
async fn isolate(session: &mut Session<'_>, group: AppendGroup, error: sqlx::Error, care: Caution) -> Committed {
    let is_refusal = error.as_database_error().is_some();
    match writing(error) {
        timeout if care == Caution::Full && is_lock_timeout(&timeout) => set_creations_aside(session, group).await,
        Error::Aborted { .. } => again_or_apart(group),
        Error::Storage { .. } | Error::InvalidInput { .. } if is_refusal => Committed::undone(group.into_halves()),
        error => answer_all(group, error),
    }
}

/// If the server aborts the group over and over, one of the appends may be the cause.
fn again_or_apart(group: AppendGroup) -> Committed {
    if group
        .appends()
        .iter()
        .all(|queued| queued.attempts() < ATTEMPTS_TOGETHER)
    {
        fates(group, |_| AppendOutcome::Again)
    } else {
        Committed::undone(group.into_halves())
    }
}

/// A careful statement skips streams that another transaction has locked. So it waited too long for a stream that another
/// transaction is about to create: one of those that do not exist yet.
async fn set_creations_aside(session: &mut Session<'_>, group: AppendGroup) -> Committed {
    let streams: Vec<_> = group.appends().iter().map(|queued| queued.append().stream()).collect();
    match session.find_states(&streams).await {
        Ok(states) => fates(group, |queued| {
            let append = queued.append();
            let is_new = append.expected().may_create() && !states.contains_key(append.stream());
            if is_new {
                AppendOutcome::Alone
            } else {
                AppendOutcome::Again
            }
        }),
        Err(error) => answer_all(group, error),
    }
}

fn answer_all(group: AppendGroup, error: Error) -> Committed {
    let mut copy = copies_of(error);
    fates(group, |_| AppendOutcome::Answered(Err(copy())))
}

fn fates(group: AppendGroup, mut fate_of: impl FnMut(&QueuedAppend) -> AppendOutcome) -> Committed {
    let appends = group.into_appends().into_iter();
    let settled = appends.map(|queued| {
        let fate = fate_of(&queued);
        (queued, fate)
    });
    Committed::settled(settled.collect())
}
