use eventstore_core::{Append, AppendReceipt, AppendSet, Result};
use sqlx::postgres::PgRow;
use time::OffsetDateTime;

use crate::append::columns::AppendColumns;
use crate::append::refusal_states::RefusalStates;
use crate::connection::{Ending, Session, Steps, Suspect};
use crate::error::{damaged, is_about_values, is_duplicate};
use crate::sql::Statements;
use crate::values::{DataType, Layout};

/// An append of a set, and the receipt of an earlier attempt if there was one.
struct Part<'a> {
    append: &'a Append,
    columns: AppendColumns<'a>,
    earlier: Option<AppendReceipt>,
}

/// What became of one attempt to append a set.
enum SetAttempt {
    /// These rows answer for the parts that had no earlier attempt, in their order.
    Appended(Vec<PgRow>),
    /// The part at this index was refused, by its expected version or because one of its ids is stored, and all were undone.
    Refused(usize),
    /// A value of the part at this index is not what its column takes, and all were undone.
    Unfit(usize, sqlx::Error),
    /// A stream vanished between two snapshots.
    Moved,
}

impl Session<'_> {
    pub(crate) async fn append_set(&mut self, set: &AppendSet) -> Result<Vec<AppendReceipt>> {
        self.config().refuse_other_event_types(set.appends())?;
        let mut parts: Vec<_> = set
            .appends()
            .iter()
            .map(|append| Part::new(append, self.data_type()))
            .collect();
        // Each part may turn out to be a repetition, which takes an attempt of its own.
        let mut attempts = self.attempts().and_more(parts.len());
        loop {
            let attempt = match self.try_append_set(&parts).await {
                Ok(SetAttempt::Appended(rows)) => return receipts(&parts, &rows),
                Ok(SetAttempt::Refused(index)) => self.explain_refusal_of_parts(&mut parts[..=index]).await,
                Ok(SetAttempt::Unfit(index, error)) => Err(self
                    .explain_failure(error, Suspect::of_append(parts[index].append))
                    .await),
                Ok(SetAttempt::Moved) => Ok(()),
                Err(error) => Err(error),
            };
            attempts.judge(attempt.map(|()| None::<()>)).await?;
        }
    }

    async fn try_append_set(&mut self, parts: &[Part<'_>]) -> Result<SetAttempt> {
        let (statements, layout) = (self.statements(), self.layout());
        self.transact(async |steps| {
            let attempt = append_parts(steps, statements, layout, parts).await?;
            Ok(match attempt {
                SetAttempt::Appended(_) => Ending::Commit(attempt),
                _ => Ending::RollBack(attempt),
            })
        })
        .await
    }

    /// Looks at the streams once more, also at those of the parts before the refused one: an append that was made since may have
    /// taken an id of theirs, and of all that is refused now, the first part is reported.
    async fn explain_refusal_of_parts(&mut self, parts: &mut [Part<'_>]) -> Result<()> {
        let mut new: Vec<_> = parts.iter_mut().filter(|part| part.earlier.is_none()).collect();
        let appends: Vec<_> = new.iter().map(|part| part.append).collect();
        let states = RefusalStates::about(self, &appends, |_| true).await?;
        for part in &mut new {
            part.earlier = states.answer(part.append).transpose()?;
        }
        Ok(())
    }
}

async fn append_parts(
    steps: &mut Steps<'_>,
    statements: &Statements,
    layout: Layout,
    parts: &[Part<'_>],
) -> Result<SetAttempt, sqlx::Error> {
    if !lock_streams(steps, statements, parts).await? {
        return Ok(SetAttempt::Moved);
    }
    let mut rows = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate().filter(|(_, part)| part.earlier.is_none()) {
        // Without a lock timeout of its own: `lock_streams` has locked every stream, and for `$all` the statement may
        // wait as long as the session allows.
        let query = part.columns.query(&statements.append, None);
        match steps
            .run(async |connection| query.fetch_optional(connection).await)
            .await
        {
            Ok(Some(row)) => rows.push(row),
            Ok(None) => return Ok(SetAttempt::Refused(index)),
            Err(error) if is_duplicate(&error, layout) => return Ok(SetAttempt::Refused(index)),
            Err(error) if is_about_values(&error) => return Ok(SetAttempt::Unfit(index, error)),
            Err(error) => return Err(error),
        }
    }
    Ok(SetAttempt::Appended(rows))
}

/// Locks the rows of all streams in the order of their names, new ones included, so that no two sets wait for each other;
/// `false` if one that must exist has vanished meanwhile.
async fn lock_streams(steps: &mut Steps<'_>, statements: &Statements, parts: &[Part<'_>]) -> Result<bool, sqlx::Error> {
    let new = || {
        parts
            .iter()
            .filter(|part| part.earlier.is_none())
            .map(|part| part.append)
    };
    let names: Vec<_> = new().map(|append| append.stream().as_str()).collect();
    let may_create: Vec<_> = new().map(|append| append.expected().may_create()).collect();
    let created_at: Vec<_> = new()
        .map(|append| append.created_at().map(OffsetDateTime::from))
        .collect();
    let query = statements.lock_streams.query_as();
    let query = query.bind(names).bind(may_create).bind(created_at);
    let locked: Vec<(String, bool)> = steps.run(async |connection| query.fetch_all(connection).await).await?;
    let may_be_new = |name: &str| {
        new()
            .find(|append| append.stream().as_str() == name)
            .is_some_and(|append| append.expected().may_create())
    };
    Ok(locked.iter().all(|(name, is_new)| !is_new || may_be_new(name)))
}

impl<'a> Part<'a> {
    fn new(append: &'a Append, data_type: DataType) -> Self {
        Self {
            append,
            columns: AppendColumns::new(append, data_type),
            earlier: None,
        }
    }
}

fn receipts(parts: &[Part<'_>], rows: &[PgRow]) -> Result<Vec<AppendReceipt>> {
    let mut rows = rows.iter();
    parts
        .iter()
        .map(|part| match &part.earlier {
            Some(receipt) => Ok(receipt.clone()),
            None => rows
                .next()
                .ok_or_else(|| damaged("an append without an answer"))
                .and_then(|row| part.columns.receipt(row)),
        })
        .collect()
}
