//! What an open page says when the storage goes away.

use eventstore_testkit::proxy::Side;

use crate::browser::with_browser;
use crate::samples::{append, event, fill};
use crate::served::Served;
use crate::store::Store;

/// A file does not go away.
mod postgres_in_browser {
    #[tokio::test(flavor = "multi_thread")]
    async fn a_page_tells_of_an_outage_and_goes_on_after_it() {
        super::a_page_tells_of_an_outage_and_goes_on_after_it().await;
    }
}

async fn a_page_tells_of_an_outage_and_goes_on_after_it() {
    let (store, proxy) = Store::behind_proxy().await;
    fill(&*store.store).await;
    let served = Served::reading(&store.store).await;
    with_browser(async |browser| {
        browser.goto(&served.at("all")).await;
        browser.until("document.getElementById('status').hidden").await;
        proxy.swallow(Side::Server);
        browser.until("!document.getElementById('status').hidden").await;
        let status = browser.text("#status").await;
        assert!(status.starts_with("The storage does not answer"), "{status}");
        proxy.heal();
        proxy.cut_now();
        browser.until("document.getElementById('status').hidden").await;
        append(&*store.store, "order-9", [event("AfterTheOutage", "{}")]).await;
        browser.until_shown("AfterTheOutage").await;
    })
    .await;
}
