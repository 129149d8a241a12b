use std::collections::{HashMap, VecDeque};

/// What one subscriber has got; events are known by their places among those that the subscription is to deliver.
#[derive(Debug, Default)]
pub(super) struct Subscriber {
    /// The checkpoint that was stored before it came.
    pub(super) checkpoint: u64,
    in_flight: VecDeque<usize>,
    /// How many deliveries have been acknowledged: the number of the first one in flight.
    acknowledged: u64,
    /// The number of the last delivery of each event in flight.
    latest: HashMap<usize, u64>,
    /// How far it has come in each key.
    reached: HashMap<usize, usize>,
}

impl Subscriber {
    pub(super) fn after(checkpoint: u64) -> Self {
        Self {
            checkpoint,
            ..Self::default()
        }
    }

    pub(super) fn delivered(&mut self, event: usize) {
        let delivery = self.acknowledged + u64::try_from(self.in_flight.len()).unwrap_or(u64::MAX);
        self.in_flight.push_back(event);
        self.latest.insert(event, delivery);
    }

    /// Takes what the acknowledgement of an event is about: all that was delivered before it as well.
    pub(super) fn acknowledge(&mut self, event: usize) -> Vec<usize> {
        let Some(delivery) = self.latest.get(&event).copied() else {
            return Vec::new();
        };
        let mut taken = Vec::new();
        while self.acknowledged <= delivery
            && let Some(event) = self.in_flight.pop_front()
        {
            if self.latest.get(&event) == Some(&self.acknowledged) {
                self.latest.remove(&event);
            }
            self.acknowledged += 1;
            taken.push(event);
        }
        taken
    }

    /// How many events of the key were delivered to it, or were dealt with when the last one was.
    pub(super) fn reached(&self, key: usize) -> usize {
        self.reached.get(&key).copied().unwrap_or(0)
    }

    pub(super) fn reach(&mut self, key: usize, events: usize) {
        self.reached.insert(key, events);
    }
}
