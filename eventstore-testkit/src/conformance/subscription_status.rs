//! What the holders of subscriptions report of them.

use std::num::NonZeroU32;

use eventstore_core::backend::{LeaseToken, StatusOutcome};
use eventstore_core::{
    BoxError, Error, EventId, EventNumber, HolderPolicy, HolderState, ReportedStatus, StatusReport, StatusText,
    StreamName, SubscriptionFailure, SubscriptionId, SubscriptionKey, SubscriptionName, SubscriptionSettings,
};
use eventstore_subscriptions::{Delivery, GiveUp, RetryPolicy, RunError, Subscribe, Subscriptions};
use tokio::sync::watch;
use uuid::Uuid;

use super::reopening::reopened;
use super::sample::{hold, ids_in, number, stream_of, subscription, subscription_key, unknown_lease};
use super::wait::{soon, until_some};
use super::{Backend, Harness, Stop, expect_error};

/// A report is read as it was written, on every node, with the subscription and a time.
pub async fn returns_what_a_holder_reports(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let lease = hold(&*store, &subscription_key("$all", "a")).await;
    assert_eq!(other.subscription_statuses().await.unwrap(), []);
    for report in [report(3), failed(4), largest(), alone(5, u32::MAX), released(5)] {
        report_as(&*store, lease.token(), &report).await;
        let status = only_status(&*other).await;
        assert_eq!((status.id, &status.report), (lease.token().id, &report));
        assert_eq!(only_status(&*store).await, status);
    }
}

/// A report takes the place of the one before, and is not older.
pub async fn keeps_the_latest_report(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("$all", "a");
    let lease = hold(&*store, &key).await;
    report_as(&*store, lease.token(), &failed(7)).await;
    let first = only_status(&*store).await;
    lease.release().await;
    let heir = hold(&*other, &key).await;
    report_as(&*other, heir.token(), &report(2)).await;
    let latest = only_status(&*store).await;
    assert_eq!(latest.report, report(2));
    assert!(first.reported_at <= latest.reported_at, "{first:?}, then {latest:?}");
}

/// Statuses are listed by the ids of their subscriptions; a subscription without a report has none.
pub async fn lists_statuses_in_the_order_of_their_subscriptions(harness: &dyn Harness) {
    let store = harness.store();
    let keys = ["c", "a", "b", "d"].map(|name| subscription_key("$all", name));
    for key in &keys {
        subscription(&*store, key).await;
    }
    for key in [&keys[3], &keys[0], &keys[1]] {
        let lease = hold(&*store, key).await;
        report_as(&*store, lease.token(), &report(1)).await;
    }
    let mut expected = Vec::new();
    for key in [&keys[0], &keys[1], &keys[3]] {
        expected.push(subscription(&*store, key).await);
    }
    expected.sort_by_key(|id| id.get());
    assert_eq!(ids_of(&*store).await, expected);
    for id in expected {
        let status = store.subscription_status(id).await.unwrap().unwrap();
        assert_eq!((status.id, status.report), (id, report(1)));
    }
    let silent = subscription(&*store, &keys[2]).await;
    assert_eq!(store.subscription_status(silent).await.unwrap(), None);
}

/// What an earlier holder reports is refused, and changes nothing.
pub async fn refuses_the_report_of_an_earlier_holder(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("$all", "a");
    let lease = hold(&*store, &key).await;
    let earlier = lease.token();
    report_as(&*store, earlier, &report(1)).await;
    lease.release().await;
    let heir = hold(&*other, &key).await;
    let late = store.report_status(earlier, &failed(9)).await;
    assert_eq!(late.unwrap(), StatusOutcome::Fenced);
    assert_eq!(only_status(&*other).await.report, report(1));
    report_as(&*other, heir.token(), &report(2)).await;
    let late = other.report_status(earlier, &failed(9)).await;
    assert_eq!(late.unwrap(), StatusOutcome::Fenced);
    assert_eq!(only_status(&*store).await.report, report(2));
}

/// A status stays when its holder has gone.
pub async fn keeps_the_status_of_a_holder_that_has_gone(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let lease = hold(&*store, &subscription_key("$all", "a")).await;
    report_as(&*store, lease.token(), &failed(3)).await;
    let status = only_status(&*store).await;
    lease.release().await;
    assert_eq!(only_status(&*other).await, status);
}

