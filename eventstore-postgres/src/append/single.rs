use eventstore_core::backend::StreamState;
use eventstore_core::{Append, AppendReceipt, Result};

use crate::append::columns::AppendColumns;
use crate::connection::{Session, Suspect};
use crate::error::is_duplicate;

/// What became of one statement.
enum Outcome {
    Appended(AppendReceipt),
    /// The stream failed the expected-version check in the statement's snapshot.
    Refused,
    /// An event id is already stored.
    Duplicate,
}

impl Session<'_> {
    pub(crate) async fn append(&mut self, append: &Append) -> Result<AppendReceipt> {
        self.config().refuse_other_event_types([append])?;
        let columns = AppendColumns::new(append, self.data_type());
        let mut attempts = self.attempts();
        loop {
            let attempt = self.try_append(append, &columns, None).await;
            if let Some(receipt) = attempts.judge(attempt).await? {
                return Ok(receipt);
            }
        }
    }

    /// Tries once, and waits so long for the stream: nothing means that it deserves another attempt.
    pub(crate) async fn append_within(&mut self, append: &Append, lock_timeout: &str) -> Result<Option<AppendReceipt>> {
        let columns = AppendColumns::new(append, self.data_type());
        self.try_append(append, &columns, Some(lock_timeout)).await
    }

    async fn try_append(
        &mut self,
        append: &Append,
        columns: &AppendColumns<'_>,
        lock_timeout: Option<&str>,
    ) -> Result<Option<AppendReceipt>> {
        match self.run_append(append, columns, lock_timeout).await? {
            Outcome::Appended(receipt) => Ok(Some(receipt)),
            Outcome::Refused => self.explain_refusal(append).await,
            Outcome::Duplicate => self.explain_duplicate(append).await,
        }
    }

    async fn run_append(
        &mut self,
        append: &Append,
        columns: &AppendColumns<'_>,
        lock_timeout: Option<&str>,
    ) -> Result<Outcome> {
        let query = columns.query(&self.statements().append, lock_timeout);
        match self
            .write(async |connection| query.fetch_optional(connection).await)
            .await
        {
            Ok(Some(row)) => columns.receipt(&row).map(Outcome::Appended),
            Ok(None) => Ok(Outcome::Refused),
            Err(error) if is_duplicate(&error, self.layout()) => Ok(Outcome::Duplicate),
            Err(error) => Err(self.explain_failure(error, Suspect::of_append(append)).await),
        }
    }

    /// Looks at the stream once more, in a fresh snapshot: an error says why the append is refused, a receipt that an
    /// earlier attempt has made it, and nothing that it deserves another attempt.
    pub(crate) async fn explain_refusal(&mut self, append: &Append) -> Result<Option<AppendReceipt>> {
        let state = self.find_state(append.stream()).await?;
        // Before the expected version is checked: an earlier attempt has itself moved the stream beyond that version.
        if append.is_idempotent() {
            let receipt = append.earlier_receipt(&self.find_events(&[append]).await?);
            match (state, receipt) {
                (StreamState::Deleted, _) | (_, Ok(None)) => {}
                (_, receipt) => return receipt,
            }
        }
        match append.expected().check(state) {
            Ok(_) => Ok(None),
            Err(refusal) => Err(append.expected().refused(append.stream(), state, refusal)),
        }
    }

    /// As of a refusal; nothing means that the event in the way was undone or deleted since.
    pub(crate) async fn explain_duplicate(&mut self, append: &Append) -> Result<Option<AppendReceipt>> {
        append.earlier_receipt(&self.find_events(&[append]).await?)
    }
}
