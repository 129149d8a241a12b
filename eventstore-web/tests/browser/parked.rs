//! Parked events, replayed and discarded by clicks; and by nobody else.

use eventstore_core::EventStore;
use eventstore_web::{Web, Writes};

use crate::browser::{Browser, with_browser};
use crate::requests::{Request, status_of};
use crate::samples::{append, event, key, numbered, park};
use crate::served::Served;
use crate::store::{Backend, Store, on_each_backend};

on_each_backend![
    parked_events_are_replayed_and_discarded_by_clicks,
    a_person_who_knows_the_token_may_change_something,
    nothing_is_changed_by_those_who_may_not,
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
        confirm(browser, "Replay the parked event 2?", "1 parked events are handled").await;
        browser.until_shown("4 events are parked").await;
        assert_eq!(count(&*store.store).await, 4);

        browser.find("input[name=first]").await.clear().await.unwrap();
        browser.find("input[name=first]").await.send_keys("2").await.unwrap();
        browser.follow("form.filters button").await;
        confirm(browser, "Replay 2 parked events?", "2 parked events are handled").await;
        browser.until_shown("2 events are parked").await;

        browser.follow("button[aria-label='Discard… event 4']").await;
        confirm(browser, "Discard the parked event 4?", "1 parked event is discarded").await;
        browser.until_shown("1 events are parked").await;

        browser.follow("button[aria-label='Replay… event 5']").await;
        confirm(browser, "Replay the parked event 5?", "it is poison").await;
        browser.until_shown("1 events are parked").await;
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
        browser.until_shown("this is not the token").await;
        browser.goto(&served.at("unlock")).await;
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
        browser
            .goto(&writing.at("confirm?stream=%24all&name=mailer&action=discard&number=1"))
            .await;
        let token = browser
            .find("input[name=form_token]")
            .await
            .attr("value")
            .await
            .unwrap()
            .unwrap();
        let cookie = browser.client.get_named_cookie("eventstore_session").await.unwrap();
        let session = format!("eventstore_session={}", cookie.value());
        let (host, foreign) = (writing.address.to_string(), "evil.example".to_owned());
        let ours = Request::new(&host, &session, &token);
        for (refused, request) in [
            ("a read-only page", ours.clone().to(&reading)),
            ("a foreign origin", ours.clone().from(&foreign)),
            ("no origin", ours.clone().from("")),
            ("a foreign host", Request::new(&foreign, &session, &token)),
            ("no token", Request::new(&host, &session, "")),
            ("another session", Request::new(&host, "", &token)),
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
