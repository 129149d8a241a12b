use std::num::NonZeroUsize;
use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::{Append, EventType, ExpectedVersion, NewEvent, StreamName};

use ExpectedVersion::{Any, NoStream, StreamExists};

/// An append of events with these ids.
pub(super) fn append(stream: &str, expected: ExpectedVersion, ids: impl IntoIterator<Item = u128>) -> Arc<Append> {
    let event = |id| NewEvent::new(Uuid::from_u128(id), EventType::new("Happened").unwrap(), "{}");
    let events = ids.into_iter().map(event);
    Arc::new(Append::new(StreamName::new(stream).unwrap(), expected, events).unwrap())
}

/// A queue with these appends of one event each, their ids the numbers of their tickets.
fn queue(appends: &[(&str, ExpectedVersion)]) -> AppendQueue {
    let mut queue = AppendQueue::new(GroupLimits::default());
    for (id, (stream, expected)) in (1..).zip(appends) {
        queue.submit(append(stream, *expected, [id]));
    }
    queue
}

fn exact(version: u32) -> ExpectedVersion {
    ExpectedVersion::Exact(version.into())
}

fn name(stream: &str) -> StreamName {
    StreamName::new(stream).unwrap()
}

fn tickets<'a>(appends: impl IntoIterator<Item = &'a QueuedAppend>) -> Vec<u64> {
    appends.into_iter().map(|append| append.ticket().0).collect()
}

fn two_groups(worthwhile: usize) -> GroupLimits {
    GroupLimits {
        prompt_groups: NonZeroUsize::new(2).unwrap(),
        worthwhile,
        ..GroupLimits::default()
    }
}

/// The tickets of the next group.
fn next(queue: &mut AppendQueue) -> Option<Vec<u64>> {
    queue.next_group().map(|group| tickets(group.appends()))
}

/// The tickets of all groups that follow one another while each succeeds.
fn groups(queue: &mut AppendQueue) -> Vec<Vec<u64>> {
    let mut groups = Vec::new();
    while let Some(group) = queue.next_group() {
        groups.push(tickets(group.appends()));
        queue.finish(group.id(), []);
    }
    assert!(queue.is_idle());
    groups
}

#[test]
fn a_lone_append_goes_at_once_and_alone() {
    let mut queue = queue(&[("a", Any)]);
    let group = queue.next_group().unwrap();
    assert_eq!(
        (tickets(group.appends()), group.patience()),
        (vec![1], Patience::Prompt)
    );
    assert!(!queue.is_idle());
    queue.finish(group.id(), []);
    assert!(queue.is_idle() && queue.next_group().is_none());
}

#[test]
fn what_comes_during_a_commit_goes_together_in_the_next_one() {
    let mut queue = queue(&[("a", Any)]);
    let first = queue.next_group().unwrap();
    for id in 2..=4 {
        queue.submit(append(&format!("s{id}"), exact(7), [id]));
        assert!(queue.next_group().is_none());
    }
    queue.finish(first.id(), []);
    assert_eq!(groups(&mut queue), [[2, 3, 4]]);
}

#[test]
fn only_appends_with_one_answer_are_folded() {
    for (expected, folds) in [
        ([Any, Any, Any], vec![vec![1, 2, 3]]),
        ([StreamExists, StreamExists, StreamExists], vec![vec![1, 2, 3]]),
        ([Any, Any, StreamExists], vec![vec![1, 2], vec![3]]),
        ([Any, exact(1), Any], vec![vec![1], vec![2], vec![3]]),
        ([exact(1), exact(2), exact(1)], vec![vec![1], vec![2], vec![3]]),
        ([NoStream, NoStream, Any], vec![vec![1], vec![2], vec![3]]),
    ] {
        let mut queue = queue(&expected.map(|expected| ("a", expected)));
        assert_eq!(groups(&mut queue), folds, "{expected:?}");
    }
}

#[test]
fn appends_to_one_stream_stand_together_in_a_group() {
    let mut queue = queue(&[("a", Any), ("b", Any), ("a", Any), ("c", exact(1)), ("b", Any)]);
    let group = queue.next_group().unwrap();
    let folds: Vec<_> = group.folds().map(tickets).collect();
    assert_eq!(folds, [vec![1, 3], vec![2, 5], vec![4]]);
}

#[test]
fn an_id_that_is_in_the_group_waits_for_the_next_one() {
    let mut queue = AppendQueue::new(GroupLimits::default());
    for (stream, ids) in [
        ("a", vec![1, 2]),
        ("b", vec![2, 3]),
        ("c", vec![4]),
        ("a", vec![1]),
        ("b", vec![5]),
    ] {
        queue.submit(append(stream, Any, ids));
    }
    assert_eq!(groups(&mut queue), [vec![1, 3], vec![2, 5, 4]]);
}

#[test]
fn a_group_keeps_its_limits_but_for_a_single_append_beyond_them() {
    let limits = GroupLimits {
        events: 3,
        ..GroupLimits::default()
    };
    let mut queue = AppendQueue::new(limits);
    for (stream, ids) in [("a", 0..2), ("b", 10..12), ("c", 20..21), ("d", 30..40), ("e", 50..51)] {
        queue.submit(append(stream, Any, ids));
    }
    assert_eq!(groups(&mut queue), [vec![1], vec![2, 3], vec![4], vec![5]]);
}

