//! Operations that meet another one that is carried out, but not committed: each pair, ended either way.

mod held;
mod operation;

use eventstore_core::{
    Append, EventId, EventWriter, ExpectedVersion, Idempotence, NewEvent, Read, StreamDirectory, StreamName,
};
use eventstore_postgres::{Layout, Severity};
use sqlx::{Connection, Executor};

use self::held::{End, Met, Stage};
use self::operation::{Answer, Operation};
use crate::support::{self, Fixture, event, in_both_layouts};

in_both_layouts! {
    whatever_meets_an_append_comes_after_it,
    whatever_meets_a_link_comes_after_it,
    whatever_meets_a_soft_delete_sees_it,
    whatever_meets_a_hard_delete_sees_it,
    whatever_meets_a_creation_by_an_append_sees_it,
    whatever_meets_a_creation_by_a_link_sees_it,
    only_a_hard_delete_waits_for_a_link_of_its_events,
    a_link_waits_only_for_a_hard_delete_of_its_events,
    only_appends_wait_for_an_append_to_another_stream,
    positions_follow_the_order_of_commits_without_a_gap,
    a_repeated_append_waits_for_its_first_attempt,
    an_append_whose_caller_has_gone_leaves_the_pool_in_order,
}

use Answer::{Deleted, EventsNotFound, Exists, IsDeleted, NotFound, WrongVersion, Wrote};
use ExpectedVersion::{Any, NoStream, StreamExists};

fn exactly(version: u32) -> ExpectedVersion {
    ExpectedVersion::Exact(version.into())
}

/// A stream, one with four events that can be linked into it, and one that is not there yet.
struct Scene {
    stream: StreamName,
    source: StreamName,
    copies: StreamName,
    ids: [EventId; 4],
}

impl Scene {
    /// The stream holds this many events, or does not exist.
    async fn set(fixture: &Fixture, name: &str, events: usize) -> Self {
        let kinds = ["stream", "source", "copies"];
        let [stream, source, copies] = kinds.map(|kind| StreamName::new(format!("{kind}-{name}")).unwrap());
        if events > 0 {
            fixture.append(stream.as_str(), NoStream, events).await.unwrap();
        }
        let new: [NewEvent; 4] = std::array::from_fn(|_| event());
        let ids = new.each_ref().map(|event| event.id);
        let append = Append::new(source.clone(), NoStream, new.to_vec()).unwrap();
        fixture.store.append(append).await.unwrap();
        Self {
            stream,
            source,
            copies,
            ids,
        }
    }

    fn link(&self, expected: ExpectedVersion) -> Operation {
        Operation::link(&self.stream, expected, &self.ids[..2])
    }

    fn link_others(&self, expected: ExpectedVersion) -> Operation {
        Operation::link(&self.stream, expected, &self.ids[2..])
    }
}

type Act = fn(&Scene) -> Operation;

/// A second operation, and its answers after the commit of the first one and after its rollback.
type Encounter = (Act, Answer, Answer);

/// Plays each second operation against the first one on a stream with this many events; it has to wait.
async fn play(layout: Layout, events: usize, first: Act, encounters: &[Encounter]) {
    let mut stage = Stage::of(layout).await;
    for (index, &(second, committed, rolled_back)) in encounters.iter().enumerate() {
        for (end, answer) in [(End::Commit, committed), (End::Rollback, rolled_back)] {
            let scene = Scene::set(&stage.fixture, &format!("{index}-{end:?}"), events).await;
            let met = stage.play(first(&scene), end, second(&scene)).await;
            let expected = Met { answer, waited: true };
            assert_eq!(met, expected, "{:?} after {end:?}", second(&scene));
            assert_is_sound(&stage.fixture, &scene).await;
        }
    }
}

/// Plays each second operation against the first one; it does not have to wait.
async fn play_without_waiting(layout: Layout, events: usize, first: Act, encounters: &[(Act, Answer)]) {
    let mut stage = Stage::of(layout).await;
    for (index, &(second, answer)) in encounters.iter().enumerate() {
        for end in [End::Commit, End::Rollback] {
            let scene = Scene::set(&stage.fixture, &format!("{index}-{end:?}"), events).await;
            let met = stage.play(first(&scene), end, second(&scene)).await;
            let expected = Met { answer, waited: false };
            assert_eq!(met, expected, "{:?} beside {end:?}", second(&scene));
            assert_is_sound(&stage.fixture, &scene).await;
        }
    }
}

