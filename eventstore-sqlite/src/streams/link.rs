use std::collections::HashMap;
use std::iter;

use eventstore_core::{Error, EventId, Link, LinkReceipt, Result, StreamVersion};

use crate::changes::{Plan, Source, find_sources, insert_links, write};
use crate::connection::{Database, Writer};
use crate::error::failed;
use crate::values::now;

impl Database {
    pub(crate) async fn link(&self, link: Link) -> Result<LinkReceipt> {
        self.change_in_place(move |writer| add_links(writer, &link)).await
    }
}

fn add_links(writer: &mut Writer, link: &Link) -> Result<LinkReceipt> {
    let change = writer.begin()?;
    let now = now()?;
    let mut plan = Plan::about(&change, iter::once(link.target()), now)?;
    let version = plan.expect(link.target(), link.expected())?;
    let target_id = plan.stream(link.target()).map(|stream| stream.id);
    let sources = find_sources(&change, link, target_id).map_err(failed)?;
    let positions = positions(link, &sources)?;

    let receipt = receipt(link, version)?;
    let target_id = plan.move_stream(link.target(), receipt.last_version, now);
    write(&change, &plan).map_err(failed)?;
    insert_links(&change, target_id, receipt.first_version, &positions).map_err(failed)?;
    change.commit()?;
    Ok(receipt)
}

/// The positions of the events, in the order of the link, if all of them can be linked.
fn positions(link: &Link, sources: &HashMap<EventId, Source>) -> Result<Vec<i64>> {
    let ids = link.event_ids().iter();
    let unknown: Vec<_> = ids.clone().copied().filter(|id| !sources.contains_key(id)).collect();
    if !unknown.is_empty() {
        return Err(Error::EventsNotFound { event_ids: unknown });
    }
    let found = ids.filter_map(|id| Some((*id, sources.get(id)?)));
    let positions = found.map(|(event_id, source)| {
        if source.is_in_target {
            return Err(Error::DuplicateEvent { event_id });
        }
        Ok(source.position)
    });
    positions.collect()
}

fn receipt(link: &Link, before: StreamVersion) -> Result<LinkReceipt> {
    let count = u64::try_from(link.event_ids().len()).unwrap_or(u64::MAX);
    Ok(LinkReceipt {
        target: link.target().clone(),
        first_version: before.next(),
        last_version: before.after(count).map_err(Error::corrupt)?,
    })
}
