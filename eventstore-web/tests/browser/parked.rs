//! Parked events, replayed and discarded by clicks; and by nobody else.

use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::{EventNumber, EventStore, RecordedEvent, SubscriptionKey};
use eventstore_web::{ParkedEventHandler, Web, Writes};
use tokio::sync::{Semaphore, watch};

use crate::browser::{Browser, with_browser};
use crate::requests::{Request, status_of};
use crate::samples::{append, event, key, numbered, park};
use crate::served::Served;
use crate::store::{Backend, Store, on_each_backend};

on_each_backend![
    parked_events_are_replayed_and_discarded_by_clicks,
    a_person_who_knows_the_token_may_change_something,
    nothing_is_changed_by_those_who_may_not,
    what_speaks_against_a_change_is_shown_and_overridden_knowingly,
    a_replay_goes_on_without_its_browser_and_handles_nothing_twice,
];

const PARKED: &str = "parked?stream=%24all&name=mailer";

/// Five events, the last one poison, all of them parked.
async fn with_parked(backend: Backend) -> Store {
    let store = Store::new(backend).await;
    append(&*store.store, "order-1", numbered(4)).await;
    append(&*store.store, "order-1", [event("Poison", "{}")]).await;
    park(&*store.store, &key("mailer"), &[1, 2, 3, 4, 5], "refused").await;
    store
}

async fn count(store: &dyn EventStore) -> u64 {
    let info = store.subscription_info(&key("mailer")).await.unwrap();
    store.count_parked(info.record.id).await.unwrap()
}

async fn parked_events_are_replayed_and_discarded_by_clicks(backend: Backend) {
    let store = with_parked(backend).await;
    let served = Served::writing(&store.store).await;
    with_browser(async |browser| {
        browser.goto(&served.at(PARKED)).await;
        browser.follow("button[aria-label='Replay… event 2']").await;
        confirm(browser, "Replay the parked event 2?", "1 event handled").await;
        browser.until_shown("4 events parked").await;
        assert_eq!(count(&*store.store).await, 4);

        browser.find("input[name=first]").await.clear().await.unwrap();
        browser.find("input[name=first]").await.send_keys("2").await.unwrap();
        browser.follow("form.filters button").await;
        confirm(browser, "Replay 2 parked events?", "2 events handled").await;
        browser.until_shown("2 events parked").await;

        browser.follow("button[aria-label='Discard… event 4']").await;
        confirm(browser, "Discard the parked event 4?", "1 parked event is discarded").await;
        browser.until_shown("1 event parked").await;

        browser.follow("button[aria-label='Replay… event 5']").await;
        confirm(browser, "Replay the parked event 5?", "it is poison").await;
        browser.until_shown("1 event parked").await;
        assert_eq!(count(&*store.store).await, 1);
    })
    .await;
}

/// Answers the question, sees the outcome, and goes back.
async fn confirm(browser: &Browser, question: &str, outcome: &str) {
    assert_eq!(browser.text("h1").await, question);
    browser.follow("main button.danger").await;
    browser.until_shown(outcome).await;
    browser.follow("main p a").await;
}

async fn a_person_who_knows_the_token_may_change_something(backend: Backend) {
    let store = with_parked(backend).await;
    let web = Web::new(store.store.clone()).with_writes(Writes::WithToken("open sesame".to_owned()));
    let served = Served::new(web).await;
    with_browser(async |browser| {
        browser.goto(&served.at(PARKED)).await;
        assert_eq!(browser.count("main button").await, 0);
        browser.follow("main a[href=unlock]").await;
        give(browser, "guess").await;
        browser.until_shown("This is not the token.").await;
        give(browser, "open sesame").await;
        browser.goto(&served.at(PARKED)).await;
        browser.follow("button[aria-label='Discard… event 1']").await;
        confirm(browser, "Discard the parked event 1?", "1 parked event is discarded").await;
        assert_eq!(count(&*store.store).await, 4);
    })
    .await;
}

async fn give(browser: &Browser, token: &str) {
    browser.find("input[name=token]").await.send_keys(token).await.unwrap();
    browser.follow("main button").await;
}

