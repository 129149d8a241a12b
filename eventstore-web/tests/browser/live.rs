//! Pages that are open while events come.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::browser::{Browser, with_browser};
use crate::samples::{append, event, numbered};
use crate::served::Served;
use crate::store::{Backend, Store, on_each_backend};

on_each_backend![
    a_page_shows_what_is_appended_within_a_second,
    ten_tabs_show_the_same_over_one_connection,
    a_pause_loses_nothing_and_the_address_goes_on_from_there,
    a_list_from_the_oldest_grows_at_its_end,
];

const SOON: Duration = Duration::from_secs(1);

/// The numbers of the rows, as the page shows them.
const NUMBERS: &str = "[...document.querySelectorAll('tbody[data-live] tr')].map((row) => Number(row.dataset.number))";

/// Notes when the row of this number comes: to ask for it again and again would be slower than the page.
fn note(number: u64) -> String {
    format!(
        "(() => {{
            const body = document.querySelector('tbody[data-live]');
            const look = () => {{ if (body.querySelector('tr[data-number=\"{number}\"]')) window.cameAt ??= Date.now(); }};
            window.cameAt = undefined;
            new MutationObserver(look).observe(body, {{ childList: true }});
            look();
            return true;
        }})()"
    )
}

async fn a_page_shows_what_is_appended_within_a_second(backend: Backend) {
    let store = Store::new(backend).await;
    append(&*store.store, "order-1", numbered(3)).await;
    append(&*store.store, "order-2", numbered(3)).await;
    let served = Served::reading(&store.store).await;
    with_browser(async |browser| {
        for (page, number) in [("all", 7), ("stream?name=order-1", 5)] {
            open_live(browser, &served, page).await;
            browser.value(&note(number)).await;
            let began_at = now();
            append(&*store.store, "order-1", [event("OrderPaid", "{}")]).await;
            browser.until("window.cameAt !== undefined").await;
            assert_soon(page, browser.number("window.cameAt").await.saturating_sub(began_at));
            let first = browser.text("tbody[data-live] tr").await;
            assert!(first.contains("OrderPaid"), "{first}");
        }
    })
    .await;
}

async fn ten_tabs_show_the_same_over_one_connection(backend: Backend) {
    const TABS: usize = 10;
    let store = Store::new(backend).await;
    append(&*store.store, "order-1", numbered(3)).await;
    let served = Served::reading(&store.store).await;
    with_browser(async |browser| {
        for tab in 0..TABS {
            if tab > 0 {
                browser.open_tab().await;
            }
            open_live(browser, &served, "all").await;
            browser.value(&note(4)).await;
        }
        let began_at = now();
        append(&*store.store, "order-1", [event("OrderPaid", "{}")]).await;
        let tabs = browser.client.windows().await.unwrap();
        assert_eq!(tabs.len(), TABS);
        for tab in tabs {
            browser.client.switch_to_window(tab).await.unwrap();
            browser.until("window.cameAt !== undefined").await;
            assert_soon("a tab", browser.number("window.cameAt").await.saturating_sub(began_at));
        }
        assert_eq!(served.streams.counts(), (1, 1));
    })
    .await;
}

async fn a_pause_loses_nothing_and_the_address_goes_on_from_there(backend: Backend) {
    let store = Store::new(backend).await;
    append(&*store.store, "order-1", numbered(3)).await;
    let served = Served::reading(&store.store).await;
    let mut address = String::new();
    with_browser(async |browser| {
        open_live(browser, &served, "all").await;
        browser.click("#pause").await;
        assert_eq!(browser.text("#pause").await, "Resume");
        append(&*store.store, "order-2", numbered(3)).await;
        // The page is told of them, and does not show them.
        browser.value(&told_of(6)).await;
        browser.until("window.isTold").await;
        assert_eq!(browser.value(NUMBERS).await, json!([3, 2, 1]));
        browser.click("#pause").await;
        browser.until(&format!("{NUMBERS}.length === 6")).await;
        assert_eq!(browser.value(NUMBERS).await, json!([6, 5, 4, 3, 2, 1]));
        browser
            .until("new URL(location).searchParams.get('from') === '6'")
            .await;
        address = browser.client.current_url().await.unwrap().to_string();
    })
    .await;
    append(&*store.store, "order-3", numbered(130)).await;
    with_browser(async |browser| {
        browser.goto(&address).await;
        browser.until(&format!("{NUMBERS}[0] === 136")).await;
        let expected: Vec<u64> = (1..=136).rev().collect();
        assert_eq!(browser.value(NUMBERS).await, json!(expected));
    })
    .await;
}

async fn a_list_from_the_oldest_grows_at_its_end(backend: Backend) {
    let store = Store::new(backend).await;
    append(&*store.store, "order-1", numbered(2)).await;
    let served = Served::reading(&store.store).await;
    with_browser(async |browser| {
        open_live(browser, &served, "all?order=oldest").await;
        append(&*store.store, "order-1", numbered(2)).await;
        browser.until(&format!("{NUMBERS}.length === 4")).await;
        assert_eq!(browser.value(NUMBERS).await, json!([1, 2, 3, 4]));
    })
    .await;
}

/// Opens a page, and waits until it listens.
async fn open_live(browser: &Browser, served: &Served, page: &str) {
    browser.goto(&served.at(page)).await;
    browser.value(&told_of(0)).await;
    browser.until("window.isTold").await;
}

/// Listens to the worker of the pages, as they do, until it tells of so many events.
fn told_of(head: u64) -> String {
    format!(
        "(() => {{
            window.isTold = false;
            const worker = new SharedWorker(document.querySelector('meta[name=worker]').content);
            worker.port.onmessage = ({{ data }}) => {{
                if (data.state && data.state.head >= {head}) {{
                    window.isTold = true;
                    worker.port.postMessage('leave');
                }}
            }};
            return true;
        }})()"
    )
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

fn assert_soon(what: &str, millis: u64) {
    println!("{what} shows the event after {millis} ms");
    assert!(
        u128::from(millis) < SOON.as_millis(),
        "{what} shows the event after {millis} ms"
    );
}
