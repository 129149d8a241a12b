use eventstore_core::{BuildChange, BuildStage, BuildState, Error, EventNumber, ProjectionBuild, StatusText};

use super::{begin, builds, change, failure, forget, named, nth, promote, states, totals, try_change};
use crate::conformance::sample::number;
use crate::conformance::{Backend, Harness, expect_error};

/// A paused build is building or live still, and goes on when it is resumed; either can be said again.
pub async fn pauses_and_resumes_a_build(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let begun = begin(&*store, 1).await;
    for stage in [BuildStage::Building, BuildStage::Live] {
        let before = builds(&*store).await[0].clone();
        let paused = ProjectionBuild {
            is_paused: true,
            ..before.clone()
        };
        for node in [&store, &other] {
            assert_eq!(change(&**node, 1, &BuildChange::Pause).await, paused);
        }
        assert_eq!((paused.stage, paused.state()), (stage, BuildState::Paused));
        assert_eq!(builds(&*store).await, [paused]);
        for node in [&other, &store] {
            assert_eq!(change(&**node, 1, &BuildChange::Resume).await, before);
        }
        assert_eq!(builds(&*other).await, [before]);
        let _ = try_change(&*store, 1, &BuildChange::Promote).await;
    }
    assert_eq!(builds(&*store).await[0].created_at, begun.created_at);
}

/// Why a build has failed is kept: the number of the event, if it is known, the text, and the time; until it is resumed or fails again.
pub async fn keeps_why_a_build_has_failed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let begun = begin(&*store, 1).await;
    let numbers = [Some(number(7)), None, Some(number(0)), Some(EventNumber::MAX)];
    let mut latest = begun.created_at;
    for (event, message) in numbers.into_iter().zip(["no such order", "no", "", "again"]) {
        let failed = change(&*store, 1, &failure(event, message)).await;
        let kept = failed.failure.clone().unwrap();
        assert_eq!((kept.number, kept.message.as_str()), (event, message));
        assert!(kept.at >= latest, "{kept:?}");
        latest = kept.at;
        assert_eq!(failed.state(), BuildState::Failed);
        assert_eq!((failed.stage, failed.stage_since), (begun.stage, begun.stage_since));
        assert_eq!(builds(&*other).await, [failed]);
    }
    assert_eq!(change(&*other, 1, &BuildChange::Resume).await, begun);
    assert_eq!(builds(&*store).await, [begun]);
}

/// A build that has failed can be paused as well; resuming ends both.
pub async fn keeps_a_failure_of_a_paused_build(harness: &dyn Harness) {
    let store = harness.store();
    let begun = begin(&*store, 1).await;
    let failed = change(&*store, 1, &failure(Some(number(3)), "no")).await;
    let paused = change(&*store, 1, &BuildChange::Pause).await;
    assert_eq!((paused.state(), &paused.failure), (BuildState::Paused, &failed.failure));
    assert_eq!(builds(&*store).await, [paused]);
    assert_eq!(change(&*store, 1, &BuildChange::Resume).await, begun);
}

/// Any text that says why a build has failed is kept.
pub async fn keeps_any_text_of_a_failure(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    begin(&*store, 1).await;
    let texts = [
        "nul\0 bell\u{7} line\nbreak",
        "\u{202e}txt.exe\u{202c} \u{200f}שלום 配列 🇪🇺",
        "it's \"quoted\" \\ ' $1 {schema} ?1",
        &"ß".repeat(10_000),
        &"\u{10ffff}".repeat(1_000),
    ];
    for text in texts {
        let failed = change(&*store, 1, &failure(Some(number(1)), text)).await;
        let kept = failed.failure.clone().unwrap();
        assert_eq!(kept.message, StatusText::new(text));
        assert_eq!(builds(&*other).await, [failed]);
    }
}

/// A cancelled build is retired, whatever has become of it; no other is touched.
pub async fn cancels_a_build(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    begin(&*store, 1).await;
    let live = promote(&*store, 1).await;
    for (version, before) in (2..).zip([None, Some(BuildChange::Pause), Some(failure(None, "no"))]) {
        begin(&*store, version).await;
        if let Some(before) = before {
            change(&*store, version, &before).await;
        }
        let cancelled = change(&*other, version, &BuildChange::Cancel).await;
        assert_eq!(cancelled.state(), BuildState::Retired);
        assert!(cancelled.stage_since >= cancelled.created_at, "{cancelled:?}");
        assert_eq!(builds(&*store).await.last(), Some(&cancelled));
    }
    assert_eq!(builds(&*store).await[0], live);
}

/// What a build at its stage cannot become is refused, and nothing changes.
pub async fn refuses_what_a_build_cannot_become(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    begin(&*store, 1).await;
    change(&*store, 1, &BuildChange::Cancel).await;
    begin(&*store, 1).await;
    promote(&*store, 2).await;
    begin(&*store, 1).await;
    let (retired, live, building) = (1, 2, 3);
    for change in [
        BuildChange::Promote,
        BuildChange::Cancel,
        BuildChange::Pause,
        BuildChange::Resume,
        failure(None, "no"),
    ] {
        assert_refused(&*other, retired, &change).await;
    }
    assert_refused(&*store, live, &BuildChange::Promote).await;
    assert_refused(&*other, live, &BuildChange::Cancel).await;
    for before in [BuildChange::Pause, failure(Some(number(4)), "no")] {
        change(&*store, building, &before).await;
        assert_refused(&*other, building, &BuildChange::Promote).await;
        change(&*store, building, &BuildChange::Resume).await;
    }
    promote(&*other, building).await;
    let expected = [
        (retired, BuildState::Retired),
        (live, BuildState::Retired),
        (building, BuildState::Live),
    ];
    assert_eq!(states(&*store).await, expected);
}

async fn assert_refused(store: &dyn Backend, number: u32, change: &BuildChange) {
    let before = builds(store).await;
    let refused = try_change(store, number, change).await;
    expect_error!(refused, Error::InvalidInput { argument: "change", .. });
    assert_eq!(builds(store).await, before);
}

/// A projection that there is not, or not in that build, is not found; nothing is created by that.
pub async fn does_not_find_an_unknown_build(harness: &dyn Harness) {
    let store = harness.store();
    assert_unknown(&*store, 1).await;
    assert_eq!(builds(&*store).await, []);
    begin(&*store, 1).await;
    change(&*store, 1, &BuildChange::Cancel).await;
    begin(&*store, 1).await;
    forget(&*store, 1).await.unwrap();
    for unknown in [1, 3, u32::MAX] {
        assert_unknown(&*store, unknown).await;
    }
    let name = named("totals2");
    let unknown = store.change_build(&name, nth(2), &BuildChange::Pause).await;
    expect_error!(unknown, Error::ProjectionNotFound { name: unknown } if unknown == name);
    assert_eq!(store.builds_of(&name).await.unwrap(), []);
    assert_eq!(states(&*store).await, [(2, BuildState::Building)]);
}

async fn assert_unknown(store: &dyn Backend, number: u32) {
    for change in [BuildChange::Pause, BuildChange::Promote, failure(None, "no")] {
        let unknown = try_change(store, number, &change).await;
        expect_error!(unknown, Error::ProjectionNotFound { name } if name == totals());
    }
}
