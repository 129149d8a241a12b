use std::collections::VecDeque;

use crate::EventNumber;

/// The numbers of the events that are not settled, in order.
///
/// Takes at most twice the memory of the outstanding numbers, and constant time for each number where numbers have no gaps.
#[derive(Debug, Default)]
pub(super) struct Outstanding {
    numbers: VecDeque<Entry>,
    settled: usize,
}

#[derive(Debug)]
struct Entry {
    number: EventNumber,
    is_settled: bool,
}

impl Outstanding {
    pub(super) fn first(&self) -> Option<EventNumber> {
        self.numbers.front().map(|entry| entry.number)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = EventNumber> {
        let open = self.numbers.iter().filter(|entry| !entry.is_settled);
        open.map(|entry| entry.number)
    }

    /// Adds a number that is higher than all earlier ones.
    pub(super) fn add(&mut self, number: EventNumber) {
        self.numbers.push_back(Entry {
            number,
            is_settled: false,
        });
    }

    pub(super) fn settle(&mut self, number: EventNumber) {
        let Some(entry) = self.find(number).and_then(|at| self.numbers.get_mut(at)) else {
            return;
        };
        if !std::mem::replace(&mut entry.is_settled, true) {
            self.settled += 1;
            self.forget_settled();
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn find(&self, number: EventNumber) -> Option<usize> {
        let distance = number.get().checked_sub(self.first()?.get())?;
        let is_at = |at: &usize| self.numbers.get(*at).is_some_and(|entry| entry.number == number);
        // Numbers seldom have gaps, so the distance from the first number is mostly the place. The search is for
        // filtered streams.
        let without_gaps = usize::try_from(distance).ok().filter(is_at);
        without_gaps.or_else(|| self.numbers.binary_search_by_key(&number, |entry| entry.number).ok())
    }

    fn forget_settled(&mut self) {
        while self.numbers.pop_front_if(|entry| entry.is_settled).is_some() {
            self.settled -= 1;
        }
        // One slow event in front keeps all later entries. They are removed when they are more than half, so that the
        // removal stays cheap on average (ADR 39).
        if self.settled * 2 > self.numbers.len() {
            self.numbers.retain(|entry| !entry.is_settled);
            self.settled = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(numbers: impl IntoIterator<Item = u32>) -> Outstanding {
        let mut outstanding = Outstanding::default();
        for number in numbers {
            outstanding.add(number.into());
        }
        outstanding
    }

    #[test]
    fn knows_the_first_whatever_the_order_in_which_numbers_are_settled() {
        let mut outstanding = with([3, 4, 7, 9]);
        for (number, first) in [
            (4, Some(3)),
            (9, Some(3)),
            (8, Some(3)),
            (3, Some(7)),
            (3, Some(7)),
            (7, None),
        ] {
            outstanding.settle(EventNumber::from(number));
            assert_eq!(outstanding.first(), first.map(EventNumber::from), "after {number}");
        }
        assert_eq!(outstanding.settled, 0);
    }

    #[test]
    fn keeps_little_of_what_is_settled_behind_one_that_is_not() {
        let mut outstanding = Outstanding::default();
        for number in 1..=100_000_u32 {
            outstanding.add(number.into());
            if number > 1 {
                outstanding.settle(number.into());
            }
        }
        assert_eq!(outstanding.iter().collect::<Vec<_>>(), [EventNumber::FIRST]);
        assert!(outstanding.numbers.len() <= 2, "{}", outstanding.numbers.len());
    }
}
