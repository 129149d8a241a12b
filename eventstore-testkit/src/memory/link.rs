use eventstore_core::{Error, Link, LinkReceipt, RecordedEvent, Result, Timestamp};

use super::state::State;

impl State {
    pub(super) fn link(&mut self, link: &Link, now: Timestamp) -> Result<LinkReceipt> {
        let version = self.expect(link.target(), link.expected())?;
        let events = self.events_to_link(link)?;
        self.refuse_events_in_target(link)?;

        let target = self.stream_or_new(link.target(), now);
        for event in &events {
            target.push(event);
        }
        let receipt = LinkReceipt {
            target: link.target().clone(),
            first_version: version.next(),
            last_version: target.version(),
        };
        self.tell_nodes(&link.target().clone().into(), receipt.last_version.into());
        Ok(receipt)
    }

    fn events_to_link(&self, link: &Link) -> Result<Vec<RecordedEvent>> {
        let ids = link.event_ids();
        let unknown: Vec<_> = ids.iter().copied().filter(|id| !self.events.contains_key(id)).collect();
        if unknown.is_empty() {
            Ok(ids.iter().filter_map(|id| self.events.get(id)).cloned().collect())
        } else {
            Err(Error::EventsNotFound { event_ids: unknown })
        }
    }

    fn refuse_events_in_target(&self, link: &Link) -> Result<()> {
        let target = self.streams.get(link.target());
        match link
            .event_ids()
            .iter()
            .find(|id| target.is_some_and(|target| target.holds(**id)))
        {
            Some(&event_id) => Err(Error::DuplicateEvent { event_id }),
            None => Ok(()),
        }
    }
}