#[test]
fn bytes_are_limited_as_well() {
    let limits = GroupLimits {
        bytes: 2 * (64 + "Happened{}".len()),
        ..GroupLimits::default()
    };
    let mut queue = AppendQueue::new(limits);
    for id in 1..=5 {
        queue.submit(append(&format!("s{id}"), Any, [id]));
    }
    assert_eq!(groups(&mut queue), [vec![1, 2], vec![3, 4], vec![5]]);
}

#[test]
fn several_groups_may_be_under_way_on_different_streams() {
    let mut queue = AppendQueue::new(two_groups(1));
    queue.submit(append("a", Any, [1]));
    assert_eq!(next(&mut queue), Some(vec![1]));
    queue.submit(append("a", Any, [2]));
    assert_eq!(next(&mut queue), None);
    queue.submit(append("b", Any, [3]));
    assert_eq!(next(&mut queue), Some(vec![3]));
    queue.submit(append("c", Any, [4]));
    assert_eq!(next(&mut queue), None);
}

#[test]
fn another_group_begins_beside_the_first_if_it_is_worth_it() {
    let mut queue = AppendQueue::new(two_groups(3));
    for id in 1..=5 {
        queue.submit(append(&format!("s{id}"), Any, [id]));
    }
    let first = queue.next_group().unwrap();
    assert_eq!(tickets(first.appends()), [1, 2, 3, 4, 5]);
    queue.submit(append("s6", Any, [6, 7]));
    assert_eq!(next(&mut queue), None);
    queue.submit(append("s7", Any, [8]));
    let second = queue.next_group().unwrap();
    assert_eq!(tickets(second.appends()), [6, 7]);
    for id in 9..=12 {
        queue.submit(append(&format!("s{id}"), Any, [id]));
    }
    assert_eq!(next(&mut queue), None);
    queue.finish(first.id(), []);
    assert_eq!(next(&mut queue), Some(vec![8, 9, 10, 11]));
}

#[test]
fn the_first_group_leaves_half_to_the_next_if_both_are_worth_it() {
    let mut queue = AppendQueue::new(two_groups(3));
    for id in 1..=7 {
        queue.submit(append(&format!("s{id}"), Any, [id]));
    }
    queue.submit(append("s1", Any, [8]));
    assert_eq!(
        (next(&mut queue), next(&mut queue)),
        (Some(vec![1, 8, 2, 3, 4]), Some(vec![5, 6, 7]))
    );
}

#[test]
fn what_is_given_back_keeps_its_place() {
    let mut queue = queue(&[("a", Any), ("b", Any), ("c", Any)]);
    let group = queue.next_group().unwrap();
    queue.submit(append("b", Any, [4]));
    let id = group.id();
    let again = group.into_appends().split_off(1);
    queue.finish(id, again);
    let group = queue.next_group().unwrap();
    assert_eq!(tickets(group.appends()), [2, 4, 3]);
    assert_eq!(
        group.appends().iter().map(QueuedAppend::attempts).collect::<Vec<_>>(),
        [2, 1, 2]
    );
}

#[test]
fn a_patient_append_waits_alone_and_holds_up_only_its_stream() {
    let mut queue = queue(&[("a", Any), ("a", Any), ("b", Any)]);
    let group = queue.next_group().unwrap();
    let id = group.id();
    let patient: Vec<_> = group
        .into_appends()
        .into_iter()
        .take(2)
        .map(QueuedAppend::patiently)
        .collect();
    queue.finish(id, patient);
    let waiting = queue.next_group().unwrap();
    assert_eq!(
        (tickets(waiting.appends()), waiting.patience()),
        (vec![1], Patience::Patient)
    );
    queue.submit(append("a", Any, [4]));
    queue.submit(append("c", Any, [5]));
    assert_eq!(next(&mut queue), Some(vec![5]));
    queue.finish(waiting.id(), []);
    let waiting = queue.next_group().unwrap();
    assert_eq!(
        (tickets(waiting.appends()), waiting.patience()),
        (vec![2], Patience::Patient)
    );
}

#[test]
fn only_so_many_groups_are_patient_at_once() {
    let mut queue = queue(&[("a", Any), ("b", Any), ("c", Any)]);
    let group = queue.next_group().unwrap();
    let id = group.id();
    queue.finish(id, group.into_appends().into_iter().map(QueuedAppend::patiently));
    assert_eq!(
        (next(&mut queue), next(&mut queue), next(&mut queue)),
        (Some(vec![1]), Some(vec![2]), None)
    );
}

