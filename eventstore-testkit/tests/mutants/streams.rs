//! Links, deletions and lists that break a rule.

use std::num::NonZeroU32;

use async_trait::async_trait;
use eventstore_core::{
    Delete, Deletion, Error, EventId, EventLinker, EventReaderExt, ExpectedVersion, Link, LinkReceipt, PageStart, Read,
    Result, SnapshotPolicy, SnapshotStore, StreamDeleter, StreamDirectory, StreamInfo, StreamName, StreamPage,
    StreamQuery, StreamSelector,
};
use eventstore_testkit::MemoryStore;
use futures_util::TryStreamExt;

use crate::mutation::Mutation;

pub(crate) struct LosesTheOrderOfLinks;

#[async_trait]
impl Mutation for LosesTheOrderOfLinks {
    async fn link(&self, store: &MemoryStore, link: Link) -> Result<LinkReceipt> {
        let ids: Vec<_> = link.event_ids().iter().rev().copied().collect();
        store
            .link(Link::new(link.target().clone(), link.expected(), ids)?)
            .await
    }
}

pub(crate) struct IgnoresTheExpectedVersionOfLinks;

#[async_trait]
impl Mutation for IgnoresTheExpectedVersionOfLinks {
    async fn link(&self, store: &MemoryStore, link: Link) -> Result<LinkReceipt> {
        let ids = link.event_ids().to_vec();
        store
            .link(Link::new(link.target().clone(), ExpectedVersion::Any, ids)?)
            .await
    }
}

/// Links the others, and tells as if all had been linked.
async fn link_without(store: &MemoryStore, link: &Link, left_out: &[EventId]) -> Result<LinkReceipt> {
    let ids: Vec<_> = link
        .event_ids()
        .iter()
        .filter(|id| !left_out.contains(id))
        .copied()
        .collect();
    match Link::new(link.target().clone(), link.expected(), ids) {
        Ok(rest) => store.link(rest).await,
        Err(_) => Ok(LinkReceipt {
            target: link.target().clone(),
            first_version: 1.into(),
            last_version: 1.into(),
        }),
    }
}

pub(crate) struct LeavesUnknownEventsOut;

#[async_trait]
impl Mutation for LeavesUnknownEventsOut {
    async fn link(&self, store: &MemoryStore, link: Link) -> Result<LinkReceipt> {
        match store.link(link.clone()).await {
            Err(Error::EventsNotFound { event_ids }) => link_without(store, &link, &event_ids).await,
            answer => answer,
        }
    }
}

pub(crate) struct PassesOverWhatIsLinkedAlready;

#[async_trait]
impl Mutation for PassesOverWhatIsLinkedAlready {
    async fn link(&self, store: &MemoryStore, link: Link) -> Result<LinkReceipt> {
        match store.link(link.clone()).await {
            Err(Error::DuplicateEvent { event_id }) => link_without(store, &link, &[event_id]).await,
            answer => answer,
        }
    }
}

pub(crate) struct KeepsTheSnapshotsOfDeletedStreams;

#[async_trait]
impl Mutation for KeepsTheSnapshotsOfDeletedStreams {
    async fn delete(&self, store: &MemoryStore, delete: Delete) -> Result<()> {
        let kept = store.read_snapshot(delete.stream()).await?;
        store.delete(delete).await?;
        if let Some(kept) = kept {
            store.record_snapshot(kept.snapshot, SnapshotPolicy::Replace).await?;
        }
        Ok(())
    }
}

pub(crate) struct IgnoresTheExpectedVersionOfDeletions;

#[async_trait]
impl Mutation for IgnoresTheExpectedVersionOfDeletions {
    async fn delete(&self, store: &MemoryStore, delete: Delete) -> Result<()> {
        let stream = delete.stream().clone();
        store
            .delete(match delete.deletion() {
                Deletion::Soft => Delete::new(stream, Deletion::Soft),
                Deletion::Hard => Delete::new(stream, Deletion::Hard),
            })
            .await
    }
}

pub(crate) struct HardDeletesWithoutPermission;

#[async_trait]
impl Mutation for HardDeletesWithoutPermission {
    async fn delete(&self, store: &MemoryStore, delete: Delete) -> Result<()> {
        store.clone().with_hard_deletes().delete(delete).await
    }
}

pub(crate) struct DeletesSoftlyInstead;

#[async_trait]
impl Mutation for DeletesSoftlyInstead {
    async fn delete(&self, store: &MemoryStore, delete: Delete) -> Result<()> {
        let soft = Delete::new(delete.stream().clone(), Deletion::Soft).with_expected_version(delete.expected());
        store.delete(soft).await
    }
}

/// As the original store does: what is linked goes with the links.
pub(crate) struct DeletesWhatIsLinked;