/// Nothing is damaged, and unless its links have vanished, the stream holds as many events as its version says.
async fn assert_is_sound(fixture: &Fixture, scene: &Scene) {
    let findings = fixture.store.verify().await.unwrap();
    assert!(
        findings.iter().all(|finding| finding.severity == Severity::Notice),
        "{findings:?}"
    );
    let info = async |name: &StreamName| fixture.store.stream_info(&name.clone().into()).await;
    if let (Ok(info), Ok(_)) = (info(&scene.stream).await, info(&scene.source).await) {
        let events = fixture.read(Read::new(scene.stream.clone())).await;
        assert_eq!(u64::try_from(events.len()).unwrap(), info.version.get());
    }
}

/// Behaviours: R1.11, R1.21, R1.22, R1.23, R3.10, R4.3, R4.14, T6, T7, T8.
async fn whatever_meets_an_append_comes_after_it(layout: Layout) {
    play(layout, 3, |scene| Operation::append(&scene.stream, Any), AFTER_TWO_MORE).await;
}

/// Behaviours: R3.10, R4.3, R4.14, T6, T8.
async fn whatever_meets_a_link_comes_after_it(layout: Layout) {
    play(layout, 3, |scene| scene.link(Any), AFTER_TWO_MORE).await;
}

/// Behaviours: R1.15, R1.24, R4.4, T8, T29.
async fn whatever_meets_a_soft_delete_sees_it(layout: Layout) {
    play(
        layout,
        3,
        |scene| Operation::soft_delete(&scene.stream, Any),
        AFTER_A_SOFT_DELETE,
    )
    .await;
}

/// Behaviours: R1.16, R1.25, R4.14, T3.
async fn whatever_meets_a_hard_delete_sees_it(layout: Layout) {
    play(
        layout,
        3,
        |scene| Operation::hard_delete(&scene.stream, Any),
        AFTER_A_HARD_DELETE,
    )
    .await;
}

/// Behaviours: R1.19, R1.20, R3.11, T9.
async fn whatever_meets_a_creation_by_an_append_sees_it(layout: Layout) {
    let create: Act = |scene| Operation::append(&scene.stream, NoStream);
    play(layout, 0, create, AFTER_A_CREATION).await;
    play_without_waiting(layout, 0, create, BESIDE_A_CREATION).await;
}

/// Behaviours: R1.19, R1.20, R3.11, T9.
async fn whatever_meets_a_creation_by_a_link_sees_it(layout: Layout) {
    let create: Act = |scene| scene.link(NoStream);
    play(layout, 0, create, AFTER_A_CREATION).await;
    play_without_waiting(layout, 0, create, BESIDE_A_CREATION).await;
}

/// What waits for two more events in a stream of three.
const AFTER_TWO_MORE: &[Encounter] = &[
    (|scene| Operation::append(&scene.stream, Any), Wrote(6, 7), Wrote(4, 5)),
    (
        |scene| Operation::append(&scene.stream, StreamExists),
        Wrote(6, 7),
        Wrote(4, 5),
    ),
    (
        |scene| Operation::append(&scene.stream, exactly(3)),
        WrongVersion(Some(5)),
        Wrote(4, 5),
    ),
    (|scene| Operation::append(&scene.stream, NoStream), Exists(5), Exists(3)),
    (|scene| Operation::set(&scene.stream, Any), Wrote(6, 7), Wrote(4, 5)),
    (
        |scene| Operation::set(&scene.stream, exactly(3)),
        WrongVersion(Some(5)),
        Wrote(4, 5),
    ),
    (|scene| scene.link_others(Any), Wrote(6, 7), Wrote(4, 5)),
    (
        |scene| scene.link_others(exactly(3)),
        WrongVersion(Some(5)),
        Wrote(4, 5),
    ),
    (|scene| Operation::soft_delete(&scene.stream, Any), Deleted, Deleted),
    (
        |scene| Operation::soft_delete(&scene.stream, exactly(3)),
        WrongVersion(Some(5)),
        Deleted,
    ),
    (|scene| Operation::hard_delete(&scene.stream, Any), Deleted, Deleted),
    (
        |scene| Operation::hard_delete(&scene.stream, exactly(3)),
        WrongVersion(Some(5)),
        Deleted,
    ),
];

/// What waits for the soft delete of a stream of three events.
const AFTER_A_SOFT_DELETE: &[Encounter] = &[
    (|scene| Operation::append(&scene.stream, Any), IsDeleted, Wrote(4, 5)),
    (
        |scene| Operation::append(&scene.stream, StreamExists),
        IsDeleted,
        Wrote(4, 5),
    ),
    (
        |scene| Operation::append(&scene.stream, exactly(3)),
        IsDeleted,
        Wrote(4, 5),
    ),
    (|scene| Operation::append(&scene.stream, NoStream), IsDeleted, Exists(3)),
    (|scene| Operation::set(&scene.stream, Any), IsDeleted, Wrote(4, 5)),
    (|scene| scene.link(Any), IsDeleted, Wrote(4, 5)),
    (|scene| scene.link(exactly(3)), IsDeleted, Wrote(4, 5)),
    (|scene| Operation::soft_delete(&scene.stream, Any), IsDeleted, Deleted),
    (
        |scene| Operation::soft_delete(&scene.stream, exactly(3)),
        IsDeleted,
        Deleted,
    ),
    (|scene| Operation::hard_delete(&scene.stream, Any), Deleted, Deleted),
    (
        |scene| Operation::hard_delete(&scene.stream, exactly(3)),
        Deleted,
        Deleted,
    ),
];