/// Any text can be reported: it is kept as a holder's text can be, cut and without what would not show itself.
pub async fn keeps_any_text(harness: &dyn Harness) {
    let store = harness.store();
    let lease = hold(&*store, &subscription_key("$all", "a")).await;
    let texts = [
        "",
        "nul\0 bell\u{7} line\nbreak",
        "\u{202e}txt.exe\u{202c} \u{200f}שלום",
        "it's \"quoted\" \\ ' $1 {schema}",
        &"ß".repeat(10_000),
        &"\u{10ffff}".repeat(1_000),
    ];
    for text in texts.map(StatusText::new) {
        let mut report = failed(3);
        report.holder = text.clone();
        if let Some(failure) = &mut report.last_failure {
            failure.message = text.clone();
        }
        report_as(&*store, lease.token(), &report).await;
        assert_eq!(only_status(&*store).await.report, report);
    }
}

/// No subscription that does not exist has a status.
pub async fn keeps_no_status_of_a_missing_subscription(harness: &dyn Harness) {
    let store = harness.store();
    let outcome = store.report_status(unknown_lease(), &report(1)).await;
    assert_eq!(outcome.unwrap(), StatusOutcome::SubscriptionGone);
    assert_eq!(store.subscription_statuses().await.unwrap(), []);
}

/// A deleted subscription has no status, however late its holder reports; nor has one that is created under its name.
pub async fn deletes_a_status_with_its_subscription(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (key, kept) = (subscription_key("$all", "a"), subscription_key("$all", "b"));
    let (lease, beside) = (hold(&*store, &key).await, hold(&*store, &kept).await);
    for token in [lease.token(), beside.token()] {
        report_as(&*store, token, &report(3)).await;
    }
    other.delete_subscription(&key, HolderPolicy::Override).await.unwrap();
    assert_eq!(ids_of(&*store).await, [beside.token().id]);
    let late = store.report_status(lease.token(), &report(4)).await;
    assert_eq!(late.unwrap(), StatusOutcome::SubscriptionGone);
    subscription(&*store, &key).await;
    assert_eq!(ids_of(&*other).await, [beside.token().id]);
}

/// A holder whose checkpoint was set reports nothing any more.
pub async fn refuses_a_report_once_the_checkpoint_was_set(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("$all", "a");
    let lease = hold(&*store, &key).await;
    report_as(&*store, lease.token(), &report(3)).await;
    let set = other.set_checkpoint(&key, number(0), HolderPolicy::Override).await;
    set.unwrap();
    let late = store.report_status(lease.token(), &report(4)).await;
    assert_eq!(late.unwrap(), StatusOutcome::Fenced);
    assert_eq!(only_status(&*store).await.report, report(3));
}

/// A subscription reports what it has delivered.
pub async fn tells_what_a_subscription_delivers(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let stream = stream_of(&*store, "s", 3).await;
    let subscriptions = Subscriptions::new(store).with_holder_name("this case");
    let mut subscription = subscriptions.subscribe(request(stream)).unwrap();
    let taken = soon("the events", subscription.next()).await.unwrap().unwrap();
    let status = until_reported(&*other, |report| report.delivered == number(3)).await;
    assert_eq!(status.report.holder.as_str(), "this case");
    assert_eq!((status.report.subscribers, status.report.last_failure), (1, None));
    subscription.ack_batch(&taken).await.unwrap();
    soon("the end", subscription.stop()).await.unwrap();
}

/// A subscription that a failing handler ends has reported the failure when its lease is given back.
pub async fn tells_why_a_handler_failed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let stream = stream_of(&*store, "s", 2).await;
    let ids = ids_in(&*store, stream.clone()).await;
    let policy = RetryPolicy::new(NonZeroU32::MIN, GiveUp::Stop);
    let subscriptions = Subscriptions::new(store);
    let run = subscriptions.run(
        request(stream).with_retry_policy(policy),
        async |event: Delivery| match event.number.get() {
            1 => Ok(()),
            _ => Err(BoxError::from("no such order\0")),
        },
    );
    let ended = soon("the end", run).await;
    assert!(matches!(ended, Err(RunError::Handler { .. })), "{ended:?}");
    let status = until_reported(&*other, |report| report.last_failure.is_some()).await;
    let failure = status.report.last_failure.unwrap();
    assert_eq!((failure.number, failure.event_id), (number(2), ids[1]));
    assert_eq!(failure.message.as_str(), "no such order\u{fffd}");
    assert_eq!(status.report.attempts, 1);
}

