use eventstore_core::{Append, AppendReceipt, AppendSet, Error, Result};
use sqlx::{Acquire, PgConnection};
use time::OffsetDateTime;

use crate::PostgresStore;
use crate::append::{ATTEMPTS, too_much_contention};
use crate::columns::Columns;
use crate::error::{is_duplicate, writing};

/// What became of one attempt to append a whole set.
enum SetAttempt {
    Appended(Vec<AppendReceipt>),
    /// The append at this index was refused, and all were undone.
    Refused(usize),
    /// An id of the append at this index stands in the way, and all were undone.
    Duplicate(usize),
    /// A stream vanished between two snapshots.
    Moved,
}

impl PostgresStore {
    pub(crate) async fn append_all(&self, set: &AppendSet) -> Result<Vec<AppendReceipt>> {
        let columns: Vec<_> = set.appends().iter().map(Columns::new).collect();
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let explained = match self.try_append_all(set, &columns).await {
                Ok(SetAttempt::Appended(receipts)) => return Ok(receipts),
                Ok(SetAttempt::Refused(index) | SetAttempt::Duplicate(index)) => self.explain_set(set, index).await,
                Ok(SetAttempt::Moved) => Ok(None),
                Err(error) => Err(error),
            };
            match explained {
                Ok(Some(receipts)) => return Ok(receipts),
                Ok(None) => {}
                Err(aborted @ Error::Aborted { .. }) => last = Some(aborted),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(too_much_contention))
    }

    async fn try_append_all(&self, set: &AppendSet, columns: &[Columns<'_>]) -> Result<SetAttempt> {
        let mut client = self.client().await?;
        let attempt = client.run(async |connection| {
            let mut transaction = connection.begin().await?;
            if !self.lock_streams(&mut transaction, set).await? {
                return Ok((SetAttempt::Moved, Vec::new()));
            }
            let mut rows = Vec::with_capacity(columns.len());
            for (index, columns) in columns.iter().enumerate() {
                match columns
                    .query(&self.statements().append)
                    .fetch_optional(&mut *transaction)
                    .await
                {
                    Ok(Some(row)) => rows.push(row),
                    Ok(None) => return Ok((SetAttempt::Refused(index), rows)),
                    Err(error) if is_duplicate(&error) => return Ok((SetAttempt::Duplicate(index), rows)),
                    Err(error) => return Err(error),
                }
            }
            transaction.commit().await?;
            Ok((SetAttempt::Appended(Vec::new()), rows))
        });
        let (attempt, rows) = attempt.await.map_err(writing)?;
        match attempt {
            SetAttempt::Appended(_) => {
                let receipts = columns.iter().zip(&rows).map(|(columns, row)| columns.receipt(row));
                receipts.collect::<Result<_>>().map(SetAttempt::Appended)
            }
            undone => Ok(undone),
        }
    }

    /// Locks the rows of all streams in the order of their names, new ones included, so that no two sets wait for each
    /// other; `false` if one that must exist has vanished meanwhile.
    async fn lock_streams(&self, connection: &mut PgConnection, set: &AppendSet) -> Result<bool, sqlx::Error> {
        let appends = set.appends();
        let names: Vec<_> = appends.iter().map(|append| append.stream().as_str()).collect();
        let may_create: Vec<_> = appends.iter().map(|append| append.expected().may_create()).collect();
        let created_at: Vec<_> = appends
            .iter()
            .map(|append| append.created_at().map(OffsetDateTime::from))
            .collect();
        let locked: Vec<(String, bool)> = sqlx::query_as(self.statements().lock_streams.text())
            .bind(names)
            .bind(may_create)
            .bind(created_at)
            .fetch_all(connection)
            .await?;
        let may_be_new = |name: &str| {
            let append = appends.iter().find(|append| append.stream().as_str() == name);
            append.is_some_and(|append| append.expected().may_create())
        };
        Ok(locked.iter().all(|(name, is_new)| !is_new || may_be_new(name)))
    }

    /// As of a single append. A set is an earlier one made again only if every append of it is.
    async fn explain_set(&self, set: &AppendSet, index: usize) -> Result<Option<Vec<AppendReceipt>>> {
        let Some(refused) = set.appends().get(index) else {
            return Ok(None);
        };
        let Some(_) = self.explain_in_set(refused).await? else {
            return Ok(None);
        };
        let mut receipts = Vec::with_capacity(set.appends().len());
        for append in set.appends() {
            match self.explain_in_set(append).await? {
                Some(receipt) => receipts.push(receipt),
                None => {
                    return Err(Error::DuplicateEvent {
                        event_id: refused.events()[0].id,
                    });
                }
            }
        }
        Ok(Some(receipts))
    }

    async fn explain_in_set(&self, append: &Append) -> Result<Option<AppendReceipt>> {
        match self.explain_refusal(append).await? {
            Some(receipt) => Ok(Some(receipt)),
            None => self.explain_duplicate(append).await,
        }
    }
}
