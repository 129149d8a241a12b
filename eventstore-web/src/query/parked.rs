use eventstore_core::{EventNumber, EventStore, SubscriptionId};

use crate::problem::Problem;
use crate::view::{EventRow, ParkedRow, ParkedView};

/// How many parked events a list has: each of them is looked up.
const LISTED: u32 = 20;

pub(crate) async fn list_parked(store: &dyn EventStore, id: SubscriptionId, after: u64) -> Result<ParkedView, Problem> {
    let after = EventNumber::try_from(after).map_err(|error| Problem::invalid("after", error))?;
    let parked = store.list_parked(id, after, LISTED).await?;
    let mut events = Vec::with_capacity(parked.len());
    for row in &parked {
        let found = store.find_event(row.event_id).await?;
        events.push(ParkedRow::new(row, found.map(|found| EventRow::of_all(&found.event))));
    }
    let is_full = parked.len() >= usize::try_from(LISTED).unwrap_or(usize::MAX);
    Ok(ParkedView {
        count: store.count_parked(id).await?,
        events,
        next: parked.last().filter(|_| is_full).map(|last| last.number.get()),
    })
}
