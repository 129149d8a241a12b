use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use eventstore_core::{Error, EventStore, StreamInfo, StreamSelector};
use tokio::task::JoinHandle;

use crate::view::{CategoryView, StreamView, SurveyView};

/// How many streams one step of the walk reads.
const STEP: NonZeroU32 = NonZeroU32::new(1_000).unwrap();

/// How many streams and categories are kept of each kind.
const KEPT: usize = 20;

/// How many categories are counted: what comes after these is not told apart.
const CATEGORIES: usize = 10_000;

/// How old a walk may be before another one is made.
const FRESH: Duration = Duration::from_mins(5);

/// A walk through the list of streams, step by step: no index knows the longest streams, and no statement reads all of them.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    began_at: Instant,
    found: Arc<Mutex<Found>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Found {
    streams: u64,
    is_complete: bool,
    problem: Option<String>,
    categories: HashMap<String, (u64, u64)>,
    longest: Vec<StreamView>,
    deleted: Vec<StreamView>,
}

impl Survey {
    /// What the walk has found so far; begins one if there is none that is fresh.
    pub(crate) fn look(&self, store: &Arc<dyn EventStore>) -> SurveyView {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |running: &Running| !running.task.is_finished() || running.began_at.elapsed() < FRESH;
        if !running.as_ref().is_some_and(is_fresh) {
            *running = Some(Running::begin(Arc::clone(store)));
        }
        running
            .as_ref()
            .map(|running| lock(&running.found).view())
            .unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    fn begin(store: Arc<dyn EventStore>) -> Self {
        let found = Arc::default();
        let task = tokio::spawn(walk(store, Arc::clone(&found)));
        Self {
            began_at: Instant::now(),
            found,
            task,
        }
    }
}

async fn walk(store: Arc<dyn EventStore>, found: Arc<Mutex<Found>>) {
    let problem = walk_to_the_end(&*store, &found).await.err();
    let mut found = lock(&found);
    found.problem = problem.map(|error| error.to_string());
    found.is_complete = found.problem.is_none();
}

async fn walk_to_the_end(store: &dyn EventStore, found: &Mutex<Found>) -> Result<(), Error> {
    let mut before = None;
    loop {
        let streams = store.newest_streams(before, STEP).await?;
        let Some(last) = streams.last() else { return Ok(()) };
        before = Some(last.id);
        lock(found).add(&streams);
    }
}

impl Found {
    fn add(&mut self, streams: &[StreamInfo]) {
        for info in streams {
            let StreamSelector::Stream(name) = &info.selector else {
                continue;
            };
            self.streams += 1;
            if self.categories.len() < CATEGORIES || self.categories.contains_key(name.category()) {
                let counts = self.categories.entry(name.category().to_owned()).or_default();
                *counts = (counts.0 + 1, counts.1.saturating_add(info.version.get()));
            }
            keep(&mut self.longest, info, |stream| Some(stream.version));
            keep(&mut self.deleted, info, |stream| stream.deleted_at.clone());
        }
    }

    fn view(&self) -> SurveyView {
        let mut categories: Vec<_> = self.categories.iter().map(category).collect();
        categories.sort_by(|a, b| b.streams.cmp(&a.streams).then_with(|| a.category.cmp(&b.category)));
        categories.truncate(KEPT);
        SurveyView {
            streams: self.streams,
            is_complete: self.is_complete,
            problem: self.problem.clone(),
            categories,
            longest: self.longest.clone(),
            deleted: self.deleted.clone(),
        }
    }
}

fn category((name, (streams, events)): (&String, &(u64, u64))) -> CategoryView {
    CategoryView {
        category: name.clone(),
        streams: *streams,
        events: *events,
    }
}

/// Puts the stream among the kept ones, the greatest first, if it has a value and the value is among theirs.
fn keep<T: Ord>(kept: &mut Vec<StreamView>, info: &StreamInfo, value: impl Fn(&StreamView) -> Option<T>) {
    let stream = StreamView::new(info);
    let Some(own) = value(&stream) else { return };
    let place = kept.partition_point(|other| value(other).is_some_and(|other| other >= own));
    if place < KEPT {
        kept.insert(place, stream);
        kept.truncate(KEPT);
    }
}

fn lock(found: &Mutex<Found>) -> std::sync::MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}
