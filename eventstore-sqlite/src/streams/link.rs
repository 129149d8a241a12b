use std::collections::HashMap;
use std::iter;

use eventstore_core::{Error, EventId, Link, LinkReceipt, Result, StreamVersion};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::changes::{Plan, write};
use crate::connection::Database;
use crate::error::failed;
use crate::sql;
use crate::values::{json_of, json_of_ids, now};

/// An event to be linked.
struct Source {
    position: i64,
    is_in_target: bool,
}

impl Database {
    pub(crate) async fn link(&self, link: &Link) -> Result<LinkReceipt> {
        let mut transaction = self.begin().await?;
        let now = now()?;
        let mut plan = Plan::about(&mut transaction, iter::once(link.target()), now).await?;
        let version = plan.expect(link.target(), link.expected())?;
        let target_id = plan.stream(link.target()).map(|stream| stream.id);
        let sources = find_sources(&mut transaction, link, target_id).await?;
        let positions = positions(link, &sources)?;

        let receipt = receipt(link, version)?;
        let target_id = plan.move_stream(link.target(), receipt.last_version, now);
        write(&mut transaction, &plan).await.map_err(failed)?;
        sqlx::query(sql::INSERT_LINKS)
            .bind(target_id)
            .bind(receipt.first_version.as_i64())
            .bind(json_of(&positions))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await?;
        Ok(receipt)
    }
}

async fn find_sources(
    connection: &mut SqliteConnection,
    link: &Link,
    target_id: Option<i64>,
) -> Result<HashMap<EventId, Source>> {
    let rows: Vec<(Uuid, i64, bool)> = sqlx::query_as(sql::FIND_SOURCES)
        .bind(json_of_ids(link.event_ids().iter().copied()))
        .bind(target_id)
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    let sources = rows.into_iter().map(|(id, position, is_in_target)| {
        let source = Source { position, is_in_target };
        (EventId::from(id), source)
    });
    Ok(sources.collect())
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
