//! The pages in a browser that runs no scripts.

use serde_json::json;

use crate::browser::with_browser;
use crate::places;
use crate::samples::fill;
use crate::served::Served;
use crate::store::{Backend, Store, on_each_backend};

on_each_backend![pages_are_read_and_turned_without_scripts,];

async fn pages_are_read_and_turned_without_scripts(backend: Backend) {
    let store = Store::new(backend).await;
    let sample = fill(&*store.store).await;
    let served = Served::reading(&store.store).await;
    with_browser(async |browser| {
        browser
            .command("Emulation.setScriptExecutionDisabled", json!({ "value": true }))
            .await;
        for place in places::all(&*store.store, sample).await {
            if !["overview", "streams", "stream", "event", "all"].contains(&place.name) {
                continue;
            }
            browser.goto(&served.at(&place.address)).await;
            let shown = browser.text("body").await;
            for text in &place.shows {
                assert!(shown.contains(text), "{}: {text} is missing in {shown}", place.name);
            }
            assert_eq!(browser.count("html.live").await, 0, "scripts run");
        }
        for page in ["all", "stream?name=order-1"] {
            browser.goto(&served.at(page)).await;
            let newest = browser.find("tbody tr").await.attr("data-number").await.unwrap();
            browser.click("a[rel=next]").await;
            let older = browser.find("tbody tr").await.attr("data-number").await.unwrap();
            let number = |text: Option<String>| text.unwrap().parse::<u64>().unwrap();
            assert_eq!(number(newest) - number(older), 50, "{page}");
            browser.click("a.button[href*='order=oldest']").await;
            assert_eq!(
                browser
                    .find("tbody tr")
                    .await
                    .attr("data-number")
                    .await
                    .unwrap()
                    .unwrap(),
                "1"
            );
        }
    })
    .await;
}
