use eventstore_core::{EventId, EventStore};

use crate::samples::Sample;

/// A page, what is known of it, and what it has to show.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    /// Texts that the page shows.
    pub(crate) shows: Vec<&'static str>,
}

/// Every page of the store of [`fill`](crate::samples::fill).
pub(crate) async fn all(store: &dyn EventStore, sample: Sample) -> Vec<Place> {
    assert!(store.find_event(EventId::new(sample.event)).await.unwrap().is_some());
    let place = |name, address: &str, shows: &[&'static str]| Place {
        name,
        address: address.to_owned(),
        shows: shows.to_vec(),
    };
    let subscription = "stream=%24all&name=mailer";
    vec![
        place(
            "overview",
            "overview",
            &["Events per second", "mailer", "Storage answers in"],
        ),
        place("streams", "streams", &["order-1", "by-country-gb", "soft-deleted"]),
        place("survey", "survey", &["Longest streams", "order", "examined"]),
        place(
            "stream",
            "stream?name=order-1",
            &["Snapshot Order", "ItemAdded", "Older"],
        ),
        place(
            "event",
            &format!("event?id={}", sample.event),
            &[
                "OrderPlaced",
                "Ada Lovelace",
                "192.0.2.7",
                "by-country-gb",
                "Caused by",
                "eventstore index create causation",
            ],
        ),
        place("all", "all", &["ParcelShipped", "customer-7", "Older"]),
        place(
            "trace",
            &format!("trace?correlation={}", sample.correlation),
            &["Correlation", "OrderPlaced", "ParcelShipped", "parcel-7"],
        ),
        place("subscriptions", "subscriptions", &["mailer", "not running"]),
        place(
            "subscription",
            &format!("subscription?{subscription}"),
            &["Checkpoint", "Set the checkpoint…"],
        ),
        place(
            "parked",
            &format!("parked?{subscription}"),
            &["3 events parked", "the mail server refused the recipient", "Discard…"],
        ),
        place(
            "confirm",
            &format!("confirm?{subscription}&action=replay&first=2"),
            &["Replay 2 parked events?", "Cancel"],
        ),
        place("unlock", "unlock", &["Token", "Unlock"]),
        place("verify", "verify", &["Begin a check"]),
        place(
            "problem",
            "stream?name=absent",
            &["Not Found", "absent", "To the overview"],
        ),
    ]
}
