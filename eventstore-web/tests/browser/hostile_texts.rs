//! Whatever is stored is text: no page runs it.

use std::io::Write;

use eventstore_core::NewEvent;
use eventstore_web::{Web, Writes};
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use crate::browser::{Browser, with_browser};
use crate::requests::body_of;
use crate::samples::{append, event, key, park};
use crate::served::Served;
use crate::store::{Backend, Store, on_each_backend};

on_each_backend![
    hostile_texts_are_shown_and_do_nothing,
    a_large_payload_is_cut_and_can_be_downloaded,
];

const SCRIPT: &str = "<script>window.pwned=1</script>";
const IMAGE: &str = "\"><img src=x onerror=window.pwned=1>";
const LINK: &str = "javascript:window.pwned=1";
const TURNED: &str = "abc\u{202e}fdp.exe";

/// The texts that are stored, and as what each is seen.
const TEXTS: [(&str, &str); 4] = [
    (SCRIPT, SCRIPT),
    (IMAGE, IMAGE),
    (LINK, LINK),
    (TURNED, "abcU+202Efdp.exe"),
];

async fn hostile_texts_are_shown_and_do_nothing(backend: Backend) {
    let store = Store::new(backend).await;
    let mut ids = Vec::new();
    for (text, _) in TEXTS {
        let data = json!({ text: [text, { "nested": text }] }).to_string();
        let event = event(text, data).with_metadata(json!({ text: text }).to_string());
        ids.push(event.id);
        append(&*store.store, text, [event]).await;
        park(&*store.store, &key(text), &[1], text).await;
    }
    let long = "<b>".repeat(680);
    append(&*store.store, &long, binaries()).await;
    let web = Web::new(store.store.clone()).with_label(SCRIPT);
    let served = Served::new(web.with_writes(Writes::ByApplication)).await;
    with_browser(async |browser| {
        let all = TEXTS.map(|(_, seen)| seen);
        for page in ["overview", "all", "streams", "survey", "subscriptions"] {
            assert_harmless(browser, &served, page, &all).await;
        }
        for ((text, seen), id) in TEXTS.into_iter().zip(ids) {
            let text = encoded(text);
            for page in [
                format!("event?id={id}"),
                format!("stream?name={text}"),
                format!("stream?name={text}absent"),
                format!("streams?prefix={text}"),
                format!("go?to={text}"),
                format!("all?from={text}"),
                format!("subscription?stream=%24all&name={text}"),
                format!("parked?stream=%24all&name={text}"),
                format!("confirm?stream=%24all&name={text}&action=discard&number=1"),
            ] {
                // Messages of the library write a name in a way of their own.
                let shows: &[&str] = if page.ends_with("absent") {
                    &["does not exist"]
                } else if page.starts_with("all?") {
                    &["invalid from"]
                } else {
                    &[seen]
                };
                assert_harmless(browser, &served, &page, shows).await;
            }
        }
        assert_harmless(
            browser,
            &served,
            &format!("stream?name={}", encoded(&long)),
            &["<b><b>"],
        )
        .await;
        for event in 1..=binaries().len() {
            browser
                .goto(&served.at(&format!("stream?name={}&from={event}", encoded(&long))))
                .await;
            browser.follow("tbody a").await;
            assert_nothing_ran(browser).await;
        }
    })
    .await;
}

/// Payloads that are no text: bytes, `MessagePack` with a script in it, and what begins like gzip.
fn binaries() -> Vec<NewEvent> {
    let mut packed = vec![0x81, 0xa1, b'k', 0xd9, u8::try_from(SCRIPT.len()).unwrap()];
    packed.write_all(SCRIPT.as_bytes()).unwrap();
    let compressed = [&[0x1f, 0x8b, 8], IMAGE.as_bytes()].concat();
    let broken = [&[0xff, 0xfe], SCRIPT.as_bytes()].concat();
    [packed, compressed, broken].map(|data| event("Binary", data)).to_vec()
}

/// Looks at a page: it shows these texts as they are, and nothing of them has run.
async fn assert_harmless(browser: &Browser, served: &Served, page: &str, shows: &[&str]) {
    browser.goto(&served.at(page)).await;
    for text in shows {
        browser.until_shown(text).await;
    }
    assert_nothing_ran(browser).await;
}

async fn assert_nothing_ran(browser: &Browser) {
    let address = browser.client.current_url().await.unwrap();
    assert_eq!(browser.value("window.pwned === undefined").await, true, "{address}");
    // Nor would a click: every address is one of ours.
    let foreign = "[...document.querySelectorAll('a[href], form[action]')]
        .map((element) => new URL(element.getAttribute('href') ?? element.getAttribute('action'), location).href)
        .filter((address) => !address.startsWith(location.origin + '/'))";
    assert_eq!(browser.value(foreign).await, json!([]), "{address}");
    let made = "document.querySelectorAll('main img, main script, main b').length";
    assert_eq!(browser.value(made).await, 0, "{address}");
    let is_complained_of = |message: &String| message.contains("Content Security Policy");
    assert!(!browser.reported().await.iter().any(is_complained_of), "{address}");
    assert!(browser.client.get_alert_text().await.is_err(), "{address} has a dialog");
}

async fn a_large_payload_is_cut_and_can_be_downloaded(backend: Backend) {
    let store = Store::new(backend).await;
    let data = format!("[\"{}\"]", "0123456789abcdef".repeat(10 << 16));
    let event = event("Large", &data);
    let id = event.id;
    append(&*store.store, "large-1", [event]).await;
    let served = Served::reading(&store.store).await;
    with_browser(async |browser| {
        browser.goto(&served.at(&format!("event?id={id}"))).await;
        browser.until_shown("Download the rest").await;
        assert!(browser.number("document.body.innerText.length").await < 100_000);
        let link =
            browser.value("[...document.links].find((link) => link.text === 'Download the rest').getAttribute('href')");
        let Value::String(link) = link.await else {
            panic!("no link")
        };
        assert!(
            body_of(&served, &link).await == data.as_bytes(),
            "other bytes are downloaded"
        );
    })
    .await;
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}
