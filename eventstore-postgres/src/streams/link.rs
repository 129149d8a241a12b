use std::collections::HashMap;

use eventstore_core::{Error, EventId, Link, LinkReceipt, Result, StreamVersion};
use uuid::Uuid;

use crate::connection::Session;
use crate::error::{damaged, is_duplicate, reading, writing};

impl Session<'_> {
    pub(crate) async fn link(&mut self, link: &Link) -> Result<LinkReceipt> {
        let mut attempts = self.attempts();
        loop {
            let attempt = match self.try_link(link).await {
                Ok(None) => self.explain_refused_link(link).await.map(|()| None),
                settled => settled,
            };
            if let Some(receipt) = attempts.judge(attempt).await? {
                return Ok(receipt);
            }
        }
    }

    /// `None` if the link was refused in the statement's snapshot, or an event is already in the target.
    async fn try_link(&mut self, link: &Link) -> Result<Option<LinkReceipt>> {
        let count = i64::try_from(link.event_ids().len()).unwrap_or(i64::MAX);
        let query = self
            .statements()
            .link
            .query_scalar::<i64>()
            .bind(link.target().as_str())
            .bind(count)
            .bind(link.expected().required_version().map(StreamVersion::as_i64))
            .bind(link.expected().may_create())
            .bind(uuids(link.event_ids()));
        match self
            .write(async |connection| query.fetch_optional(connection).await)
            .await
        {
            Ok(before) => before.map(|before| receipt(link, before)).transpose(),
            Err(error) if is_duplicate(&error, self.layout()) => Ok(None),
            Err(error) => Err(writing(error)),
        }
    }

    /// Looks at the target and the events once more; no error means that the link deserves another attempt.
    ///
    /// The target is read before and after the events: if it met the expected version both times, it also did when they were read.
    async fn explain_refused_link(&mut self, link: &Link) -> Result<()> {
        self.check_target(link).await?;
        let found = self.find_links(link).await?;
        self.check_target(link).await?;
        let unknown: Vec<_> = link
            .event_ids()
            .iter()
            .copied()
            .filter(|id| !found.contains_key(id))
            .collect();
        if !unknown.is_empty() {
            return Err(Error::EventsNotFound { event_ids: unknown });
        }
        match link.event_ids().iter().find(|id| found.get(id) == Some(&true)) {
            Some(event_id) => Err(Error::DuplicateEvent { event_id: *event_id }),
            None => Ok(()),
        }
    }

    async fn check_target(&mut self, link: &Link) -> Result<()> {
        let state = self.find_state(link.target()).await?;
        match link.expected().check(state) {
            Ok(_) => Ok(()),
            Err(refusal) => Err(link.expected().refused(link.target(), state, refusal)),
        }
    }

    /// The events that exist, and whether they are in the target.
    pub(crate) async fn find_links(&mut self, link: &Link) -> Result<HashMap<EventId, bool>> {
        let query = self
            .statements()
            .find_links
            .query_as::<(Uuid, bool)>()
            .bind(uuids(link.event_ids()))
            .bind(link.target().as_str());
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        Ok(rows
            .into_iter()
            .map(|(id, is_in_target)| (id.into(), is_in_target))
            .collect())
    }
}

fn uuids(ids: &[EventId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.as_uuid()).collect()
}

fn receipt(link: &Link, before: i64) -> Result<LinkReceipt> {
    let before = StreamVersion::try_from(before).map_err(damaged)?;
    let count = u64::try_from(link.event_ids().len()).unwrap_or(u64::MAX);
    Ok(LinkReceipt {
        target: link.target().clone(),
        first_version: before.next(),
        last_version: before.after(count).map_err(damaged)?,
    })
}