#[test]
fn a_poisoned_group_is_halved_until_the_culprit_stands_alone() {
    let mut queue = queue(&[("a", Any), ("b", Any), ("b", Any), ("c", Any), ("d", Any)]);
    let (mut committed, mut transactions, mut culprit) = (Vec::new(), 0, None);
    while let Some(group) = queue.next_group() {
        transactions += 1;
        let (id, poisoned) = (group.id(), tickets(group.appends()).contains(&3));
        match group.appends() {
            appends if !poisoned => {
                committed.extend(tickets(appends));
                queue.finish(id, []);
            }
            [single] => {
                culprit = Some(single.ticket().0);
                queue.finish(id, []);
            }
            _ => queue.split(id, group.into_halves()),
        }
    }
    assert_eq!((committed, culprit, transactions), (vec![1, 2, 4, 5], Some(3), 5));
    assert!(queue.is_idle());
}

#[test]
fn parts_go_before_what_came_later_and_keep_their_streams() {
    let mut queue = queue(&[("a", Any), ("a", Any)]);
    let group = queue.next_group().unwrap();
    queue.submit(append("a", Any, [3]));
    queue.submit(append("b", Any, [4]));
    let id = group.id();
    queue.split(id, group.into_halves());
    assert_eq!(groups(&mut queue), [vec![1], vec![2], vec![3, 4]]);
}

#[test]
fn nothing_joins_a_part() {
    let mut queue = queue(&[("a", Any), ("b", Any), ("c", Any)]);
    let group = queue.next_group().unwrap();
    let id = group.id();
    let mut appends = group.into_appends();
    let culprit = appends.remove(1);
    queue.submit(append("a", Any, [4]));
    queue.submit(append("d", Any, [5]));
    queue.split(id, vec![appends, Vec::new(), vec![culprit]]);
    assert_eq!(groups(&mut queue), [vec![1, 3], vec![2], vec![4, 5]]);
}

#[test]
fn what_comes_back_from_a_part_is_not_overtaken_by_the_other_parts() {
    let mut queue = queue(&[("a", Any), ("a", Any), ("a", Any), ("b", Any)]);
    let group = queue.next_group().unwrap();
    let id = group.id();
    queue.split(id, group.into_halves());
    let front = queue.next_group().unwrap();
    assert_eq!(tickets(front.appends()), [1, 2]);
    let id = front.id();
    queue.finish(id, front.into_appends());
    assert_eq!(groups(&mut queue), [vec![4], vec![1, 2, 3]]);
}

#[test]
fn a_part_waits_for_those_before_it_that_hold_its_streams() {
    let mut queue = AppendQueue::new(two_groups(2));
    for (id, stream) in (1..).zip(["a", "a", "b", "b"]) {
        queue.submit(append(stream, Any, [id]));
    }
    let group = queue.next_group().unwrap();
    let id = group.id();
    let appends = group.into_appends();
    let part = |places: &[usize]| places.iter().map(|place| appends[*place].clone()).collect();
    queue.split(id, vec![part(&[0]), part(&[1, 2]), part(&[3])]);
    let first = queue.next_group().unwrap();
    assert_eq!(tickets(first.appends()), [1]);
    queue.submit(append("c", Any, [5, 6]));
    assert_eq!((next(&mut queue), next(&mut queue)), (Some(vec![5]), None));
    queue.finish(first.id(), []);
    assert_eq!((next(&mut queue), next(&mut queue)), (Some(vec![2, 3]), None));
}

#[test]
fn a_part_that_waits_can_be_withdrawn_from() {
    let mut queue = queue(&[("a", Any), ("b", Any), ("c", Any)]);
    let group = queue.next_group().unwrap();
    let id = group.id();
    let tickets: Vec<_> = group.appends().iter().map(QueuedAppend::ticket).collect();
    let parts = group.into_appends().into_iter().map(|append| vec![append]);
    queue.split(id, parts.collect());
    let first = queue.next_group().unwrap();
    assert!(!queue.withdraw(tickets[0], &name("a")));
    assert!(queue.withdraw(tickets[1], &name("b")));
    assert!(!queue.withdraw(tickets[1], &name("b")));
    queue.finish(first.id(), []);
    assert_eq!(groups(&mut queue), [[3]]);
}

#[test]
fn only_what_is_in_no_group_can_be_withdrawn() {
    let mut queue = queue(&[("a", Any)]);
    let group = queue.next_group().unwrap();
    let waiting = queue.submit(append("a", Any, [2]));
    let last = queue.submit(append("a", Any, [3]));
    assert!(!queue.withdraw(group.appends()[0].ticket(), &name("a")));
    assert!(queue.withdraw(waiting, &name("a")));
    assert!(!queue.withdraw(waiting, &name("a")));
    assert!(!queue.withdraw(last, &name("b")));
    queue.finish(group.id(), []);
    assert_eq!(groups(&mut queue), [[3]]);
    let lone = queue.submit(append("a", Any, [4]));
    assert!(queue.withdraw(lone, &name("a")));
    assert!(queue.is_idle());
}

#[test]
fn a_group_that_is_over_can_not_end_again() {
    let mut queue = queue(&[("a", Any), ("b", Any)]);
    let group = queue.next_group().unwrap();
    let (id, appends) = (group.id(), group.into_appends());
    queue.finish(id, []);
    queue.finish(id, appends);
    assert!(queue.is_idle());
}
