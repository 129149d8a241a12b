//! Every page, as it looks: in light and in dark, on a wide and on a narrow screen.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eventstore_core::RecordedEvent;
use eventstore_web::Web;
use serde_json::json;

use crate::browser::{Browser, Scheme, with_browser};
use crate::places::{self, Place};
use crate::samples::{append, event, fill, numbered};
use crate::served::Served;
use crate::store::{Backend, Store, on_each_backend};

on_each_backend![
    every_page_loads_without_a_complaint_of_the_browser,
    a_check_shows_what_it_finds,
    a_decoder_shows_what_the_pages_cannot_read,
    several_stores_have_a_switch_between_them,
    a_conversation_is_drawn_from_causes_to_effects,
];

/// A screen, and what is added to the name of its picture.
type Screen = (u32, u32, &'static str);

const SCREENS: [Screen; 2] = [(1280, 900, ""), (390, 844, "-narrow")];

/// What is narrow in light is so in dark, and on any backend.
fn screens(backend: Backend, scheme: Scheme) -> &'static [Screen] {
    match (backend, scheme) {
        (Backend::Postgres, Scheme::Light) => &SCREENS,
        (Backend::Postgres, Scheme::Dark) | (Backend::Sqlite, _) => &SCREENS[..1],
    }
}

async fn every_page_loads_without_a_complaint_of_the_browser(backend: Backend) {
    let store = Store::new(backend).await;
    let sample = fill(&*store.store).await;
    let served = Served::writing(&store.store).await;
    with_browser(async |browser| {
        for scheme in Scheme::ALL {
            browser.prefer(scheme).await;
            for place in places::all(&*store.store, sample).await {
                browser.goto(&served.at(&place.address)).await;
                for (width, height, addition) in screens(backend, scheme) {
                    browser.resize(*width, *height).await;
                    assert_is_whole(browser, &place).await;
                    let picture = format!("{}-{}-{}{addition}", backend.name(), place.name, scheme.name());
                    save(&picture, &browser.client.screenshot().await.unwrap());
                }
            }
        }
    })
    .await;
}

async fn assert_is_whole(browser: &Browser, place: &Place) {
    for text in &place.shows {
        browser.until_shown(text).await;
    }
    // No style sheet, and the page would be black on white in any scheme.
    assert_ne!(browser.value("getComputedStyle(document.body).marginTop").await, "8px");
    let is_wider = "document.documentElement.scrollWidth > innerWidth";
    assert_eq!(browser.value(is_wider).await, false, "{} scrolls sideways", place.name);
    let mut reported = browser.reported().await;
    // What is not found is told of like this.
    reported.retain(|message| !(place.name == "problem" && message.contains("404 (Not Found)")));
    assert_eq!(reported, [""; 0], "{}", place.name);
}

async fn a_check_shows_what_it_finds(backend: Backend) {
    let store = Store::new(backend).await;
    fill(&*store.store).await;
    let served = Served::writing(&store.store).await;
    with_browser(async |browser| {
        browser.goto(&served.at("verify")).await;
        browser.follow("main form button").await;
        browser.until_shown("1,234 events and streams checked: 1 finding").await;
        browser.until_shown("stream order-1 has a gap").await;
    })
    .await;
}

async fn a_decoder_shows_what_the_pages_cannot_read(backend: Backend) {
    let store = Store::new(backend).await;
    let secret = event("Secret", b"\xC1ESe\x00\x01");
    let id = secret.id;
    append(&*store.store, "order-1", [secret]).await;
    let decoder = |event: &RecordedEvent| (event.data.len() == 6).then(|| json!({ "card": "4711" }));
    let plain = Served::reading(&store.store).await;
    let decoding = Served::new(Web::new(Arc::clone(&store.store)).with_decoder(decoder)).await;
    with_browser(async |browser| {
        browser.goto(&plain.at(&format!("event?id={id}"))).await;
        browser.until_shown("encrypted").await;
        assert!(!browser.text("main").await.contains("4711"));
        browser.goto(&decoding.at(&format!("event?id={id}"))).await;
        browser.until_shown("4711").await;
        browser.until_shown("decoded").await;
    })
    .await;
}

async fn several_stores_have_a_switch_between_them(backend: Backend) {
    let (first, second) = (Store::new(backend).await, Store::new(backend).await);
    append(&*first.store, "order-1", numbered(1)).await;
    append(&*second.store, "parcel-1", numbered(2)).await;
    let stores = [("sales", &first), ("stock & more", &second)];
    let web = Web::of_several(stores.map(|(name, store)| (name.to_owned(), Arc::clone(&store.store))));
    let served = Served::new(web).await;
    with_browser(async |browser| {
        browser.goto(&served.at("")).await;
        browser.follow("a[href=streams]").await;
        browser.until_shown("order-1").await;
        browser.follow("nav[aria-label=Stores] a:last-child").await;
        browser.follow("a[href=streams]").await;
        browser.until_shown("parcel-1").await;
        assert!(!browser.text("main").await.contains("order-1"));
        assert_eq!(browser.value("location.pathname").await, "/stock___more/streams");
    })
    .await;
}

async fn a_conversation_is_drawn_from_causes_to_effects(backend: Backend) {
    let store = Store::new(backend).await;
    let sample = fill(&*store.store).await;
    let served = Served::reading(&store.store).await;
    with_browser(async |browser| {
        browser
            .goto(&served.at(&format!("trace?correlation={}", sample.correlation)))
            .await;
        browser.until_shown("ParcelShipped").await;
        assert_eq!(
            (browser.count("svg .node").await, browser.count("svg .edge").await),
            (3, 2)
        );
        assert_eq!(browser.count("svg .track").await, 2);
        let event = format!(r#"svg a[href="event?id={}"]"#, sample.event);
        browser.follow(&event).await;
        browser.until_shown("Ada Lovelace").await;
    })
    .await;
}

fn save(name: &str, picture: &[u8]) {
    let folder = target().join("screenshots");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.png")), picture).unwrap();
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}