/// After a holder that did not end in good order, what may have been in flight is delivered one event at a time, and reported first.
pub async fn delivers_one_at_a_time_after_an_unclean_end(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let stream = stream_of(&*store, "s", 5).await;
    let key = SubscriptionKey::new(stream.as_str(), "a").unwrap();
    leave(&*store, &key, &report(3)).await;
    let settings = SubscriptionSettings {
        buffer_size: const { NonZeroU32::new(2).unwrap() },
        ..SubscriptionSettings::default()
    };
    let request = request(stream).with_settings(settings);
    let mut subscription = Subscriptions::new(store).subscribe(request).unwrap();
    // So many as may have been in flight, and the one that a checkpoint may lag behind.
    for expected in 1..=3_u32 {
        let taken = soon("an event", subscription.next()).await.unwrap().unwrap();
        let numbers: Vec<_> = taken.iter().map(|event| (event.number, event.attempt)).collect();
        assert_eq!(numbers, [(number(expected), 1)]);
        assert_eq!(only_status(&*other).await.report.state, alone(expected, 1).state);
        subscription.ack_batch(&taken).await.unwrap();
    }
    let taken = soon("the rest", subscription.next()).await.unwrap().unwrap();
    assert_eq!((taken.len(), taken[0].number), (2, number(4)));
    assert_eq!(only_status(&*other).await.report.state, HolderState::Delivering);
    subscription.ack_batch(&taken).await.unwrap();
    soon("the end", subscription.stop()).await.unwrap();
    until_reported(&*other, |report| report.state == HolderState::Released).await;
}

/// A holder that gives the lease back in good order before it has delivered every suspected event leaves the others suspected, and the count
/// of the one that was being delivered alone.
pub async fn keeps_suspecting_what_was_not_delivered_before_the_end(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let stream = stream_of(&*store, "s", 3).await;
    let key = SubscriptionKey::new(stream.as_str(), "a").unwrap();
    leave(&*store, &key, &alone(3, 2)).await;
    for (node, expected, attempt) in [(&store, 1, 1), (&other, 2, 1), (&store, 3, 3)] {
        let subscriptions = Subscriptions::new(node.clone());
        let mut subscription = subscriptions.subscribe(request(stream.clone())).unwrap();
        let taken = soon("an event", subscription.next()).await.unwrap().unwrap();
        let numbers: Vec<_> = taken.iter().map(|event| (event.number, event.attempt)).collect();
        assert_eq!(numbers, [(number(expected), attempt)]);
        subscription.ack_batch(&taken).await.unwrap();
        soon("the end", subscription.stop()).await.unwrap();
    }
    until_reported(&*other, |report| report.state == HolderState::Released).await;
}

/// An event that ended each process that handled it is given up like one whose handler fails, and its neighbors are handled.
pub async fn gives_up_an_event_that_ends_its_process(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let stream = stream_of(&*store, "s", 3).await;
    let key = SubscriptionKey::new(stream.as_str(), "a").unwrap();
    leave(&*store, &key, &alone(2, 2)).await;
    let policy = RetryPolicy::new(const { NonZeroU32::new(2).unwrap() }, GiveUp::Skip);
    let (handled, mut seen) = watch::channel(Vec::new());
    let subscriptions = Subscriptions::new(store);
    let run = subscriptions.run_until(
        request(stream).with_retry_policy(policy),
        async move { drop(seen.wait_for(|handled: &Vec<_>| handled.len() == 2).await) },
        async |event: Delivery| {
            handled.send_modify(|handled| handled.push(event.number));
            Ok::<_, BoxError>(())
        },
    );
    soon("the end", run).await.unwrap();
    assert_eq!(*handled.borrow(), [number(1), number(3)]);
    let failure = only_status(&*other).await.report.last_failure.unwrap();
    assert_eq!(failure.number, number(2));
    assert!(failure.message.as_str().contains("the process ended"), "{failure:?}");
}

