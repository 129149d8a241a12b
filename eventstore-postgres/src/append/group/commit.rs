use std::collections::HashMap;

use eventstore_backend::{Admission, AppendOutcome, CommittedGroup, copies_of};
use eventstore_core::backend::{AppendGroup, QueuedAppend, Ticket};
use eventstore_core::{Append, AppendReceipt, Error, Result};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use tokio::task::yield_now;

use super::LockWaits;
use crate::append::columns::GroupColumns;
use crate::append::refusal_states::RefusalStates;
use crate::connection::Session;
use crate::error::{is_duplicate, is_lock_timeout, reading, writing};
use crate::sql::Statements;

/// After this many attempts, a group that the server aborts is tried in parts.
const ATTEMPTS_TOGETHER: u32 = 3;

/// Carries out the only append of a group by the statement for one append.
pub(super) async fn commit_alone(
    waits: &LockWaits,
    session: &mut Session<'_>,
    group: AppendGroup,
    admission: &Admission,
) -> CommittedGroup {
    let _admitted = admission.admit().await;
    let mut settled = Vec::new();
    for queued in group.into_appends() {
        let outcome = match session.append_within(queued.append(), &waits.shared).await {
            Ok(Some(receipt)) => AppendOutcome::Answered(Ok(receipt)),
            Err(error) if is_lock_timeout(&error) => AppendOutcome::Alone,
            Ok(None) | Err(Error::Aborted { .. }) => AppendOutcome::Again,
            Err(error) => AppendOutcome::Answered(Err(error)),
        };
        settled.push((queued, outcome));
    }
    CommittedGroup::settled(settled)
}

/// Carries out several appends by one statement.
pub(super) async fn commit_together(
    waits: &LockWaits,
    session: &mut Session<'_>,
    group: AppendGroup,
    admission: &Admission,
) -> CommittedGroup {
    let caution = Caution::for_group(&group);
    let receipts = {
        let columns = GroupColumns::new(&group, session.data_type());
        let query = caution.query(&columns, session.statements(), &waits.shared);
        // The connection is taken and the parameters are prepared before the group is admitted, so that the server
        // waits for neither of them (ADR 19).
        let admitted = admission.admit().await;
        let row = session
            .write(async |connection| query.fetch_optional(connection).await)
            .await;
        drop(admitted);
        // First, the next group, which waits for this one, is sent to the server.
        yield_now().await;
        row.map(|row| receipts_of(&columns, row.as_ref()))
    };
    match receipts {
        Ok(Ok(receipts)) => settle(session, group, receipts, caution).await,
        Ok(Err(error)) => answer_all(group, error),
        Err(error) if is_duplicate(&error, session.layout()) => separate_duplicates(session, group).await,
        Err(error) => isolate(session, group, error, caution).await,
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
            // An append to any version may create its stream too, but mostly finds it. Only one that requires an absent
            // stream is sure to create it.
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
async fn settle(
    session: &mut Session<'_>,
    group: AppendGroup,
    mut receipts: Receipts,
    caution: Caution,
) -> CommittedGroup {
    let appends = group.appends().iter();
    let without: Vec<_> = appends
        .filter(|queued| !receipts.contains_key(&queued.ticket()))
        .map(QueuedAppend::append)
        .collect();
    if without.is_empty() {
        return CommittedGroup::with(group, |queued| {
            receipts
                .remove(&queued.ticket())
                .map_or(AppendOutcome::Again, AppendOutcome::Answered)
        });
    }
    let states = RefusalStates::about(session, &without, Append::is_idempotent).await;
    // Appends with a receipt were made, whatever keeps the server from saying more about the rest.
    let mut states = states.map_err(copies_of);
    CommittedGroup::with(group, |queued| match (receipts.remove(&queued.ticket()), &mut states) {
        (Some(receipt), _) => AppendOutcome::Answered(receipt),
        (None, Ok(states)) => states
            .answer(queued.append())
            .map_or(caution.next(), AppendOutcome::Answered),
        (None, Err(copy)) => AppendOutcome::Answered(Err(copy())),
    })
}

/// The whole group was rolled back because one of its events is already stored. Appends that contain such an event, or are refused
/// anyway, get their answers; each of the others is retried alone, so that an append made meanwhile does not fail them again.
async fn separate_duplicates(session: &mut Session<'_>, group: AppendGroup) -> CommittedGroup {
    let appends: Vec<_> = group.appends().iter().map(QueuedAppend::append).collect();
    let states = match RefusalStates::about(session, &appends, |_| true).await {
        Ok(states) => states,
        Err(error) => return answer_all(group, error),
    };
    let answers: Vec<_> = appends.iter().map(|append| states.answer(append)).collect();
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
    CommittedGroup {
        settled,
        parts: vec![others],
    }
}

/// A statement that the server refused changed nothing. If one of the appends is the cause, the others must not fail with
/// it.
async fn isolate(
    session: &mut Session<'_>,
    group: AppendGroup,
    error: sqlx::Error,
    caution: Caution,
) -> CommittedGroup {
    // Only an answer of the server proves that nothing was stored. After any other error the outcome is unknown, and no
    // part may be sent again.
    let is_refusal = error.as_database_error().is_some();
    match writing(error) {
        timeout if caution == Caution::Full && is_lock_timeout(&timeout) => separate_creations(session, group).await,
        Error::Aborted { .. } => again_or_apart(group),
        Error::Storage { .. } | Error::InvalidInput { .. } if is_refusal => CommittedGroup::undone(group.into_halves()),
        error => answer_all(group, error),
    }
}

/// If the server aborts the group over and over, one of the appends may be the cause.
fn again_or_apart(group: AppendGroup) -> CommittedGroup {
    if group
        .appends()
        .iter()
        .all(|queued| queued.attempts() < ATTEMPTS_TOGETHER)
    {
        CommittedGroup::with(group, |_| AppendOutcome::Again)
    } else {
        CommittedGroup::undone(group.into_halves())
    }
}

/// A careful statement skips streams that another transaction has locked. So it waited too long for a stream that another
/// transaction is about to create: one of those that do not exist yet.
async fn separate_creations(session: &mut Session<'_>, group: AppendGroup) -> CommittedGroup {
    let streams: Vec<_> = group.appends().iter().map(|queued| queued.append().stream()).collect();
    match session.find_states(&streams).await {
        Ok(states) => CommittedGroup::with(group, |queued| {
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

pub(super) fn answer_all(group: AppendGroup, error: Error) -> CommittedGroup {
    let mut copy = copies_of(error);
    CommittedGroup::with(group, |_| AppendOutcome::Answered(Err(copy())))
}
