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
    /// Left out, as their ids are stored in other streams.
    pub(super) elsewhere: u64,
    /// Stored under another version.
    pub(super) renumbered: u64,
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
        "IN OTHER STREAMS",
        "RENUMBERED",
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
            self.elsewhere,
            self.renumbered,
        ]
        .map(|number| number.to_string())
        .into()
    }
}
