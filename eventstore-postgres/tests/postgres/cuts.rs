//! Connections that are cut at each message of an operation in turn: it is done wholly or not at all, the caller is told
//! what can be known, and can repeat it.

use std::cell::Cell;
use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::time::Duration;

use eventstore_core::backend::{CheckpointOutcome, Lease, SubscriptionLocks, SubscriptionStore};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Error, EventId, EventNumber, EventReaderExt, EventWriter, ExpectedVersion,
    Idempotence, Read, Result, StreamDirectory, StreamName, StreamSelector, SubscriptionKey, SubscriptionName,
};
use eventstore_postgres::{Layout, PostgresConfig, PostgresStore};
use eventstore_testkit::proxy::{Proxy, Side};
use futures_util::TryStreamExt;
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::{Fixture, append, event, in_both_layouts};

in_both_layouts! {
    an_append_is_made_wholly_or_not_at_all,
    an_idempotent_append_can_be_repeated,
    a_set_of_appends_is_made_wholly_or_not_at_all,
    a_checkpoint_is_saved_or_not,
    an_append_that_has_to_connect_is_made_wholly_or_not_at_all,
    connecting_to_a_store_can_be_repeated,
}

/// What the sessions of the store under test are called, so that they can be told from others.
const NAME: &str = "proxied";

/// How many events an append has.
const EVENTS: u64 = 3;

/// More than any operation needs that has no more faults to meet.
const LIMIT: Duration = Duration::from_secs(20);

/// What an operation finds when it begins.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// A connection that has prepared its statements.
    Prepared,
    /// A connection that has not.
    Connected,
    /// No connection.
    Disconnected,
}

/// Where a connection is cut.
#[derive(Debug, Clone, Copy)]
struct Cut {
    side: Side,
    message: u64,
    is_after: bool,
}

/// A store over a proxy, and another one without.
struct Network {
    fixture: Fixture,
    proxy: Proxy,
    store: PostgresStore,
}

impl Network {
    async fn of(layout: Layout) -> Self {
        let fixture = Fixture::of(layout).await;
        let proxy = Proxy::start(fixture.database.url()).await.unwrap();
        let store = PostgresStore::connect(config(&proxy)).await.unwrap();
        Self { fixture, proxy, store }
    }

    /// Cuts a call at each of its messages, before and after it, and judges each time what came of it. Calls and
    /// judgements are given a number, of which no two are the same.
    async fn cut_everywhere<T>(
        &self,
        starts: &[Start],
        call: impl AsyncFn(u64) -> Result<T>,
        judge: impl AsyncFn(u64, Cut, Result<T>),
    ) {
        let number = Cell::new(0);
        let next = || {
            number.set(number.get() + 1);
            number.get()
        };
        for start in starts {
            self.begin(*start, async || call(next()).await).await;
            let (answer, counts) = self.proxy.count(call(next())).await;
            answer.map_err(|error| format!("{start:?}: {error}")).unwrap();
            for cut in cuts(counts.client_messages, counts.server_messages) {
                self.begin(*start, async || call(next()).await).await;
                self.order(cut);
                let number = next();
                let answer = call(number).await;
                assert!(!self.proxy.is_cut_ahead(), "{start:?}: {cut:?} did not happen");
                self.is_settled().await;
                judge(number, cut, answer).await;
            }
        }
        assert_eq!(self.fixture.store.verify().await.unwrap(), []);
    }

    fn order(&self, cut: Cut) {
        if cut.is_after {
            self.proxy.cut_after(cut.side, cut.message);
        } else {
            self.proxy.cut_before(cut.side, cut.message);
        }
    }

    async fn begin<T>(&self, start: Start, call: impl AsyncFn() -> Result<T>) {
        match start {
            Start::Prepared => {
                repeat(async || call().await).await.unwrap();
            }
            Start::Connected => {
                self.disconnect().await;
                repeat(async || self.look().await).await.unwrap();
            }
            Start::Disconnected => self.disconnect().await,
        }
    }

    /// The store notices the loss of its connection when it uses it.
    async fn disconnect(&self) {
        self.proxy.cut_now();
        let noticed = async { while self.look().await.is_ok() {} };
        timeout(LIMIT, noticed).await.unwrap();
    }

    async fn look(&self) -> Result<()> {
        self.store.stream_info(&StreamSelector::All).await.map(drop)
    }

