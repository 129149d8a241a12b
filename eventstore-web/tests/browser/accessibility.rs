//! What axe-core finds: it knows the rules by which people can use a page who do not see it, or not well.

use std::fs;

use serde_json::Value;

use crate::browser::{Scheme, with_browser};
use crate::pages::target;
use crate::places;
use crate::samples::fill;
use crate::served::Served;
use crate::store::{Backend, Store, on_each_backend};

on_each_backend![axe_finds_nothing_serious_on_any_page,];

/// Where `cargo xtask test --browser` puts it.
const AXE: &str = "axe-core/node_modules/axe-core/axe.min.js";

const RUN: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then((found) => done(found.violations), (error) => done(String(error)));";

async fn axe_finds_nothing_serious_on_any_page(backend: Backend) {
    let axe = target().join(AXE);
    let axe = fs::read_to_string(&axe)
        .unwrap_or_else(|error| panic!("{}: {error}: run cargo xtask test --browser", axe.display()));
    let store = Store::new(backend).await;
    let sample = fill(&*store.store).await;
    let served = Served::writing(&store.store).await;
    with_browser(async |browser| {
        let mut found = Vec::new();
        for place in places::all(&*store.store, sample).await {
            browser.goto(&served.at(&place.address)).await;
            browser.client.execute(&axe, Vec::new()).await.unwrap();
            for scheme in Scheme::ALL {
                browser.prefer(scheme).await;
                let violations = browser.client.execute_async(RUN, Vec::new()).await.unwrap();
                let violations = violations.as_array().unwrap_or_else(|| panic!("{violations}"));
                let grave = violations.iter().filter(|violation| is_grave(violation));
                found.extend(grave.map(|violation| describe(place.name, scheme, violation)));
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    })
    .await;
}

fn is_grave(violation: &Value) -> bool {
    violation["impact"] == "serious" || violation["impact"] == "critical"
}

fn describe(page: &str, scheme: Scheme, violation: &Value) -> String {
    let places = violation["nodes"].as_array().unwrap().iter().map(|node| &node["html"]);
    let places: Vec<_> = places.take(3).map(ToString::to_string).collect();
    format!(
        "{page} in {}: {} {}",
        scheme.name(),
        violation["help"],
        places.join(", ")
    )
}
