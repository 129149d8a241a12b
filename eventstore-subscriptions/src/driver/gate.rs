use std::collections::VecDeque;

use eventstore_core::machine::{DeliveredEvent, SubscriberId};
use eventstore_core::{EventNumber, HolderState, ReportedStatus};

/// Holds deliveries back until the report about them is stored (ADR 65).
///
/// The first delivery under a lease is reported before it is made. If the holder before has not ended in good order, one of the events that
/// were in flight may have killed it: each of them is delivered alone, and its attempt is reported first.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: State,
    /// What the machine has delivered and no subscriber can take yet.
    waiting: VecDeque<(SubscriberId, DeliveredEvent)>,
    /// The event that is with its subscriber alone.
    alone: Option<(SubscriberId, EventNumber)>,
    /// Others handle events in the process as well: before they do, a report has to say that the event delivered alone is dealt with.
    clears: bool,
    /// That has to be reported.
    is_to_clear: bool,
    /// The last event under this lease that was held.
    last_held: EventNumber,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    /// Nothing is held back.
    #[default]
    Open,
    /// How the holder before has ended is not known yet.
    Closed { room: u64 },
    /// That is being found out.
    Asking { room: u64 },
    /// It is known: the next delivery is reported first.
    Ready(Suspicion),
    /// A report is being stored.
    Reporting(Suspicion, HolderState),
}

/// The events that may have killed the holder before.
#[derive(Debug, Default, Clone, Copy)]
struct Suspicion {
    /// The last one that the holder before is known to have had; zero if there is no suspicion.
    known: EventNumber,
    /// How many of the next events it may have had, as its last report may be old. Between their numbers may be those of other events: of what
    /// is filtered out, and of other partitions of a group.
    guessed: u64,
    /// The last event that was counted among these.
    counted: EventNumber,
    /// The event that was being delivered alone, and how often it had been by then.
    alone: Option<(EventNumber, u32)>,
}

/// What has to be done before the next delivery.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Find out what the holder before has reported last.
    Ask,
    /// Store a report that says this.
    Report(HolderState),
    /// Store a report that says this: no event is delivered alone any more.
    Clear(HolderState),
}

impl Gate {
    /// Closes it under a new lease. So many events may have been in flight at the same time.
    pub(super) fn close(&mut self, room: u64, clears: bool) {
        *self = Self {
            clears,
            state: State::Closed { room },
            ..Self::default()
        };
    }

    /// Takes deliveries in; those that need not wait come back.
    pub(super) fn hold(
        &mut self,
        subscriber: SubscriberId,
        events: Vec<DeliveredEvent>,
    ) -> Option<(SubscriberId, Vec<DeliveredEvent>)> {
        if matches!(self.state, State::Open) {
            return Some((subscriber, events));
        }
        let numbers = events.iter().map(|event| event.event.number);
        self.last_held = numbers.fold(self.last_held, EventNumber::max);
        self.waiting.extend(events.into_iter().map(|event| (subscriber, event)));
        None
    }

    /// What has to be done now, if anything waits for it. All events up to this number were dealt with.
    pub(super) fn next_step(&mut self, acknowledged: EventNumber) -> Option<Step> {
        if self.alone.is_some() {
            return None;
        }
        if std::mem::take(&mut self.is_to_clear) {
            let state = self.left_suspected(acknowledged);
            return Some(Step::Clear(state.unwrap_or(HolderState::Delivering)));
        }
        if self.waiting.is_empty() {
            return None;
        }
        match self.state {
            State::Closed { room } => {
                self.state = State::Asking { room };
                Some(Step::Ask)
            }
            State::Ready(suspicion) => {
                let state = self.next_state(&suspicion);
                self.state = State::Reporting(suspicion, state);
                Some(Step::Report(state))
            }
            State::Open | State::Asking { .. } | State::Reporting(..) => None,
        }
    }

    /// What the holder before has reported last.
    pub(super) fn learn(&mut self, previous: Option<&ReportedStatus>) {
        if let State::Asking { room } = self.state {
            self.state = State::Ready(Suspicion::of(previous, room));
        }
    }

    /// The report has been answered: what may be delivered now.
    pub(super) fn pass(&mut self, is_kept: bool) -> Vec<(SubscriberId, DeliveredEvent)> {
        let State::Reporting(suspicion, reported) = self.state else {
            return Vec::new();
        };
        if let (HolderState::DeliveringAlone { number, attempts }, true) = (reported, is_kept) {
            let passed = self.pass_alone(number, attempts);
            let is_taken_back = passed.is_empty();
            self.state = State::Ready(if is_taken_back {
                suspicion
            } else {
                suspicion.without(number)
            });
            return passed;
        }
        self.state = State::Open;
        self.waiting.drain(..).collect()
    }

