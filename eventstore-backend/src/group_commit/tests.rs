use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eventstore_core::backend::{AppendGroup, GroupLimits, Patience, QueuedAppend};
use eventstore_core::{Append, AppendReceipt, Error, EventType, ExpectedVersion, NewEvent, Position, StreamName};
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{Admission, AppendOutcome, CommitGroup, CommittedGroup, Committer};

/// A storage that commits a group for each permit, and keeps what it was given and told.
#[derive(Clone)]
struct Storage(Arc<Inner>);

struct Inner {
    permits: Semaphore,
    groups: Mutex<Vec<(Patience, Vec<String>)>>,
    told: Mutex<Vec<Position>>,
    is_in_place: bool,
    outcome: fn(&QueuedAppend) -> AppendOutcome,
}

impl Storage {
    fn new(permits: usize, outcome: fn(&QueuedAppend) -> AppendOutcome) -> Self {
        Self::of(permits, false, outcome)
    }

    fn in_place(permits: usize) -> Self {
        Self::of(permits, true, made)
    }

    fn of(permits: usize, is_in_place: bool, outcome: fn(&QueuedAppend) -> AppendOutcome) -> Self {
        Self(Arc::new(Inner {
            is_in_place,
            permits: Semaphore::new(permits),
            groups: Mutex::default(),
            told: Mutex::default(),
            outcome,
        }))
    }

    fn groups(&self) -> Vec<(Patience, Vec<String>)> {
        self.0.groups.lock().unwrap().clone()
    }
}

impl CommitGroup for Storage {
    async fn commit(&self, group: AppendGroup, admission: &Admission) -> CommittedGroup {
        let _admitted = admission.admit().await;
        self.0.permits.acquire().await.unwrap().forget();
        let streams = group
            .appends()
            .iter()
            .map(|queued| queued.append().stream().to_string());
        let streams: Vec<_> = streams.collect();
        assert!(!streams.contains(&"panic".to_owned()), "as it was asked to");
        self.0.groups.lock().unwrap().push((group.patience(), streams));
        CommittedGroup::with(group, self.0.outcome)
    }

    fn commits_in_place(&self) -> bool {
        self.0.is_in_place
    }

    fn committed(&self, _: &Append, receipt: &AppendReceipt, _: Instant) {
        self.0.told.lock().unwrap().push(receipt.first_position);
    }

    fn give_up_after(&self, attempts: u32) -> Option<Error> {
        (attempts >= 3).then(|| Error::Aborted {
            source: "three attempts".into(),
        })
    }

    fn pause_after(&self, attempts: u32) -> Duration {
        Duration::from_millis(attempts.into())
    }
}

fn append(stream: &str) -> Append {
    let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
    Append::new(StreamName::new(stream).unwrap(), ExpectedVersion::Any, vec![event]).unwrap()
}

/// Streams with a number are appended to at this position.
fn made(queued: &QueuedAppend) -> AppendOutcome {
    let stream = queued.append().stream().clone();
    let position = stream.as_str().parse::<u32>().unwrap_or_default();
    AppendOutcome::Answered(AppendReceipt::following(stream, 0_u32.into(), position.into(), 1))
}

fn committer(storage: &Storage) -> Arc<Committer<Storage>> {
    Arc::new(Committer::new(storage.clone(), GroupLimits::default()))
}

#[tokio::test(start_paused = true)]
async fn appends_that_wait_share_the_next_group_and_are_told_in_the_order_of_their_positions() {
    let storage = Storage::new(0, made);
    let committer = committer(&storage);
    let calls: Vec<_> = ["5", "9", "7", "8"]
        .map(|stream| {
            let committer = Arc::clone(&committer);
            tokio::spawn(async move { committer.append(append(stream)).await })
        })
        .into();
    tokio::task::yield_now().await;
    storage.0.permits.add_permits(2);
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let sizes: Vec<_> = storage.groups().iter().map(|(_, streams)| streams.len()).collect();
    assert_eq!(sizes, [1, 3]);
    let told = storage.0.told.lock().unwrap().clone();
    assert_eq!(told, [6, 8, 9, 10].map(|position: u32| position.into()));
}

