//! Drives the queue through random histories, and judges each group that it hands out.

use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroUsize;

use proptest::prelude::*;
use proptest::sample::Index;

use super::queue_tests::append;
use super::*;
use crate::{ExpectedVersion, StreamName};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn keeps_its_contract_through_any_history(
        limits in limits(),
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut world = World::new(limits);
        for step in steps {
            world.take(step);
        }
        world.end();
    }
}

#[derive(Debug, Clone)]
enum Step {
    Submit {
        stream: u8,
        expected: ExpectedVersion,
        ids: HashSet<u8>,
    },
    Withdraw(Index),
    Begin,
    /// Ends a group; the bits tell which appends come back, and which of these patiently.
    Finish {
        group: Index,
        again: u16,
        patiently: u16,
    },
    Split(Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_u8, expected(), prop::collection::hash_set(0..40_u8, 1..4))
            .prop_map(|(stream, expected, ids)| Step::Submit { stream, expected, ids }),
        1 => any::<Index>().prop_map(Step::Withdraw),
        3 => Just(Step::Begin),
        2 => (any::<Index>(), any::<u16>(), any::<u16>())
            .prop_map(|(group, again, patiently)| Step::Finish { group, again, patiently }),
        1 => any::<Index>().prop_map(Step::Split),
    ]
}

fn expected() -> impl Strategy<Value = ExpectedVersion> {
    prop_oneof![
        3 => Just(ExpectedVersion::Any),
        1 => Just(ExpectedVersion::StreamExists),
        1 => Just(ExpectedVersion::NoStream),
        1 => (0..3_u32).prop_map(|version| ExpectedVersion::Exact(version.into())),
    ]
}

fn limits() -> impl Strategy<Value = GroupLimits> {
    let groups = || (1..3_usize).prop_map(|groups| NonZeroUsize::new(groups).unwrap());
    let limits = (groups(), groups(), 1..6_usize, 1..8_usize);
    limits.prop_map(|(prompt_groups, patient_groups, worthwhile, events)| GroupLimits {
        prompt_groups,
        patient_groups,
        worthwhile,
        events,
        ..GroupLimits::default()
    })
}

/// Everything that was submitted and is not done, and the groups under way.
struct World {
    limits: GroupLimits,
    queue: AppendQueue,
    submitted: BTreeMap<Ticket, StreamName>,
    under_way: Vec<AppendGroup>,
}

impl World {
    fn new(limits: GroupLimits) -> Self {
        Self {
            limits,
            queue: AppendQueue::new(limits),
            submitted: BTreeMap::new(),
            under_way: Vec::new(),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Submit { stream, expected, ids } => {
                let append = append(&format!("s{stream}"), expected, ids.into_iter().map(u128::from));
                let stream = append.stream().clone();
                let ticket = self.queue.submit(append);
                self.submitted.insert(ticket, stream);
            }
            Step::Withdraw(index) => self.withdraw(index),
            Step::Begin => self.begin(),
            Step::Finish {
                group,
                again,
                patiently,
            } => self.finish(group.index(usize::MAX), again, patiently),
            Step::Split(group) => self.split(group.index(usize::MAX)),
        }
        assert_eq!(self.queue.is_idle(), self.submitted.is_empty());
    }

    fn withdraw(&mut self, index: Index) {
        let tickets: Vec<_> = self.submitted.clone().into_iter().collect();
        if tickets.is_empty() {
            return;
        }
        let (ticket, stream) = index.get(&tickets);
        if self.queue.withdraw(*ticket, stream) {
            assert!(self.under_way().all(|append| append.ticket() != *ticket));
            self.submitted.remove(ticket);
        }
    }

    fn under_way(&self) -> impl Iterator<Item = &QueuedAppend> {
        self.under_way.iter().flat_map(AppendGroup::appends)
    }

    fn begin(&mut self) {
        if let Some(group) = self.queue.next_group() {
            self.judge(&group);
            self.under_way.push(group);
        }
    }

    fn judge(&self, group: &AppendGroup) {
        self.judge_exclusion(group);
        self.judge_limits(group);
        for fold in group.folds() {
            self.judge_fold(fold);
        }
    }

    fn judge_exclusion(&self, group: &AppendGroup) {
        let streams: Vec<_> = group.folds().map(|fold| fold[0].append().stream()).collect();
        let distinct: HashSet<_> = streams.iter().collect();
        assert_eq!(
            distinct.len(),
            streams.len(),
            "the appends to one stream are not adjacent"
        );
        assert!(
            self.under_way()
                .all(|other| !streams.contains(&other.append().stream()))
        );
        let ids: Vec<_> = group
            .appends()
            .iter()
            .flat_map(|append| append.append().event_ids())
            .collect();
        assert_eq!(
            ids.iter().collect::<HashSet<_>>().len(),
            ids.len(),
            "an id is in the group twice"
        );
        assert!(
            group
                .appends()
                .iter()
                .all(|append| self.submitted.contains_key(&append.ticket()))
        );
    }

    fn judge_limits(&self, group: &AppendGroup) {
        let events: usize = group
            .appends()
            .iter()
            .map(|append| append.append().events().len())
            .sum();
        assert!(group.appends().len() == 1 || events <= self.limits.events);
        let alike = self
            .under_way
            .iter()
            .filter(|other| other.patience() == group.patience())
            .count();
        let most = match group.patience() {
            Patience::Prompt => self.limits.prompt_groups,
            Patience::Patient => self.limits.patient_groups,
        };
        assert!(alike < most.get());
        assert!(group.patience() == Patience::Prompt || group.appends().len() == 1);
    }

    fn judge_fold(&self, fold: &[QueuedAppend]) {
        let first = fold[0].append();
        assert!(fold.is_sorted_by_key(QueuedAppend::ticket));
        assert!(fold.iter().all(|append| append.append().expected() == first.expected()));
        assert!(fold.len() == 1 || first.expected().required_version().is_none());
        let last = fold[fold.len() - 1].ticket();
        let mut earlier = self
            .submitted
            .range(..last)
            .filter(|(_, stream)| *stream == first.stream());
        assert!(
            earlier.all(|(ticket, _)| fold.iter().any(|append| append.ticket() == *ticket)),
            "one overtook another to its stream"
        );
    }

    fn finish(&mut self, group: usize, again: u16, patiently: u16) {
        let Some(group) = self.remove(group) else { return };
        let id = group.id();
        let mut back = Vec::new();
        for (bit, append) in (0..16).cycle().zip(group.into_appends()) {
            match (again & (1 << bit) != 0, patiently & (1 << bit) != 0) {
                (false, _) => drop(self.submitted.remove(&append.ticket())),
                (true, false) => back.push(append),
                (true, true) => back.push(append.patiently()),
            }
        }
        self.queue.finish(id, back);
    }

    fn split(&mut self, group: usize) {
        let Some(group) = self.remove(group) else { return };
        let id = group.id();
        self.queue.split(id, group.into_halves());
    }

    fn remove(&mut self, group: usize) -> Option<AppendGroup> {
        let groups = self.under_way.len();
        (groups > 0).then(|| self.under_way.remove(group % groups))
    }

    /// Whatever is left gets done once every group succeeds.
    fn end(mut self) {
        while !self.submitted.is_empty() {
            self.begin();
            assert!(!self.under_way.is_empty(), "{:?} are stuck", self.submitted);
            self.finish(0, 0, 0);
        }
        assert!(self.queue.is_idle() && self.queue.next_group().is_none());
    }
}