    /// Whether an event is with its subscriber alone.
    pub(super) fn is_with_one_alone(&self) -> bool {
        self.alone.is_some()
    }

    /// How often the event was delivered alone to processes that did not survive it.
    pub(super) fn attempts_before(&self, number: EventNumber) -> u32 {
        match &self.state {
            State::Ready(suspicion) | State::Reporting(suspicion, _) => suspicion.attempts_of(number),
            State::Open | State::Closed { .. } | State::Asking { .. } => 0,
        }
    }

    /// What the next holder is to be told if the lease is given back now: that some events are still suspected, because only those up to this
    /// number were dealt with.
    pub(super) fn left_suspected(&self, acknowledged: EventNumber) -> Option<HolderState> {
        let (State::Ready(suspicion) | State::Reporting(suspicion, _)) = self.state else {
            return None;
        };
        if let Some((number, attempts)) = suspicion.alone.filter(|(number, _)| *number > acknowledged) {
            return Some(HolderState::DeliveringAlone { number, attempts });
        }
        let is_left = self.last_held > acknowledged && suspicion.is_about(acknowledged.next());
        is_left.then_some(HolderState::Delivering)
    }

    /// Lets the next one pass once the event that was delivered alone is no longer in flight.
    pub(super) fn settle(&mut self, is_in_flight: impl FnOnce(SubscriberId, EventNumber) -> bool) {
        if self
            .alone
            .is_some_and(|(subscriber, number)| !is_in_flight(subscriber, number))
        {
            self.end_alone();
        }
    }

    /// Takes back this event of the subscriber and all that were delivered to it later.
    pub(super) fn take_back_from(&mut self, subscriber: SubscriberId, number: EventNumber) {
        let mut is_taken_back = !self
            .waiting
            .iter()
            .any(|(of, event)| *of == subscriber && event.event.number == number);
        self.waiting.retain(|(of, event)| {
            is_taken_back |= *of == subscriber && event.event.number == number;
            *of != subscriber || !is_taken_back
        });
    }

    /// Forgets a subscriber: what it had is delivered to others.
    pub(super) fn remove(&mut self, subscriber: SubscriberId) {
        self.waiting.retain(|(of, _)| *of != subscriber);
        if self.alone.is_some_and(|(of, _)| of == subscriber) {
            self.end_alone();
        }
    }

    fn end_alone(&mut self) {
        self.alone = None;
        self.is_to_clear = self.clears;
    }

    /// The order is never changed: an acknowledgement counts for all that was delivered to the subscriber before.
    fn next_state(&self, suspicion: &Suspicion) -> HolderState {
        let is_suspected = self
            .waiting
            .iter()
            .any(|(_, event)| suspicion.is_about(event.event.number));
        match self.waiting.front() {
            Some((_, event)) if is_suspected => HolderState::DeliveringAlone {
                number: event.event.number,
                attempts: suspicion.attempts_of(event.event.number).saturating_add(event.attempt),
            },
            _ => HolderState::Delivering,
        }
    }

    /// The event may have been taken back while its report was stored.
    fn pass_alone(&mut self, number: EventNumber, attempts: u32) -> Vec<(SubscriberId, DeliveredEvent)> {
        let front = self.waiting.pop_front_if(|(_, event)| event.event.number == number);
        let Some((subscriber, event)) = front else {
            return Vec::new();
        };
        self.alone = Some((subscriber, number));
        vec![(
            subscriber,
            DeliveredEvent {
                attempt: attempts,
                ..event
            },
        )]
    }
}

impl Suspicion {
    fn of(previous: Option<&ReportedStatus>, room: u64) -> Self {
        let Some(report) = previous.map(|status| &status.report) else {
            return Self::default();
        };
        let alone = match report.state {
            HolderState::DeliveringAlone { number, attempts } => Some((number, attempts)),
            HolderState::Delivering => None,
            _ => return Self::default(),
        };
        Self {
            known: alone.map_or(report.delivered, |(number, _)| number.max(report.delivered)),
            guessed: room,
            counted: EventNumber::ZERO,
            alone,
        }
    }

    fn is_about(&self, number: EventNumber) -> bool {
        number <= self.known.max(self.counted) || self.guessed > 0
    }

    /// The event has been delivered alone: one fewer is guessed, unless it was counted before.
    fn without(self, number: EventNumber) -> Self {
        if number <= self.counted {
            return self;
        }
        Self {
            guessed: self.guessed.saturating_sub(1),
            counted: number,
            ..self
        }
    }