#[tokio::test(start_paused = true)]
async fn an_append_is_retried_until_the_backend_gives_it_up() {
    let storage = Storage::new(9, |_| AppendOutcome::Again);
    let error = committer(&storage).append(append("s")).await.unwrap_err();
    assert!(matches!(error, Error::Aborted { .. }), "{error:?}");
    assert_eq!(storage.groups().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_append_that_has_to_wait_goes_into_a_patient_group() {
    let storage = Storage::new(9, |queued| match queued.attempts() {
        1 => AppendOutcome::Alone,
        _ => made(queued),
    });
    committer(&storage).append(append("s")).await.unwrap();
    let patience: Vec<_> = storage.groups().iter().map(|(patience, _)| *patience).collect();
    assert_eq!(patience, [Patience::Prompt, Patience::Patient]);
}

#[tokio::test(start_paused = true)]
async fn an_append_whose_caller_goes_away_leaves_the_queue() {
    let storage = Storage::new(0, made);
    let committer = committer(&storage);
    let first = tokio::spawn({
        let committer = Arc::clone(&committer);
        async move { committer.append(append("first")).await }
    });
    tokio::task::yield_now().await;
    let gone = tokio::time::timeout(Duration::from_millis(1), committer.append(append("gone")));
    assert!(gone.await.is_err());
    storage.0.permits.add_permits(2);
    first.await.unwrap().unwrap();
    committer.close().await;
    assert_eq!(storage.groups(), [(Patience::Prompt, vec!["first".to_owned()])]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_leaves_the_outcome_unknown_and_the_next_group_goes_on() {
    let storage = Storage::new(9, made);
    let committer = committer(&storage);
    let error = committer.append(append("panic")).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
    committer.append(append("s")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn callers_that_send_nothing_more_are_hardly_waited_for() {
    let storage = Storage::new(0, made);
    let committer = committer(&storage);
    let calls: Vec<_> = (0..100)
        .map(|number| {
            let committer = Arc::clone(&committer);
            tokio::spawn(async move { committer.append(append(&number.to_string())).await })
        })
        .collect();
    tokio::task::yield_now().await;
    storage.0.permits.add_permits(10);
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let mut last = Box::pin(committer.append(append("last")));
    let mut steps = 0;
    while last.as_mut().now_or_never().is_none() {
        tokio::task::yield_now().await;
        steps += 1;
    }
    assert!(steps < 20, "{steps}");
}

#[tokio::test(start_paused = true)]
async fn the_caller_that_begins_a_group_commits_it_where_that_can_be_done_in_place() {
    let committer = committer(&Storage::in_place(1));
    let answer = Box::pin(committer.append(append("7"))).now_or_never();
    assert_eq!(answer.unwrap().unwrap().first_position, 8.into());
}

#[tokio::test(start_paused = true)]
async fn what_a_caller_has_begun_in_place_is_carried_out_though_the_caller_goes_away() {
    let storage = Storage::in_place(0);
    let committer = committer(&storage);
    assert!(Box::pin(committer.append(append("7"))).now_or_never().is_none());
    storage.0.permits.add_permits(1);
    committer.close().await;
    assert_eq!(storage.groups(), [(Patience::Prompt, vec!["7".to_owned()])]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_place_is_no_panic_of_the_caller() {
    let committer = committer(&Storage::in_place(9));
    let error = committer.append(append("panic")).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
    committer.append(append("s")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_closed_committer_has_answered_all_and_refuses_more() {
    let storage = Storage::new(0, made);
    let committer = committer(&storage);
    let last = tokio::spawn({
        let committer = Arc::clone(&committer);
        async move { committer.append(append("last")).await }
    });
    tokio::task::yield_now().await;
    storage.0.permits.add_permits(1);
    committer.close().await;
    last.await.unwrap().unwrap();
    let refused = committer.append(append("late")).await.unwrap_err();
    assert!(matches!(refused, Error::StoreClosed), "{refused:?}");
}