#[async_trait]
impl Mutation for DeletesWhatIsLinked {
    async fn delete(&self, store: &MemoryStore, delete: Delete) -> Result<()> {
        if delete.deletion() == Deletion::Hard {
            let events: Vec<_> = store.read(Read::new(delete.stream().clone())).try_collect().await?;
            for event in events.iter().filter(|event| event.stream != *delete.stream()) {
                let _ = store.delete(Delete::new(event.stream.clone(), Deletion::Hard)).await;
            }
        }
        store.delete(delete).await
    }
}

pub(crate) struct UndeletesWhatNeverWas;

#[async_trait]
impl Mutation for UndeletesWhatNeverWas {
    async fn undelete(&self, store: &MemoryStore, stream: &StreamName) -> Result<()> {
        let _ = store.undelete(stream).await;
        Ok(())
    }
}

pub(crate) struct TakesWildcardsInASearch;

#[async_trait]
impl Mutation for TakesWildcardsInASearch {
    async fn list_streams(&self, store: &MemoryStore, mut query: StreamQuery) -> Result<StreamPage> {
        query.search = query.search.filter(|search| !search.contains(['%', '_']));
        store.list_streams(query).await
    }
}

pub(crate) struct BeginsEveryPageAtTheStart;

#[async_trait]
impl Mutation for BeginsEveryPageAtTheStart {
    async fn list_streams(&self, store: &MemoryStore, query: StreamQuery) -> Result<StreamPage> {
        let start = StreamQuery::default().start;
        store.list_streams(StreamQuery { start, ..query }).await
    }
}

/// The streams of the pages before are not counted.
pub(crate) struct CountsOnlyWhatIsLeft;

#[async_trait]
impl Mutation for CountsOnlyWhatIsLeft {
    async fn list_streams(&self, store: &MemoryStore, query: StreamQuery) -> Result<StreamPage> {
        let goes_on = matches!(query.start, PageStart::After(_));
        let page = store.list_streams(query).await?;
        Ok(if goes_on {
            StreamPage {
                total_streams: u64::try_from(page.streams.len()).unwrap(),
                ..page
            }
        } else {
            page
        })
    }
}

pub(crate) struct ForgetsSoftDeletedStreams;

#[async_trait]
impl Mutation for ForgetsSoftDeletedStreams {
    async fn list_streams(&self, store: &MemoryStore, query: StreamQuery) -> Result<StreamPage> {
        let mut page = store.list_streams(query).await?;
        page.streams.retain(|stream| stream.deleted_at.is_none());
        Ok(page)
    }
}

pub(crate) struct BeginsAgainAfterAStreamThatIsGone;

#[async_trait]
impl Mutation for BeginsAgainAfterAStreamThatIsGone {
    async fn list_streams(&self, store: &MemoryStore, query: StreamQuery) -> Result<StreamPage> {
        let is_gone = match &query.start {
            PageStart::After(last) => store.stream_info(&last.selector).await.is_err(),
            PageStart::Number(_) => false,
        };
        let start = if is_gone {
            StreamQuery::default().start
        } else {
            query.start.clone()
        };
        store.list_streams(StreamQuery { start, ..query }).await
    }
}

pub(crate) struct TakesWildcardsInAPrefix;

#[async_trait]
impl Mutation for TakesWildcardsInAPrefix {
    async fn streams_by_name(
        &self,
        store: &MemoryStore,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        store
            .streams_by_name(prefix.trim_end_matches(['%', '_']), after, limit)
            .await
    }
}

/// The first of them comes again on the next page.
pub(crate) struct IncludesTheNameBeforeThePage;

#[async_trait]
impl Mutation for IncludesTheNameBeforeThePage {
    async fn streams_by_name(
        &self,
        store: &MemoryStore,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        let mut streams = store.streams_by_name(prefix, None, NonZeroU32::MAX).await?;
        streams.retain(|info| after.is_none_or(|after| info.selector.as_str() >= after.as_str()));
        streams.truncate(usize::try_from(limit.get()).unwrap());
        Ok(streams)
    }
}

pub(crate) struct ListsAllStreamsByName;

#[async_trait]
impl Mutation for ListsAllStreamsByName {
    async fn streams_by_name(
        &self,
        store: &MemoryStore,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        let mut streams = store.streams_by_name(prefix, after, limit).await?;
        streams.insert(0, store.stream_info(&StreamSelector::All).await?);
        Ok(streams)
    }
}

pub(crate) struct ListsTheOldestStreams;

#[async_trait]
impl Mutation for ListsTheOldestStreams {
    async fn newest_streams(
        &self,
        store: &MemoryStore,
        before: Option<u64>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        let mut streams = store.newest_streams(before, NonZeroU32::MAX).await?;
        streams.reverse();
        streams.truncate(usize::try_from(limit.get()).unwrap());
        Ok(streams)
    }
}
