//! Every page, as it looks: in light and in dark, on a wide and on a narrow screen.

use std::fs;
use std::path::{Path, PathBuf};

use crate::browser::{Browser, Scheme, with_browser};
use crate::places::{self, Place};
use crate::samples::fill;
use crate::served::Served;
use crate::store::{Backend, Store, on_each_backend};

on_each_backend![
    every_page_loads_without_a_complaint_of_the_browser,
    a_check_shows_what_it_finds,
];

/// A screen, and what is added to the name of its picture.
const SCREENS: [(u32, u32, &str); 2] = [(1280, 900, ""), (390, 844, "-narrow")];

async fn every_page_loads_without_a_complaint_of_the_browser(backend: Backend) {
    let store = Store::new(backend).await;
    let sample = fill(&*store.store).await;
    let served = Served::writing(&store.store).await;
    with_browser(async |browser| {
        for scheme in Scheme::ALL {
            browser.prefer(scheme).await;
            for place in places::all(&*store.store, sample).await {
                browser.goto(&served.at(&place.address)).await;
                for (width, height, addition) in SCREENS {
                    browser.resize(width, height).await;
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
        browser
            .until_shown("1,234 events and streams were looked at: 1 findings")
            .await;
        browser.until_shown("stream order-1 has a gap").await;
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