    fn attempts_of(&self, number: EventNumber) -> u32 {
        self.alone
            .filter(|(alone, _)| *alone == number)
            .map_or(0, |(_, attempts)| attempts)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use eventstore_core::backend::NumberedEvent;
    use eventstore_core::{
        EventType, NewEvent, RecordedEvent, StatusReport, StatusText, StreamName, StreamSelector, SubscriptionId,
        Timestamp,
    };
    use uuid::Uuid;

    use super::*;

    const ONE: SubscriberId = SubscriberId::new(1);
    const TWO: SubscriberId = SubscriberId::new(2);

    fn now() -> Timestamp {
        Timestamp::try_from(SystemTime::now()).unwrap()
    }

    fn report(delivered: u32, state: HolderState) -> ReportedStatus {
        ReportedStatus {
            id: SubscriptionId::new(1),
            report: StatusReport {
                holder: StatusText::new("before"),
                delivered: delivered.into(),
                in_flight: 0,
                subscribers: 1,
                attempts: 0,
                last_failure: None,
                state,
            },
            reported_at: now(),
        }
    }

    fn event(number: u32) -> DeliveredEvent {
        let happened = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
        let event = RecordedEvent::new(happened, StreamName::new("s").unwrap(), number.into(), now());
        let event = NumberedEvent::new(&StreamSelector::All, number.into(), event);
        DeliveredEvent { event, attempt: 1 }
    }

    fn alone(number: u32, attempts: u32) -> HolderState {
        HolderState::DeliveringAlone {
            number: number.into(),
            attempts,
        }
    }

    /// A gate that holds these deliveries and knows what the holder before has reported.
    fn gate(room: u64, previous: Option<&ReportedStatus>, waiting: &[(SubscriberId, u32)]) -> Gate {
        let mut gate = Gate::default();
        gate.close(room, false);
        for (subscriber, number) in waiting {
            assert!(gate.hold(*subscriber, vec![event(*number)]).is_none());
        }
        assert_eq!(gate.next_step(EventNumber::ZERO), Some(Step::Ask));
        assert_eq!(gate.next_step(EventNumber::ZERO), None);
        gate.learn(previous);
        gate
    }

    fn passed(gate: &mut Gate, is_kept: bool) -> Vec<(SubscriberId, u64, u32)> {
        let passed = gate.pass(is_kept).into_iter();
        passed
            .map(|(subscriber, event)| (subscriber, event.event.number.get(), event.attempt))
            .collect()
    }

    #[test]
    fn everything_passes_at_once_after_an_end_in_good_order() {
        let ended = report(9, HolderState::Released);
        for previous in [None, Some(&ended)] {
            let mut gate = gate(10, previous, &[(ONE, 1), (TWO, 2)]);
            assert_eq!(
                gate.next_step(EventNumber::ZERO),
                Some(Step::Report(HolderState::Delivering))
            );
            assert_eq!(passed(&mut gate, true), [(ONE, 1, 1), (TWO, 2, 1)]);
            assert!(gate.hold(ONE, vec![event(3)]).is_some());
        }
    }

    #[test]
    fn suspects_pass_alone_in_order_and_the_attempts_of_the_last_one_go_on() {
        let killed = report(1, alone(2, 3));
        let mut gate = gate(0, Some(&killed), &[(ONE, 1), (TWO, 2), (ONE, 3)]);
        assert_eq!(gate.next_step(EventNumber::ZERO), Some(Step::Report(alone(1, 1))));
        assert_eq!(passed(&mut gate, true), [(ONE, 1, 1)]);
        assert_eq!(gate.next_step(EventNumber::ZERO), None, "it is in flight");
        gate.settle(|_, _| false);
        assert_eq!(gate.attempts_before(2.into()), 3);
        assert_eq!(gate.next_step(EventNumber::ZERO), Some(Step::Report(alone(2, 4))));
        assert_eq!(passed(&mut gate, true), [(TWO, 2, 4)]);
        gate.settle(|subscriber, number| (subscriber, number) == (TWO, 2.into()));
        assert_eq!(gate.next_step(EventNumber::ZERO), None);
        gate.settle(|_, _| false);
        assert_eq!(
            gate.next_step(EventNumber::ZERO),
            Some(Step::Report(HolderState::Delivering))
        );
        assert_eq!(passed(&mut gate, true), [(ONE, 3, 1)]);
    }

    #[test]
    fn what_is_taken_back_while_its_report_is_stored_does_not_pass() {
        let killed = report(9, HolderState::Delivering);
        let mut gate = gate(0, Some(&killed), &[(ONE, 1), (TWO, 2), (ONE, 3)]);
        assert_eq!(gate.next_step(EventNumber::ZERO), Some(Step::Report(alone(1, 1))));
        gate.take_back_from(ONE, 1.into());
        assert_eq!(passed(&mut gate, true), []);
        assert_eq!(gate.next_step(EventNumber::ZERO), Some(Step::Report(alone(2, 1))));
        gate.remove(TWO);
        assert_eq!(passed(&mut gate, true), []);
        assert_eq!(gate.next_step(EventNumber::ZERO), None, "nothing waits");
    }

    #[test]
    fn an_event_that_is_with_its_subscriber_takes_all_later_ones_back() {
        let killed = report(9, HolderState::Delivering);
        let mut gate = gate(0, Some(&killed), &[(ONE, 1), (ONE, 2), (TWO, 3)]);
        gate.next_step(EventNumber::ZERO);
        assert_eq!(passed(&mut gate, true), [(ONE, 1, 1)]);
        gate.take_back_from(ONE, 1.into());
        gate.settle(|_, _| false);
        assert_eq!(gate.next_step(EventNumber::ZERO), Some(Step::Report(alone(3, 1))));
    }

    #[test]
    fn as_many_events_are_suspected_as_may_have_been_in_flight_whatever_their_numbers() {
        let killed = report(0, HolderState::Delivering);
        let mut gate = gate(2, Some(&killed), &[(ONE, 100), (ONE, 200), (ONE, 300), (ONE, 400)]);
        for number in [100, 200] {
            assert_eq!(gate.next_step(EventNumber::ZERO), Some(Step::Report(alone(number, 1))));
            assert_eq!(passed(&mut gate, true), [(ONE, number.into(), 1)]);
            gate.settle(|_, _| false);
        }
        assert_eq!(
            gate.next_step(EventNumber::ZERO),
            Some(Step::Report(HolderState::Delivering))
        );
        assert_eq!(passed(&mut gate, true), [(ONE, 300, 1), (ONE, 400, 1)]);
    }

    #[test]
    fn in_a_group_the_next_report_says_that_an_event_was_dealt_with() {
        let killed = report(0, alone(2, 3));
        let mut gate = Gate::default();
        gate.close(0, true);
        gate.hold(ONE, vec![event(1), event(2)]);
        gate.next_step(EventNumber::ZERO);
        gate.learn(Some(&killed));
        for (number, attempts, left) in [(1, 1, alone(2, 3)), (2, 4, HolderState::Delivering)] {
            let before = EventNumber::from(number - 1_u32);
            assert_eq!(gate.next_step(before), Some(Step::Report(alone(number, attempts))));
            assert_eq!(passed(&mut gate, true).len(), 1);
            gate.settle(|_, _| false);
            assert_eq!(gate.next_step(number.into()), Some(Step::Clear(left)));
            assert_eq!(passed(&mut gate, true), []);
        }
        assert_eq!(gate.next_step(2.into()), None);
    }

    #[test]
    fn what_was_not_dealt_with_stays_suspected() {
        let waiting = [(ONE, 1), (ONE, 2), (ONE, 3)];
        for (state, left) in [
            (alone(2, 3), alone(2, 3)),
            (HolderState::Delivering, HolderState::Delivering),
        ] {
            let mut gate = gate(0, Some(&report(2, state)), &waiting);
            assert_eq!(gate.left_suspected(EventNumber::ZERO), Some(left));
            gate.next_step(EventNumber::ZERO);
            gate.pass(true);
            assert_eq!(gate.left_suspected(EventNumber::ZERO), Some(left));
            assert_eq!(gate.left_suspected(1.into()), Some(left));
            assert_eq!(gate.left_suspected(2.into()), None);
        }
        let gate = gate(9, Some(&report(9, HolderState::Released)), &waiting);
        assert_eq!(gate.left_suspected(EventNumber::ZERO), None);
        assert_eq!(Gate::default().left_suspected(EventNumber::ZERO), None);
    }

    #[test]
    fn nothing_is_held_back_where_no_reports_are_kept() {
        let killed = report(9, HolderState::Delivering);
        let mut gate = gate(0, Some(&killed), &[(ONE, 1), (ONE, 2)]);
        gate.next_step(EventNumber::ZERO);
        assert_eq!(passed(&mut gate, false), [(ONE, 1, 1), (ONE, 2, 1)]);
        assert_eq!(gate.next_step(EventNumber::ZERO), None);
    }
}
