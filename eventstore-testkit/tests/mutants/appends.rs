//! Appends that break a rule.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Delete, Deletion, Error, EventId, EventWriter, ExpectedVersion, Idempotence,
    NewEvent, Result, StreamDeleter, StreamName,
};
use eventstore_testkit::MemoryStore;
use eventstore_testkit::conformance::Payloads;
use uuid::Uuid;

use crate::mutation::Mutation;

/// The same append with something else about it.
struct Change {
    stream: StreamName,
    expected: ExpectedVersion,
    events: Vec<NewEvent>,
}

fn change(append: &Append, how: impl FnOnce(&mut Change)) -> Result<Append> {
    let mut change = Change {
        stream: append.stream().clone(),
        expected: append.expected(),
        events: append.events().to_vec(),
    };
    how(&mut change);
    let mut changed = Append::new(change.stream, change.expected, change.events)?;
    if let Some(at) = append.created_at() {
        changed = changed.with_created_at(at);
    }
    Ok(if append.is_idempotent() {
        changed.with_idempotence(Idempotence::ByIds)
    } else {
        changed
    })
}

/// Mutations of appends that only change what the right append is given.
macro_rules! changed_appends {
    ($($name:ident: |$change:ident| $how:expr;)*) => {
        $(
            pub(crate) struct $name;

            #[async_trait]
            impl Mutation for $name {
                async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
                    store.append(change(&append, |$change| $how)?).await
                }
            }
        )*
    };
}

changed_appends! {
    IgnoresTheExpectedVersion: |change| change.expected = ExpectedVersion::Any;
    TakesStreamExistsForAny: |change| if change.expected == ExpectedVersion::StreamExists {
        change.expected = ExpectedVersion::Any;
    };
    TakesNoStreamForAny: |change| if change.expected == ExpectedVersion::NoStream {
        change.expected = ExpectedVersion::Any;
    };
    LosesTheLastOfManyEvents: |change| if change.events.len() > 1_000 {
        change.events.pop();
    };
    ReversesTheEvents: |change| change.events.reverse();
    MakesItsOwnIds: |change| for event in &mut change.events {
        event.id = Uuid::now_v7().into();
    };
    SwapsCausationAndCorrelation: |change| for event in &mut change.events {
        std::mem::swap(&mut event.causation_id, &mut event.correlation_id);
    };
    LosesTheMetadata: |change| for event in &mut change.events {
        event.metadata = None;
    };
    TrimsTheData: |change| for event in &mut change.events {
        event.data = event.data.trim_ascii().to_vec().into();
    };
    IgnoresTheTimeOfAnEvent: |change| for event in &mut change.events {
        event.created_at = None;
    };
    FoldsTheCaseOfStreamNames: |change| {
        let folded = change.stream.as_str().to_lowercase();
        change.stream = StreamName::new(folded).unwrap();
    };
}

/// Bytes are kept where JSON is said to be.
pub(crate) struct TakesWhatIsNoJson;

impl Mutation for TakesWhatIsNoJson {
    fn payloads(&self) -> Payloads {
        Payloads::Json
    }
}

pub(crate) struct AppendsEventByEvent;

#[async_trait]
impl Mutation for AppendsEventByEvent {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        let mut whole: Option<AppendReceipt> = None;
        for event in append.events() {
            let expected = match &whole {
                Some(receipt) => receipt.last_version.into(),
                None => append.expected(),
            };
            let one = Append::new(append.stream().clone(), expected, vec![event.clone()])?;
            let receipt = store.append(one).await?;
            tokio::task::yield_now().await;
            whole = Some(match whole {
                Some(before) => AppendReceipt {
                    last_version: receipt.last_version,
                    last_position: receipt.last_position,
                    ..before
                },
                None => receipt,
            });
        }
        Ok(whole.unwrap())
    }
}

pub(crate) struct ReplacesTheIdsOfDuplicates;

#[async_trait]
impl Mutation for ReplacesTheIdsOfDuplicates {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        match store.append(append.clone()).await {
            Err(Error::DuplicateEvent { .. }) => MakesItsOwnIds.append(store, append).await,
            answer => answer,
        }
    }
}