/// After a holder that gave the lease back, events are delivered as ever.
pub async fn delivers_as_ever_after_an_end_in_good_order(harness: &dyn Harness) {
    let store = harness.store();
    let stream = stream_of(&*store, "s", 3).await;
    let key = SubscriptionKey::new(stream.as_str(), "a").unwrap();
    leave(&*store, &key, &released(3)).await;
    let mut subscription = Subscriptions::new(store).subscribe(request(stream)).unwrap();
    let taken = soon("the events", subscription.next()).await.unwrap().unwrap();
    assert_eq!(taken.len(), 3);
    soon("the end", subscription.stop()).await.unwrap();
}

/// Leaves this as the last report of a holder.
async fn leave(store: &dyn Backend, key: &SubscriptionKey, report: &StatusReport) {
    let lease = hold(store, key).await;
    report_as(store, lease.token(), report).await;
    lease.release().await;
}

/// Statuses are kept when the store is opened again, however it ended.
pub async fn keeps_statuses_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    let key = subscription_key("$all", "a");
    for (stop, delivered) in [(Stop::Clean, 3), (Stop::Killed, 4)] {
        let lease = hold(&*store, &key).await;
        report_as(&*store, lease.token(), &failed(delivered)).await;
        let status = only_status(&*store).await;
        drop(lease);
        store = reopened(harness, store, stop).await;
        assert_eq!(only_status(&*store).await, status);
    }
}

/// Whatever is called once the store has been closed is refused as such.
pub async fn refuses_calls_once_it_is_closed(harness: &dyn Harness) {
    let store = harness.store();
    subscription(&*store, &subscription_key("$all", "a")).await;
    soon("the end of the store", harness.close_store()).await;
    let reported = store.report_status(unknown_lease(), &report(1)).await;
    expect_error!(reported, Error::StoreClosed);
    expect_error!(store.subscription_statuses().await, Error::StoreClosed);
    let status = store.subscription_status(unknown_lease().id).await;
    expect_error!(status, Error::StoreClosed);
}

fn request(stream: StreamName) -> Subscribe {
    Subscribe::new(SubscriptionName::new("a").unwrap(), stream)
}

/// Waits for a report; there is one soon after the first event, and at the end.
async fn until_reported(store: &dyn Backend, is_it: impl Fn(&StatusReport) -> bool) -> ReportedStatus {
    until_some("a report", async || {
        let mut statuses = store.subscription_statuses().await.unwrap();
        statuses.pop().filter(|status| is_it(&status.report))
    })
    .await
}

fn report(delivered: u32) -> StatusReport {
    StatusReport {
        holder: StatusText::new("host, process 1"),
        delivered: number(delivered),
        in_flight: 2,
        subscribers: 1,
        attempts: 0,
        last_failure: None,
        state: HolderState::Delivering,
    }
}

fn alone(at: u32, attempts: u32) -> StatusReport {
    StatusReport {
        state: HolderState::DeliveringAlone {
            number: number(at),
            attempts,
        },
        ..report(at)
    }
}

fn released(delivered: u32) -> StatusReport {
    StatusReport {
        state: HolderState::Released,
        ..report(delivered)
    }
}

fn failed(delivered: u32) -> StatusReport {
    StatusReport {
        attempts: 3,
        last_failure: Some(SubscriptionFailure {
            number: number(delivered),
            event_id: EventId::new(Uuid::now_v7()),
            message: StatusText::new("no such order"),
            failed_at: "2026-05-04T03:02:01.123456Z".parse().unwrap(),
        }),
        ..report(delivered)
    }
}

fn largest() -> StatusReport {
    StatusReport {
        delivered: EventNumber::MAX,
        in_flight: u64::from(u32::MAX),
        subscribers: u32::MAX,
        attempts: u32::MAX,
        ..report(0)
    }
}

async fn report_as(store: &dyn Backend, lease: LeaseToken, report: &StatusReport) {
    let outcome = store.report_status(lease, report).await.unwrap();
    assert_eq!(outcome, StatusOutcome::Reported);
}

async fn only_status(store: &dyn Backend) -> ReportedStatus {
    let mut statuses = store.subscription_statuses().await.unwrap();
    assert_eq!(statuses.len(), 1, "{statuses:?}");
    statuses.remove(0)
}

async fn ids_of(store: &dyn Backend) -> Vec<SubscriptionId> {
    let statuses = store.subscription_statuses().await.unwrap();
    statuses.into_iter().map(|status| status.id).collect()
}
