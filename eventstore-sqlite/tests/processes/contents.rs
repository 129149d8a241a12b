use std::collections::BTreeMap;

use eventstore_core::{
    Append, EventReaderExt, NewEvent, Position, Read, RecordedEvent, Result, StreamDirectory, StreamName,
    StreamSelector,
};
use eventstore_sqlite::{SqliteAdmin, SqliteConfig, SqliteStore};
use futures_util::TryStreamExt;
use tempfile::TempDir;
use uuid::Uuid;

use crate::request::Request;
use crate::writer::Acknowledged;

/// Everything that a store of requests holds, by the positions of the events.
struct Contents {
    all: Vec<RecordedEvent>,
    /// For each request, the index of its first event that is there.
    requests: BTreeMap<Request, usize>,
    findings: Vec<String>,
}

/// Fails, and keeps the files, unless the store is sound and holds all that was acknowledged, and nothing half. Returns how
/// many events it holds.
pub(crate) async fn assert_sound(
    folder: TempDir,
    store: &SqliteStore,
    config: &SqliteConfig,
    acknowledged: &[Acknowledged],
) -> (TempDir, usize) {
    match examine(store, config, acknowledged).await {
        Ok((events, findings)) if findings.is_empty() => (folder, events),
        found => panic!("{found:?}\nthe files are kept in {}", folder.keep().display()),
    }
}

async fn examine(
    store: &SqliteStore,
    config: &SqliteConfig,
    acknowledged: &[Acknowledged],
) -> Result<(usize, Vec<String>)> {
    let mut contents = Contents::read(store).await?;
    contents.judge_requests();
    contents.judge_acknowledged(acknowledged);
    contents.judge_streams(store).await?;
    contents
        .findings
        .extend(SqliteAdmin::new(config.clone()).check_file().await?);
    Ok((contents.all.len(), contents.findings))
}

impl Contents {
    async fn read(store: &SqliteStore) -> Result<Self> {
        let all: Vec<_> = store.read(Read::all()).try_collect().await?;
        let mut contents = Self {
            all,
            requests: BTreeMap::new(),
            findings: Vec::new(),
        };
        for (index, event) in contents.all.iter().enumerate() {
            let (request, _) = Request::of(event.event_id);
            contents.requests.entry(request).or_insert(index);
            let position = event.position.map(Position::get);
            if position != u64::try_from(index + 1).ok() {
                contents.findings.push(format!("{position:?} after {index}"));
            }
        }
        Ok(contents)
    }

    /// Whether all of each request is there, and as it was appended.
    fn judge_requests(&mut self) {
        for (request, first) in &self.requests {
            let expected: Vec<_> = request.appends().iter().flat_map(expected).collect();
            let stored = self.all[*first..].iter().take(expected.len()).map(stored);
            if !stored.eq(expected) {
                self.findings.push(format!("{request:?} is not stored as a whole"));
            }
        }
        let events: usize = self.requests.keys().map(|request| request.events()).sum();
        if events != self.all.len() {
            let stored = self.all.len();
            self.findings.push(format!("{stored} events instead of {events}"));
        }
    }

    fn judge_acknowledged(&mut self, acknowledged: &[Acknowledged]) {
        for told in acknowledged {
            let index = usize::try_from(told.position.get() - 1).unwrap();
            let there = self.all.get(index).map(|event| event.event_id.as_uuid());
            if there != Some(told.request.first_event()) {
                self.findings.push(format!("{told:?} is lost: {there:?} is there"));
            }
        }
    }

    /// Whether each stream, read by itself, has what `$all` has of it, numbered from 1 to its version.
    async fn judge_streams(&mut self, store: &SqliteStore) -> Result<()> {
        let mut streams: BTreeMap<&StreamName, Vec<Uuid>> = BTreeMap::new();
        for event in &self.all {
            streams.entry(&event.stream).or_default().push(event.event_id.as_uuid());
        }
        let mut heads = vec![(StreamSelector::All, self.all.len())];
        for (name, ids) in streams {
            let events: Vec<_> = store.read(Read::new(name.clone())).try_collect().await?;
            let is_same = events.iter().map(|event| event.event_id.as_uuid()).eq(ids);
            let versions = events.iter().map(|event| event.stream_version.get());
            if !is_same || !versions.eq(1..=u64::try_from(events.len()).unwrap()) {
                self.findings.push(format!("{name:?} is not as in $all"));
            }
            heads.push((name.clone().into(), events.len()));
        }
        for (stream, events) in heads {
            let version = store.stream_info(&stream).await?.version.get();
            if Ok(version) != u64::try_from(events) {
                self.findings
                    .push(format!("{stream} has version {version}, and {events} events"));
            }
        }
        Ok(())
    }
}

fn expected(append: &Append) -> impl Iterator<Item = (Uuid, StreamName, Vec<u8>)> {
    let stream = append.stream().clone();
    let event = move |event: &NewEvent| (event.id.as_uuid(), stream.clone(), event.data.to_vec());
    append.events().iter().map(event)
}

fn stored(event: &RecordedEvent) -> (Uuid, StreamName, Vec<u8>) {
    (event.event_id.as_uuid(), event.stream.clone(), event.data.to_vec())
}
