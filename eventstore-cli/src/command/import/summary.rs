use serde::Serialize;

use crate::output::TableRow;

/// What an import has done.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    pub(super) events: u64,
    pub(super) links: u64,
    pub(super) deleted_streams: u64,
    pub(super) snapshots: u64,
    pub(super) subscriptions: u64,
    pub(super) parked_events: u64,
    pub(super) skipped: u64,
}

impl TableRow for Summary {
    const HEAD: &'static [&'static str] = &[
        "EVENTS",
        "LINKS",
        "DELETED STREAMS",
        "SNAPSHOTS",
        "SUBSCRIPTIONS",
        "PARKED EVENTS",
        "THERE ALREADY",
    ];

    fn cells(&self) -> Vec<String> {
        [
            self.events,
            self.links,
            self.deleted_streams,
            self.snapshots,
            self.subscriptions,
            self.parked_events,
            self.skipped,
        ]
        .map(|number| number.to_string())
        .into()
    }
}