/// What waits for the hard delete of a stream of three events.
const AFTER_A_HARD_DELETE: &[Encounter] = &[
    (|scene| Operation::append(&scene.stream, Any), Wrote(1, 2), Wrote(4, 5)),
    (
        |scene| Operation::append(&scene.stream, StreamExists),
        NotFound,
        Wrote(4, 5),
    ),
    (
        |scene| Operation::append(&scene.stream, exactly(3)),
        WrongVersion(None),
        Wrote(4, 5),
    ),
    (
        |scene| Operation::append(&scene.stream, NoStream),
        Wrote(1, 2),
        Exists(3),
    ),
    (|scene| Operation::set(&scene.stream, Any), Wrote(1, 2), Wrote(4, 5)),
    (
        |scene| Operation::set(&scene.stream, StreamExists),
        NotFound,
        Wrote(4, 5),
    ),
    (|scene| scene.link(Any), Wrote(1, 2), Wrote(4, 5)),
    (|scene| scene.link(exactly(3)), WrongVersion(None), Wrote(4, 5)),
    (|scene| Operation::soft_delete(&scene.stream, Any), NotFound, Deleted),
    (
        |scene| Operation::soft_delete(&scene.stream, exactly(3)),
        WrongVersion(None),
        Deleted,
    ),
    (|scene| Operation::hard_delete(&scene.stream, Any), NotFound, Deleted),
    (
        |scene| Operation::hard_delete(&scene.stream, exactly(3)),
        WrongVersion(None),
        Deleted,
    ),
];

/// What waits for the creation of a stream with two events.
const AFTER_A_CREATION: &[Encounter] = &[
    (|scene| Operation::append(&scene.stream, Any), Wrote(3, 4), Wrote(1, 2)),
    (
        |scene| Operation::append(&scene.stream, NoStream),
        Exists(2),
        Wrote(1, 2),
    ),
    (
        |scene| Operation::append(&scene.stream, exactly(0)),
        WrongVersion(Some(2)),
        Wrote(1, 2),
    ),
    (|scene| Operation::set(&scene.stream, Any), Wrote(3, 4), Wrote(1, 2)),
    (|scene| Operation::set(&scene.stream, NoStream), Exists(2), Wrote(1, 2)),
    (|scene| scene.link_others(Any), Wrote(3, 4), Wrote(1, 2)),
    (|scene| scene.link_others(NoStream), Exists(2), Wrote(1, 2)),
    (
        |scene| scene.link_others(exactly(0)),
        WrongVersion(Some(2)),
        Wrote(1, 2),
    ),
];

/// Calls that need the stream to exist, and see that no one has committed one.
const BESIDE_A_CREATION: &[(Act, Answer)] = &[
    (|scene| Operation::append(&scene.stream, StreamExists), NotFound),
    (|scene| Operation::append(&scene.stream, exactly(2)), WrongVersion(None)),
    (|scene| scene.link_others(StreamExists), NotFound),
    (|scene| Operation::soft_delete(&scene.stream, Any), NotFound),
    (
        |scene| Operation::soft_delete(&scene.stream, exactly(2)),
        WrongVersion(None),
    ),
    (|scene| Operation::hard_delete(&scene.stream, Any), NotFound),
    (
        |scene| Operation::hard_delete(&scene.stream, exactly(2)),
        WrongVersion(None),
    ),
];

/// Behaviours: R3.3, R4.10, R4.14.
async fn only_a_hard_delete_waits_for_a_link_of_its_events(layout: Layout) {
    let link: Act = |scene| scene.link(Any);
    let hard_delete: Act = |scene| Operation::hard_delete(&scene.source, Any);
    play(layout, 0, link, &[(hard_delete, Deleted, Deleted)]).await;
    let beside: [(Act, Answer); 3] = [
        (|scene| Operation::append(&scene.source, exactly(4)), Wrote(5, 6)),
        (|scene| Operation::soft_delete(&scene.source, exactly(4)), Deleted),
        (|scene| Operation::link(&scene.copies, Any, &scene.ids), Wrote(1, 4)),
    ];
    play_without_waiting(layout, 0, link, &beside).await;
}

