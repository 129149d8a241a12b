use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::{Counts, Side};

/// What befalls messages, and what came.
#[derive(Debug)]
pub(super) struct Faults {
    state: Mutex<State>,
    /// Whether messages are passed on at all.
    gate: watch::Sender<bool>,
    /// How often everything was cut: a connection lives as long as the number that it began with.
    epoch: watch::Sender<u64>,
    /// The same of stranding all clients.
    strandings: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    cut: Option<Cut>,
    delays: HashMap<Side, Duration>,
    swallowed: Vec<Side>,
}

#[derive(Debug)]
struct Cut {
    side: Side,
    /// How many messages are still to come, the one at which it happens included.
    countdown: u64,
    fate: Treatment,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    Passed,
    Swallowed,
    /// The connection ends, and the message with it.
    CutBefore,
    /// The message is passed on, and then the connection ends.
    CutAfter,
}

impl Faults {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            gate: watch::Sender::new(true),
            epoch: watch::Sender::new(0),
            strandings: watch::Sender::new(0),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.state().counts
    }

    pub(super) fn reset_counts(&self) {
        self.state().counts = Counts::default();
    }

    pub(super) fn cut(&self, side: Side, countdown: u64, fate: Treatment) {
        self.state().cut = Some(Cut { side, countdown, fate });
    }

    pub(super) fn is_cut_ahead(&self) -> bool {
        self.state().cut.is_some()
    }

    pub(super) fn delay(&self, side: Side, delay: Duration) {
        self.state().delays.insert(side, delay);
    }

    pub(super) fn swallow(&self, side: Side) {
        self.state().swallowed.push(side);
    }

    pub(super) fn pause(&self) {
        self.gate.send_replace(false);
    }

    pub(super) fn resume(&self) {
        self.gate.send_replace(true);
    }

    pub(super) fn cut_all(&self) {
        self.epoch.send_modify(|epoch| *epoch += 1);
    }

    pub(super) fn strand_all(&self) {
        self.strandings.send_modify(|strandings| *strandings += 1);
    }

    /// Stranding all clients changes the receiver's value.
    pub(super) fn strandings(&self) -> watch::Receiver<u64> {
        self.strandings.subscribe()
    }

    /// Ends every fault but the cuts that have happened.
    pub(super) fn heal(&self) {
        let mut state = self.state();
        *state = State {
            counts: state.counts,
            ..State::default()
        };
        drop(state);
        self.resume();
    }

    /// Counts a connection; cutting all of them changes the receiver's value.
    pub(super) fn connected(&self) -> watch::Receiver<u64> {
        self.state().counts.connections += 1;
        self.epoch.subscribe()
    }

    pub(super) fn delay_of(&self, side: Side) -> Option<Duration> {
        self.state().delays.get(&side).copied()
    }

    /// Waits as long as nothing is passed on.
    pub(super) async fn resumed(&self) {
        // The sender lives as long as this value.
        let _ = self.gate.subscribe().wait_for(|open| *open).await;
    }

    pub(super) fn count_if_statement(&self, message: &[u8]) {
        self.state().counts.add_if_statement(message);
    }

    /// Counts a message, and decides on it.
    pub(super) fn judge(&self, side: Side, begins_round_trip: bool) -> Treatment {
        let mut state = self.state();
        state.counts.add(side, begins_round_trip);
        if let Some(cut) = state.cut.as_mut().filter(|cut| cut.side == side) {
            cut.countdown = cut.countdown.saturating_sub(1);
            if cut.countdown == 0 {
                return state.cut.take().map_or(Treatment::Passed, |cut| cut.fate);
            }
        }
        if state.swallowed.contains(&side) {
            return Treatment::Swallowed;
        }
        Treatment::Passed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
