use std::time::Instant;

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{
    Append, AppendReceipt, Error, EventNumber, Position, RecordedEvent, Result, StreamSelector, Timestamp,
};

use super::node::Node;
use super::payload::Payload;
use super::state::State;

impl State {
    pub(super) fn append(&mut self, append: &Append, now: Timestamp, by: &Node) -> Result<AppendReceipt> {
        let payloads = self.payloads.of_append(append)?;
        let receipt = self.check(append, self.end())?;
        self.write(append, payloads, &receipt, now, by);
        Ok(receipt)
    }

    /// Appends to different streams: everything is checked before anything is changed.
    pub(super) fn append_all(&mut self, appends: &[Append], now: Timestamp, by: &Node) -> Result<Vec<AppendReceipt>> {
        let payloads: Vec<_> = appends
            .iter()
            .map(|append| self.payloads.of_append(append))
            .collect::<Result<_>>()?;
        let mut position = self.end();
        let mut receipts = Vec::new();
        for append in appends {
            let receipt = self.check(append, position)?;
            if !receipt.is_deduplicated {
                position = receipt.last_position;
            }
            receipts.push(receipt);
        }
        for ((append, payloads), receipt) in appends.iter().zip(payloads).zip(&receipts) {
            self.write(append, payloads, receipt, now, by);
        }
        Ok(receipts)
    }

    /// The position of the last event.
    fn end(&self) -> Position {
        EventNumber::from(self.all.version()).into()
    }

    /// The receipt of the append, whose events come after this position unless they are stored already.
    fn check(&self, append: &Append, position: Position) -> Result<AppendReceipt> {
        // Before the expected-version check, as the contract of `EventWriter` has it: the earlier attempt has moved the
        // version.
        if let Some(earlier) = self.earlier_receipt(append)? {
            return Ok(earlier);
        }
        let version = self.expect(append.stream(), append.expected())?;
        if let Some(event_id) = append.event_ids().find(|id| self.events.contains_key(id)) {
            return Err(Error::DuplicateEvent { event_id });
        }
        AppendReceipt::following(append.stream().clone(), version, position, count(append)?)
    }

    fn write(&mut self, append: &Append, payloads: Vec<Payload>, receipt: &AppendReceipt, now: Timestamp, by: &Node) {
        if receipt.is_deduplicated {
            return;
        }
        self.stream_or_new(append.stream(), append.created_at().unwrap_or(now));
        let began_at = Instant::now();
        let mut events = Vec::new();
        let (mut version, mut position) = (receipt.first_version, receipt.first_position);
        for (new, (data, metadata)) in append.events().iter().zip(payloads) {
            let mut event = new.clone();
            (event.data, event.metadata) = (data, metadata);
            let created_at = append.created_at().or(new.created_at).unwrap_or(now);
            let event = RecordedEvent::new(event, append.stream().clone(), version, created_at);
            events.push(NumberedEvent::new(&StreamSelector::All, position.into(), event));
            (version, position) = (version.next(), position.next());
        }
        for event in &events {
            self.put(event.event.clone());
        }
        // Events are delivered before the listeners are told, as the PostgreSQL backend does (ADR 36).
        by.hand_over(&events, began_at);
        self.tell_nodes(&append.stream().clone().into(), receipt.last_version.into());
        self.tell_nodes(&StreamSelector::All, receipt.last_position.into());
    }

    fn put(&mut self, event: RecordedEvent) {
        if let Some(stream) = self.streams.get_mut(&event.stream) {
            stream.push(&event);
        }
        self.all.push(&event);
        self.events.insert(event.event_id, event);
    }
}

pub(super) fn count(append: &Append) -> Result<u64> {
    u64::try_from(append.events().len()).map_err(|error| Error::invalid_input("events", &error))
}
