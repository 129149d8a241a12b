//! The pages without a mouse.

use fantoccini::key::Key;

use crate::browser::{Browser, with_browser};
use crate::samples::fill;
use crate::served::Served;
use crate::store::{Backend, Store, on_each_backend};

on_each_backend![
    an_event_is_reached_by_tab_and_enter_alone,
    a_slash_leads_to_the_field_for_going_anywhere,
];

const FOCUSED: &str = "document.activeElement";

async fn an_event_is_reached_by_tab_and_enter_alone(backend: Backend) {
    let store = Store::new(backend).await;
    fill(&*store.store).await;
    let served = Served::reading(&store.store).await;
    with_browser(async |browser| {
        browser.goto(&served.at("overview")).await;
        tab_to(browser, "matches('nav a[href=streams]')").await;
        enter(browser, "/streams").await;
        tab_to(browser, "innerText === 'order-1'").await;
        enter(browser, "/stream").await;
        tab_to(browser, "matches('tbody a[href^=\"event?\"]')").await;
        enter(browser, "/event").await;
        browser.until_shown("ItemAdded").await;
        tab_to(browser, "matches('.tree summary')").await;
        press(browser, '\u{e007}').await;
        browser.until("!document.querySelector('.tree details').open").await;
    })
    .await;
}

async fn a_slash_leads_to_the_field_for_going_anywhere(backend: Backend) {
    let store = Store::new(backend).await;
    fill(&*store.store).await;
    let served = Served::reading(&store.store).await;
    with_browser(async |browser| {
        browser.goto(&served.at("overview")).await;
        press(browser, '/').await;
        browser.until(&format!("{FOCUSED}.id === 'go'")).await;
        assert_focus_is_visible(browser).await;
        let field = browser.find("#go").await;
        // Within the field, it is a character.
        field.send_keys("a/b").await.unwrap();
        assert_eq!(browser.value("document.getElementById('go').value").await, "a/b");
        field.clear().await.unwrap();
        field
            .send_keys(&format!("order-1 @ 60{}", char::from(Key::Enter)))
            .await
            .unwrap();
        browser
            .until("location.pathname === '/stream' && location.search.includes('from=60')")
            .await;
    })
    .await;
}

/// Presses the tab key until an element has the focus of which this is true; each one on the way is seen to have it.
async fn tab_to(browser: &Browser, is_reached: &str) {
    const MOST: u32 = 60;
    for _ in 0..MOST {
        press(browser, char::from(Key::Tab)).await;
        assert_focus_is_visible(browser).await;
        if browser.value(&format!("{FOCUSED}.{is_reached}")).await == true {
            return;
        }
    }
    panic!("{MOST} tabs do not lead to {is_reached}");
}

async fn enter(browser: &Browser, path: &str) {
    press(browser, char::from(Key::Enter)).await;
    browser
        .until(&format!(
            "location.pathname === '{path}' && document.readyState === 'complete'"
        ))
        .await;
}

async fn press(browser: &Browser, key: char) {
    let focused = browser.client.active_element().await.unwrap();
    focused.send_keys(&key.to_string()).await.unwrap();
}

async fn assert_focus_is_visible(browser: &Browser) {
    let style = browser
        .value(&format!("getComputedStyle({FOCUSED}).outlineStyle"))
        .await;
    let element = browser.value(&format!("{FOCUSED}.outerHTML.slice(0, 200)")).await;
    assert_ne!(style, "none", "{element}");
}