pub(crate) struct LetsARefusedAppendBumpAllStreams;

#[async_trait]
impl Mutation for LetsARefusedAppendBumpAllStreams {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        let answer = store.append(append.clone()).await;
        if answer.is_err() {
            let hidden = StreamName::new("a stream to take a position").unwrap();
            let bump = change(&append, |change| {
                change.stream = hidden.clone();
                change.expected = ExpectedVersion::Any;
            })?;
            MakesItsOwnIds.append(store, bump).await?;
            store.delete(Delete::new(hidden, Deletion::Hard)).await?;
        }
        answer
    }
}

pub(crate) struct CreatesTheStreamOfARefusedAppend;

#[async_trait]
impl Mutation for CreatesTheStreamOfARefusedAppend {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        let answer = store.append(append.clone()).await;
        if answer.is_err() {
            store.create_empty_stream(append.stream());
        }
        answer
    }
}

/// The ids of refused appends stay behind, without an event that anybody can read.
#[derive(Default)]
pub(crate) struct LeavesAnOrphan(Mutex<HashSet<EventId>>);

#[async_trait]
impl Mutation for LeavesAnOrphan {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        let orphan = append.event_ids().find(|id| self.0.lock().unwrap().contains(id));
        if let Some(event_id) = orphan {
            return Err(Error::DuplicateEvent { event_id });
        }
        let answer = store.append(append.clone()).await;
        if let Err(Error::WrongExpectedVersion { .. }) = answer {
            self.0.lock().unwrap().extend(append.event_ids());
        }
        answer
    }
}

pub(crate) struct RefusesARepeatedAppend;

#[async_trait]
impl Mutation for RefusesARepeatedAppend {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        let events = append.events().to_vec();
        let ordinary = Append::new(append.stream().clone(), append.expected(), events)?;
        store.append(ordinary).await
    }
}

pub(crate) struct NeverComparesContents;

#[async_trait]
impl Mutation for NeverComparesContents {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        let events = append.events().to_vec();
        let by_ids =
            Append::new(append.stream().clone(), append.expected(), events)?.with_idempotence(Idempotence::ByIds);
        store
            .append(if append.compares_content() { by_ids } else { append })
            .await
    }
}

pub(crate) struct TakesAPrefixForTheWholeAppend;

#[async_trait]
impl Mutation for TakesAPrefixForTheWholeAppend {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        let mut shorter = append.clone();
        loop {
            match store.append(shorter.clone()).await {
                Err(Error::DuplicateEvent { .. }) if shorter.is_idempotent() && shorter.events().len() > 1 => {
                    shorter = change(&shorter, |change| drop(change.events.pop()))?;
                }
                answer => return answer,
            }
        }
    }
}

pub(crate) struct AppendsASetOneAfterTheOther;

#[async_trait]
impl Mutation for AppendsASetOneAfterTheOther {
    async fn append_set(&self, store: &MemoryStore, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        let mut receipts = Vec::new();
        for append in set.appends() {
            receipts.push(store.append(append.clone()).await?);
        }
        Ok(receipts)
    }
}

pub(crate) struct MixesUpTheReceiptsOfASet;

#[async_trait]
impl Mutation for MixesUpTheReceiptsOfASet {
    async fn append_set(&self, store: &MemoryStore, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        let mut receipts = store.append_set(set).await?;
        receipts.reverse();
        Ok(receipts)
    }
}

pub(crate) struct AppendsHalfOfASetFirst;

#[async_trait]
impl Mutation for AppendsHalfOfASetFirst {
    async fn append_set(&self, store: &MemoryStore, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        let mut receipts = Vec::new();
        for append in set.appends() {
            receipts.push(store.append(append.clone()).await?);
            tokio::task::yield_now().await;
        }
        Ok(receipts)
    }
}

/// Whether the store is open is checked when an append is carried out, not when it is called.
pub(crate) struct BeginsAppendsLate;

#[async_trait]
impl Mutation for BeginsAppendsLate {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        tokio::task::yield_now().await;
        store.append(append).await
    }
}
