use std::num::NonZeroU32;

use async_trait::async_trait;
use eventstore_core::backend::{PageRequest, SubscriptionBackend};
use eventstore_core::{Direction, EventNumber, EventReader, StreamSelector, SubscriptionSettings};
use eventstore_subscriptions::{StartFrom, Subscriptions};
use serde_json::json;

use super::subscriber::{Subscriber, subscriptions, unsound};
use super::{Outcome, Workload};
use crate::bench::Bench;
use crate::error::Result;
use crate::measure::{Caller, Comparison, Entrant, OURS, rounded};
use crate::population::Population;
use crate::settings::{Defaults, Settings};

/// A new subscription catches up with all events.
pub(super) struct CatchUp;

/// Pages of all events are read, one after another.
const PAGES: &str = "pages";

/// The same with a small buffer.
const SMALL_BUFFER: &str = "buffer_100";

/// The sizes of the buffers, and of the pages.
const LARGE: NonZeroU32 = NonZeroU32::new(1_000).unwrap();
const SMALL: NonZeroU32 = NonZeroU32::new(100).unwrap();

#[async_trait]
impl Workload for CatchUp {
    fn name(&self) -> &'static str {
        "catch-up"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            events: Some(200_000),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let Settings {
            events,
            layout,
            connections,
            ..
        } = bench.settings;
        let population = Population::in_tens(events)?;
        let schema = bench.schema(layout, &[population]).await?;
        let store = schema.store(connections).await?;
        of_pages(bench.compare(entrants(&store, population.events())).await?)
    }
}

/// Those that take all events of a store: page by page, and by subscriptions.
pub(crate) fn entrants<S>(store: &S, events: u64) -> Vec<Entrant>
where
    S: SubscriptionBackend + Clone + 'static,
{
    let subscriptions = subscriptions(store);
    let subscribing = |buffer_size| Subscribing {
        subscriptions: subscriptions.clone(),
        events,
        buffer_size,
    };
    let store = store.clone();
    vec![
        Entrant::new(PAGES, vec![Reading { store, events }]),
        Entrant::new(SMALL_BUFFER, vec![subscribing(SMALL)]),
        Entrant::new(OURS, vec![subscribing(LARGE)]),
    ]
}

/// Tells what part of the speed of bare pages the subscriptions reach.
pub(crate) fn of_pages(comparison: Comparison) -> Result<Outcome> {
    let pages = comparison.named(PAGES)?;
    let of_pages = |name| Ok::<_, crate::error::LoadError>(rounded(comparison.named(name)?.ratio_to(pages), 2));
    let of_pages = json!({"buffer_100": of_pages(SMALL_BUFFER)?, "buffer_1000": of_pages(OURS)?});
    Ok(Outcome::of(comparison).with_detail("of_pages", of_pages))
}

/// Reads all events, page by page.
struct Reading<S> {
    store: S,
    events: u64,
}

impl<S: EventReader + 'static> Caller for Reading<S> {
    async fn call(&mut self) -> Result<u64> {
        let (mut read, mut from) = (0, EventNumber::FIRST);
        loop {
            let request = PageRequest::new(StreamSelector::All, Direction::Forward, from, LARGE.get());
            let page = self.store.read_page(request).await?;
            read += u64::try_from(page.events.len()).unwrap_or(u64::MAX);
            from = page.scanned_to.next();
            if page.is_last && read == self.events {
                return Ok(read);
            }
            if page.is_last {
                return Err(unsound(format!("{read} of {} events came", self.events)));
            }
        }
    }
}

/// Catches up with all events, and acknowledges each batch when it has come.
struct Subscribing {
    subscriptions: Subscriptions,
    events: u64,
    buffer_size: NonZeroU32,
}

impl Caller for Subscribing {
    async fn call(&mut self) -> Result<u64> {
        let settings = SubscriptionSettings {
            buffer_size: self.buffer_size,
            ..SubscriptionSettings::default()
        };
        let mut subscriber = Subscriber::start(&self.subscriptions, StreamSelector::All, StartFrom::Origin, settings)?;
        let (mut came, mut last) = (0, EventNumber::ZERO);
        while last.get() < self.events {
            let events = subscriber.take().await?;
            came += u64::try_from(events.len()).unwrap_or(u64::MAX);
            last = events.last().map_or(last, |event| event.number);
            subscriber.acknowledge().await?;
        }
        subscriber.stop().await?;
        if came == self.events {
            return Ok(came);
        }
        Err(unsound(format!("{came} of {} events came", self.events)))
    }
}