    /// Waits until the server has noticed that the connection was cut: until then it may be at work.
    async fn is_settled(&self) {
        let mut session = self.fixture.session().await;
        let sessions = "SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND application_name LIKE $1 || '%'";
        let gone = async {
            while sqlx::query_scalar::<_, i64>(sessions)
                .bind(NAME)
                .fetch_one(&mut session)
                .await
                .unwrap()
                > 0
            {
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, gone).await.unwrap();
    }

    /// The content of a stream, read without the proxy.
    async fn stored(&self, stream: &StreamName) -> Vec<EventId> {
        let events = self.fixture.store.numbered(Read::new(stream.clone()));
        match events.map_ok(|event| event.event_id).try_collect().await {
            Err(Error::StreamNotFound { .. }) => Vec::new(),
            events => events.unwrap(),
        }
    }

    /// Whether an append was made; it must not have been made in part.
    async fn is_stored(&self, append: &Append) -> bool {
        let ids: Vec<_> = append.event_ids().collect();
        let stored = self.stored(append.stream()).await;
        assert!(stored.is_empty() || stored == ids, "{stored:?} of {ids:?}");
        !stored.is_empty()
    }
}

fn config(proxy: &Proxy) -> PostgresConfig {
    let url = format!("{}?application_name={NAME}", proxy.url());
    PostgresConfig::from_url(&url)
        .unwrap()
        .with_pool_size(NonZeroUsize::MIN)
}

fn cuts(client_messages: u64, server_messages: u64) -> Vec<Cut> {
    let of_side = |side, messages| {
        (1..=messages).flat_map(move |message| {
            [false, true].map(|is_after| Cut {
                side,
                message,
                is_after,
            })
        })
    };
    of_side(Side::Client, client_messages)
        .chain(of_side(Side::Server, server_messages))
        .collect()
}

/// Calls again as long as the error says that this helps: after a cut, once, since the pool holds a single connection.
async fn repeat<T>(call: impl AsyncFn() -> Result<T>) -> Result<T> {
    match call().await {
        Err(error) if error.is_retryable() => call().await,
        answer => answer,
    }
}

/// Whether an answer fits to whether the change was made.
fn assert_truthful<T>(cut: Cut, answer: &Result<T>, is_made: bool) {
    match answer {
        Ok(_) => assert!(is_made, "{cut:?}: told that it was done"),
        Err(error @ Error::Unavailable { .. }) => assert!(!is_made, "{cut:?}: told that it was not done: {error:?}"),
        Err(Error::OutcomeUnknown { .. }) => {}
        Err(error) => panic!("{cut:?}: {error:?}"),
    }
}

/// The append of a number is always the same.
fn numbered(number: u64, expected: ExpectedVersion) -> Append {
    let ids = (1..=EVENTS).map(|event| Uuid::from_u128(u128::from(number * EVENTS + event)));
    let events = ids.map(|id| event().with_id(id));
    let stream = StreamName::new(format!("s-{number}")).unwrap();
    Append::new(stream, expected, events).unwrap()
}

async fn an_append_is_made_wholly_or_not_at_all(layout: Layout) {
    appended_or_not(layout, &[Start::Prepared, Start::Connected]).await;
}

async fn an_append_that_has_to_connect_is_made_wholly_or_not_at_all(layout: Layout) {
    appended_or_not(layout, &[Start::Disconnected]).await;
}

async fn appended_or_not(layout: Layout, starts: &[Start]) {
    let network = Network::of(layout).await;
    let append = |number| numbered(number, ExpectedVersion::NoStream);
    let call = async |number| network.store.append(append(number)).await;
    let judge = async |number, cut, answer: Result<AppendReceipt>| {
        let is_stored = network.is_stored(&append(number)).await;
        assert_truthful(cut, &answer, is_stored);
        match repeat(async || call(number).await).await {
            Ok(_) => assert!(!is_stored, "{cut:?}: stored twice"),
            Err(error) => assert!(is_stored && error.is_conflict(), "{cut:?}: {error:?}"),
        }
        assert!(network.is_stored(&append(number)).await);
    };
    network.cut_everywhere(starts, call, judge).await;
}

async fn an_idempotent_append_can_be_repeated(layout: Layout) {
    let network = Network::of(layout).await;
    let append = |number| numbered(number, ExpectedVersion::Any).with_idempotence(Idempotence::ByIds);
    let call = async |number| network.store.append(append(number)).await;
    let judge = async |number, cut, answer: Result<AppendReceipt>| {
        let is_stored = network.is_stored(&append(number)).await;
        assert_truthful(cut, &answer, is_stored);
        let again = repeat(async || call(number).await).await.unwrap();
        assert_eq!(again.is_deduplicated, is_stored, "{cut:?}");
        if let Ok(receipt) = answer {
            assert_eq!(again.last_position, receipt.last_position, "{cut:?}");
        }
        assert!(network.is_stored(&append(number)).await);
    };
    network
        .cut_everywhere(&[Start::Prepared, Start::Connected], call, judge)
        .await;
}

async fn a_set_of_appends_is_made_wholly_or_not_at_all(layout: Layout) {
    let network = Network::of(layout).await;
    let part = |number| numbered(number, ExpectedVersion::NoStream).with_idempotence(Idempotence::ByIds);
    let parts = |number: u64| [2 * number, 2 * number + 1].map(part);
    let call = async |number| {
        network
            .store
            .append_set(AppendSet::new(parts(number).to_vec()).unwrap())
            .await
    };
    let judge = async |number, cut, answer: Result<_>| {
        let mut stored = HashSet::new();
        for part in parts(number) {
            stored.insert(network.is_stored(&part).await);
        }
        assert_eq!(stored.len(), 1, "{cut:?}: one part without the other");
        let is_stored = stored.contains(&true);
        assert_truthful(cut, &answer, is_stored);
        for receipt in repeat(async || call(number).await).await.unwrap() {
            assert_eq!(receipt.is_deduplicated, is_stored, "{cut:?}");
        }
        for part in parts(number) {
            assert!(network.is_stored(&part).await);
        }
    };
    network
        .cut_everywhere(&[Start::Prepared, Start::Connected], call, judge)
        .await;
}

async fn a_checkpoint_is_saved_or_not(layout: Layout) {
    let network = Network::of(layout).await;
    network
        .fixture
        .append("s", ExpectedVersion::NoStream, 1_000)
        .await
        .unwrap();
    let lease = lease(&network.fixture.store).await;
    let call = async |number: u64| {
        network
            .store
            .save_checkpoint(lease.token(), EventNumber::try_from(number).unwrap())
            .await
    };
    let judge = async |number, cut, answer: Result<_>| {
        let stored = checkpoint(&network.fixture).await;
        assert!(stored <= number, "{cut:?}: {stored} instead of {number}");
        assert_truthful(cut, &answer, stored == number);
        let again = repeat(async || call(number).await).await.unwrap();
        assert_eq!(again, CheckpointOutcome::Saved, "{cut:?}");
        assert_eq!(checkpoint(&network.fixture).await, number);
    };
    network
        .cut_everywhere(&[Start::Prepared, Start::Connected], call, judge)
        .await;
}

async fn connecting_to_a_store_can_be_repeated(layout: Layout) {
    let network = Network::of(layout).await;
    network.disconnect().await;
    let connect = || Box::pin(PostgresStore::connect(config(&network.proxy)));
    let (store, counts) = network.proxy.count(connect()).await;
    drop(store.unwrap());
    for cut in cuts(counts.client_messages, counts.server_messages) {
        network.order(cut);
        match connect().await {
            Ok(_) => assert!(cut.is_after, "{cut:?}"),
            Err(error) => assert!(matches!(error, Error::Unavailable { .. }), "{cut:?}: {error:?}"),
        }
        assert!(!network.proxy.is_cut_ahead(), "{cut:?} did not happen");
        let store = connect().await.unwrap();
        let stream = format!("{:?}-{}-{}", cut.side, cut.message, cut.is_after);
        store
            .append(append(&stream, ExpectedVersion::NoStream, 1))
            .await
            .unwrap();
    }
    assert_eq!(network.fixture.store.verify().await.unwrap(), []);
}

async fn lease(store: &PostgresStore) -> Box<dyn Lease> {
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("s").unwrap(),
    };
    let acquired = store.try_acquire(&key, EventNumber::ZERO).await.unwrap();
    acquired.unwrap().lease
}

async fn checkpoint(fixture: &Fixture) -> u64 {
    let checkpoint: i64 = sqlx::query_scalar("SELECT coalesce(last_seen, 0) FROM subscriptions")
        .fetch_one(&mut fixture.session().await)
        .await
        .unwrap();
    u64::try_from(checkpoint).unwrap()
}
