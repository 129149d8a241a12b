use eventstore_core::{Append, Error, EventId, NewEvent, Result, Snapshot};

use crate::connection::Session;
use crate::error::{is_about_values, reading, refusal_of_payload, writing};
use crate::values::DataType;
use crate::values::PayloadColumn;

/// A payload that may be why the server refused a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Suspect<'a> {
    argument: &'static str,
    event_id: Option<EventId>,
    bytes: &'a [u8],
}

impl<'a> Suspect<'a> {
    pub(crate) fn of_append(append: &'a Append) -> impl Iterator<Item = Self> {
        append.events().iter().flat_map(Self::of_event)
    }

    fn of_event(event: &'a NewEvent) -> impl Iterator<Item = Self> {
        Self::of(Some(event.id), &event.data, event.metadata.as_deref())
    }

    pub(crate) fn of_snapshot(snapshot: &'a Snapshot) -> impl Iterator<Item = Self> {
        Self::of(None, &snapshot.data, snapshot.metadata.as_deref())
    }

    fn of(event_id: Option<EventId>, data: &'a [u8], metadata: Option<&'a [u8]>) -> impl Iterator<Item = Self> {
        let suspect = move |argument, bytes| Self {
            argument,
            event_id,
            bytes,
        };
        [
            Some(suspect("data", data)),
            metadata.map(|metadata| suspect("metadata", metadata)),
        ]
        .into_iter()
        .flatten()
    }

    fn refused(self, reason: &str) -> Error {
        match self.event_id {
            Some(event_id) => Error::invalid_input(self.argument, &format!("event {event_id}: {reason}")),
            None => Error::invalid_input(self.argument, reason),
        }
    }
}

impl Session<'_> {
    /// Maps a failure of a statement that carried these payloads. If one of them is why, the error names it.
    ///
    /// The server does not tell which value it could not take, so it is asked again, about the payloads alone.
    pub(crate) async fn explain_failure<'a>(
        &mut self,
        error: sqlx::Error,
        suspects: impl Iterator<Item = Suspect<'a>>,
    ) -> Error {
        if self.data_type() == DataType::Bytea || !is_about_values(&error) {
            return writing(error);
        }
        match self.find_refused(&suspects.collect::<Vec<_>>()).await {
            Ok(Some(refused)) => refused,
            // If the server cannot say more, the first error is returned.
            _ => writing(error),
        }
    }

    /// Halves the payloads until the first one is left that the server does not take.
    async fn find_refused(&mut self, suspects: &[Suspect<'_>]) -> Result<Option<Error>> {
        let Some(mut reason) = self.refusal(suspects).await? else {
            return Ok(None);
        };
        let mut rest = suspects;
        while rest.len() > 1 {
            let (front, back) = rest.split_at(rest.len() / 2);
            match self.refusal(front).await? {
                Some(earlier) => (rest, reason) = (front, earlier),
                None => rest = back,
            }
        }
        Ok(rest.first().map(|suspect| suspect.refused(&reason)))
    }

    /// What the server says against these payloads; nothing if it takes them all.
    async fn refusal(&mut self, suspects: &[Suspect<'_>]) -> Result<Option<String>> {
        let payloads = suspects.iter().map(|suspect| Some(suspect.bytes));
        let query = self
            .statements()
            .check_payloads
            .query()
            .bind(PayloadColumn::new(self.data_type(), payloads));
        // A refusal fails, and must not fail the transaction of a caller.
        match self.write(async |connection| query.execute(connection).await).await {
            Ok(_) => Ok(None),
            Err(error) if is_about_values(&error) => Ok(Some(refusal_of_payload(&error))),
            Err(error) => Err(reading(error)),
        }
    }
}