/// Behaviours: R3.6, R3.9, R4.14.
async fn a_link_waits_only_for_a_hard_delete_of_its_events(layout: Layout) {
    let link: Act = |scene| scene.link(Any);
    let hard_delete: Act = |scene| Operation::hard_delete(&scene.source, Any);
    play(layout, 3, hard_delete, &[(link, EventsNotFound, Wrote(4, 5))]).await;
    let others: [Act; 3] = [
        |scene| Operation::append(&scene.source, Any),
        |scene| Operation::soft_delete(&scene.source, Any),
        |scene| Operation::link(&scene.copies, Any, &scene.ids),
    ];
    for first in others {
        play_without_waiting(layout, 3, first, &[(link, Wrote(4, 5))]).await;
    }
}

/// Behaviours: R13.6, R17.2.
async fn only_appends_wait_for_an_append_to_another_stream(layout: Layout) {
    let elsewhere: Act = |scene| Operation::append(&scene.source, Any);
    let waiting: [Encounter; 2] = [
        (
            |scene| Operation::append(&scene.stream, exactly(3)),
            Wrote(4, 5),
            Wrote(4, 5),
        ),
        (
            |scene| Operation::set(&scene.stream, exactly(3)),
            Wrote(4, 5),
            Wrote(4, 5),
        ),
    ];
    play(layout, 3, elsewhere, &waiting).await;
    let beside: [(Act, Answer); 3] = [
        (|scene| scene.link(exactly(3)), Wrote(4, 5)),
        (|scene| Operation::soft_delete(&scene.stream, exactly(3)), Deleted),
        (|scene| Operation::hard_delete(&scene.stream, exactly(3)), Deleted),
    ];
    play_without_waiting(layout, 3, elsewhere, &beside).await;
}

/// Behaviours: R1.9.
async fn positions_follow_the_order_of_commits_without_a_gap(layout: Layout) {
    for (end, streams) in [(End::Commit, &["b", "b", "a", "a"][..]), (End::Rollback, &["a", "a"])] {
        let mut stage = Stage::of(layout).await;
        let [a, b] = ["a", "b"].map(|name| Operation::append(&StreamName::new(name).unwrap(), NoStream));
        let first = stage.hold(b).await;
        assert_eq!(stage.fixture.read(Read::all()).await, []);

        let store = stage.fixture.store.clone();
        let second = tokio::spawn(async move { a.perform(&store).await });
        stage.until_another_waits().await;
        assert_eq!(stage.fixture.read(Read::all()).await, []);
        stage.let_go(first, end).await;
        assert_eq!(second.await.unwrap(), Wrote(1, 2));

        let events = stage.fixture.read(Read::all()).await;
        let found: Vec<_> = events.iter().map(|event| event.stream.as_str()).collect();
        assert_eq!(found, streams);
        let numbers = events.iter().map(|event| event.number.get());
        assert!(numbers.eq(1..=u64::try_from(streams.len()).unwrap()), "{events:?}");
    }
}

/// Behaviours: R1.28, R15.3.
async fn a_repeated_append_waits_for_its_first_attempt(layout: Layout) {
    let mut stage = Stage::of(layout).await;
    for (name, events, before) in [("new", 0, NoStream), ("old", 3, exactly(3))] {
        for end in [End::Commit, End::Rollback] {
            let scene = Scene::set(&stage.fixture, &format!("{name}-{end:?}"), events).await;
            let append = support::append(scene.stream.as_str(), before, 2).with_idempotence(Idempotence::ByIds);
            let [first, second] = [append.clone(), append].map(Operation::Append);
            let (first_version, last_version) = if events == 0 { (1, 2) } else { (4, 5) };
            let answer = match end {
                End::Commit => Answer::Repeated(first_version, last_version),
                End::Rollback => Wrote(first_version, last_version),
            };
            let met = stage.play(first, end, second).await;
            assert_eq!(met, Met { answer, waited: true }, "{name} after {end:?}");
            assert_is_sound(&stage.fixture, &scene).await;
        }
    }
}

async fn an_append_whose_caller_has_gone_leaves_the_pool_in_order(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("UPDATE streams SET stream_version = stream_version WHERE stream_uuid = 's'")
        .await
        .unwrap();
    for _ in 0..20 {
        let append = fixture.append("s", ExpectedVersion::Any, 1);
        tokio::select! {
            biased;
            () = fixture.somebody_waits_for_a_lock() => {}
            answer = append => panic!("the append did not wait: {answer:?}"),
        }
    }
    transaction.commit().await.unwrap();
    fixture.append("t", ExpectedVersion::NoStream, 1).await.unwrap();
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}