async fn nothing_is_changed_by_those_who_may_not(backend: Backend) {
    let store = with_parked(backend).await;
    let (reading, writing) = (Served::reading(&store.store).await, Served::writing(&store.store).await);
    with_browser(async |browser| {
        for page in [PARKED, "subscription?stream=%24all&name=mailer"] {
            browser.goto(&reading.at(page)).await;
            browser.until_shown("mailer").await;
            assert_eq!(browser.count("main button").await, 0, "{page}");
        }
        let (host, foreign) = (writing.address.to_string(), "evil.example".to_owned());
        let ours = Request::of_form(&writing).await;
        let (session, token) = (ours.session(), ours.form_token());
        for (refused, request) in [
            ("a read-only page", ours.clone().to(&reading)),
            ("a foreign origin", ours.clone().from(&foreign)),
            ("no origin", ours.clone().from("")),
            ("a foreign host", Request::new(&foreign, session, token)),
            ("no token", Request::new(&host, session, "")),
            ("another session", Request::new(&host, "", token)),
        ] {
            let served = if refused == "a read-only page" {
                &reading
            } else {
                &writing
            };
            assert_eq!(status_of(served, &request).await, 403, "{refused}");
            assert_eq!(count(&*store.store).await, 5, "{refused}");
        }
        assert_eq!(status_of(&writing, &ours).await, 200);
        assert_eq!(count(&*store.store).await, 4);
    })
    .await;
}

async fn what_speaks_against_a_change_is_shown_and_overridden_knowingly(backend: Backend) {
    let store = with_parked(backend).await;
    let served = Served::writing(&store.store).await;
    let unseen = "action=set_checkpoint&number=99&overrides=yes";
    let request = Request::of_form(&served).await.replaying(unseen);
    assert_eq!(status_of(&served, &request).await, 409, "it was not shown");
    with_browser(async |browser| {
        browser.goto(&served.at("subscription?name=mailer")).await;
        browser.find("input[name=number]").await.clear().await.unwrap();
        browser.find("input[name=number]").await.send_keys("99").await.unwrap();
        browser.follow("form.filters button").await;
        browser
            .until_shown("The subscription will skip new events up to number 99.")
            .await;
        browser.click("input[name=overrides]").await;
        confirm(browser, "Set the checkpoint from 5 to 99?", "The checkpoint is now 99.").await;
        browser
            .until_shown("The subscription skips new events up to its checkpoint.")
            .await;
    })
    .await;
}

async fn a_replay_goes_on_without_its_browser_and_handles_nothing_twice(backend: Backend) {
    let store = with_parked(backend).await;
    let (handler, mut seen, go_on) = Waiting::new();
    let web = Web::new(store.store.clone()).with_writes(Writes::ByApplication);
    let served = Served::new(web.with_parked_event_handler(handler)).await;
    let request = Request::of_form(&served).await.replaying("action=replay&first=5");
    let gone = request.send(&served).await;
    seen.wait_for(|handled| *handled == 1).await.unwrap();
    drop(gone);
    assert_eq!(status_of(&served, &request).await, 409, "a replay is running");
    go_on.add_permits(100);
    seen.wait_for(|handled| *handled == 5).await.unwrap();
    while count(&*store.store).await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(*seen.borrow(), 5);
}

/// Counts the events, and keeps each until it may go on.
struct Waiting {
    handled: watch::Sender<u32>,
    go_on: Arc<Semaphore>,
}

impl Waiting {
    fn new() -> (Self, watch::Receiver<u32>, Arc<Semaphore>) {
        let ((handled, seen), go_on) = (watch::channel(0), Arc::new(Semaphore::new(0)));
        let waiting = Self {
            handled,
            go_on: Arc::clone(&go_on),
        };
        (waiting, seen, go_on)
    }
}

#[async_trait]
impl ParkedEventHandler for Waiting {
    fn handles(&self, _: &SubscriptionKey) -> bool {
        true
    }

    async fn handle(&self, _: &SubscriptionKey, _: EventNumber, _: RecordedEvent) -> Result<(), String> {
        self.handled.send_modify(|handled| *handled += 1);
        self.go_on.acquire().await.unwrap().forget();
        Ok(())
    }
}
