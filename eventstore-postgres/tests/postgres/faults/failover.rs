//! What a standby that is promoted had not been sent is gone, numbers and all: a subscriber that has seen it is told.

use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::{NumberedEvent, PageRequest, SubscriptionLocks};
use eventstore_core::{
    Direction, Error, EventNumber, EventReader, EventWriter, ExpectedVersion, Idempotence, StreamName, StreamSelector,
    SubscriptionKey, SubscriptionName,
};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_subscriptions::{StartFrom, Subscribe, Subscription, SubscriptionEnded, Subscriptions};
use eventstore_testkit::proxy::Proxy;
use eventstore_testkit::server::{Durability, LocalServer, ServerError};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::{sleep, timeout};

use super::traffic::{LIMIT, settings};
use crate::support::{append, as_read};

/// How long to pause between two polls of a server.
const PAUSE: Duration = Duration::from_millis(20);

/// A server, a standby of it, and the address of whichever is to be written to.
struct Pair {
    primary: LocalServer,
    standby: LocalServer,
    address: Proxy,
    store: PostgresStore,
}

impl Pair {
    /// `None` on a machine without the programs of a server, or without `pg_basebackup`.
    async fn start() -> Option<Self> {
        let primary = or_say_that_it_is_not_run(LocalServer::start(Durability::Full))?;
        let config = PostgresConfig::from_url(primary.url()).unwrap();
        PostgresAdmin::new(config.clone())
            .initialize(Layout::default(), DataType::default())
            .await
            .unwrap();
        let standby = or_say_that_it_is_not_run(primary.start_standby())?;
        until(
            primary.url(),
            "SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'",
        )
        .await;
        let address = Proxy::start(primary.url()).await.unwrap();
        let store = PostgresStore::connect(PostgresConfig::from_url(address.url()).unwrap())
            .await
            .unwrap();
        Some(Self {
            primary,
            standby,
            address,
            store,
        })
    }

    async fn append(&self, events: usize) {
        self.store
            .append(append("s", ExpectedVersion::Any, events))
            .await
            .unwrap();
    }

    fn subscribe(&self, request: Subscribe) -> Subscription {
        Subscriptions::new(Arc::new(self.store.clone()))
            .subscribe(request.with_settings(settings()))
            .unwrap()
    }

    /// The standby is sent nothing more, once it has all that there is.
    async fn part(&self) {
        let all_is_sent = "SELECT bool_and(replay_lsn >= pg_current_wal_lsn()) FROM pg_stat_replication";
        until(self.primary.url(), all_is_sent).await;
        execute(self.standby.url(), "ALTER SYSTEM SET primary_conninfo TO ''").await;
        execute(self.standby.url(), "SELECT pg_reload_conf()").await;
        until(self.primary.url(), "SELECT count(*) = 0 FROM pg_stat_replication").await;
    }

    /// The standby takes the place of the server.
    async fn fail_over(&self) {
        execute(self.standby.url(), "SELECT pg_promote()").await;
        self.address.lead_to(self.standby.url()).unwrap();
    }
}

fn or_say_that_it_is_not_run(started: Result<LocalServer, ServerError>) -> Option<LocalServer> {
    match started {
        Err(missing @ ServerError::NoBinaries) => {
            eprintln!("not run: {missing}");
            None
        }
        started => Some(started.unwrap()),
    }
}

async fn session(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

async fn execute(url: &str, statement: &'static str) {
    sqlx::raw_sql(statement).execute(&mut session(url).await).await.unwrap();
}

/// Waits until the server says yes.
async fn until(url: &str, question: &'static str) {
    let mut session = session(url).await;
    let yes = async {
        while sqlx::query_scalar::<_, Option<bool>>(question)
            .fetch_one(&mut session)
            .await
            .unwrap()
            != Some(true)
        {
            sleep(PAUSE).await;
        }
    };
    timeout(LIMIT, yes)
        .await
        .unwrap_or_else(|_| panic!("never true: {question}"));
}

fn lasting(selector: impl Into<StreamSelector>) -> Subscribe {
    Subscribe::new(SubscriptionName::new("lasting").unwrap(), selector)
}

fn stream() -> StreamName {
    StreamName::new("s").unwrap()
}

/// Takes so many events, and acknowledges them.
async fn take(subscription: &mut Subscription, count: usize) -> Vec<NumberedEvent> {
    let mut taken: Vec<NumberedEvent> = Vec::new();
    while taken.len() < count {
        let batch = timeout(LIMIT, subscription.next()).await.unwrap().unwrap().unwrap();
        subscription.ack(batch.last().unwrap()).await.unwrap();
        taken.extend(as_read(batch));
    }
    assert_eq!(taken.len(), count);
    taken
}

async fn until_stored(subscription: &mut Subscription, number: u32) {
    let stored = async {
        while subscription.progress().checkpoint < EventNumber::from(number) {
            subscription.progress_changed().await;
        }
    };
    timeout(LIMIT, stored).await.unwrap();
}

async fn all_events(store: &PostgresStore) -> Vec<NumberedEvent> {
    let request = PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 10_000);
    store.read_page(request).await.unwrap().events
}

/// Whoever has seen what is lost is told so, and skips nothing that has the same numbers: subscriptions that last begin
/// where their checkpoint was when the standby was last sent something.
///
/// Behaviours: R15.6.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_are_told_of_a_failover_that_lost_what_they_had_seen() {
    let Some(pair) = Pair::start().await else { return };
    let mut to_all = pair.subscribe(lasting(StreamSelector::All));
    let mut to_one = pair.subscribe(lasting(stream()));
    let mut transient = pair.subscribe(Subscribe::transient(StreamSelector::All).with_explicit_acks());
    pair.append(5).await;
    for subscription in [&mut to_all, &mut to_one] {
        take(subscription, 5).await;
        until_stored(subscription, 5).await;
    }
    pair.part().await;
    pair.append(3).await;
    for subscription in [&mut to_all, &mut to_one] {
        take(subscription, 3).await;
        until_stored(subscription, 8).await;
    }
    // It may have begun before or after the first events.
    let mut last = EventNumber::ZERO;
    while last < EventNumber::from(8_u32) {
        last = take_any(&mut transient).await;
    }

    pair.fail_over().await;
    // More than was lost, so that the numbers alone tell nothing.
    let elsewhere = PostgresStore::connect(PostgresConfig::from_url(pair.standby.url()).unwrap())
        .await
        .unwrap();
    elsewhere.append(append("s", ExpectedVersion::Any, 4)).await.unwrap();
    for subscription in [&mut to_all, &mut to_one, &mut transient] {
        let ended = timeout(LIMIT, subscription.next()).await.unwrap();
        let number = match ended {
            Some(Err(SubscriptionEnded::RolledBack { number })) => number,
            other => panic!("the loss was not told: {other:?}"),
        };
        assert_eq!(number, EventNumber::from(8_u32));
    }
    let stored = all_events(&elsewhere).await;
    for selector in [StreamSelector::All, stream().into()] {
        let mut again = pair.subscribe(lasting(selector));
        assert_eq!(take(&mut again, 4).await, stored[5..]);
    }
}

/// A lock on a standby excludes no one: a store whose sessions lead to one is refused, and one that works on a standby alone is given no
/// lease, but can read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_lease_is_given_by_a_standby() {
    let Some(pair) = Pair::start().await else { return };
    pair.append(3).await;
    let config = PostgresConfig::from_url(pair.primary.url()).unwrap();
    let split = config.with_session_url(pair.standby.url()).unwrap();
    let refused = PostgresStore::connect(split).await.err().unwrap();
    assert!(
        matches!(&refused, Error::InvalidInput { argument: "session_url", reason } if reason.contains("standby")),
        "{refused:?}"
    );

    let reader = PostgresStore::connect(PostgresConfig::from_url(pair.standby.url()).unwrap())
        .await
        .unwrap();
    let read = async {
        while all_events(&reader).await.len() < 3 {
            sleep(PAUSE).await;
        }
    };
    timeout(LIMIT, read).await.unwrap();
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("x").unwrap(),
    };
    let refused = reader.try_acquire(&key, EventNumber::ZERO).await.err().unwrap();
    assert!(
        refused.is_retryable() && refused.to_string().contains("standby"),
        "{refused:?}"
    );

    let mut waiting = Subscriptions::new(Arc::new(reader))
        .subscribe(lasting(StreamSelector::All))
        .unwrap();
    let mut retrying = waiting.watch_retrying();
    timeout(LIMIT, retrying.wait_for(Option::is_some))
        .await
        .unwrap()
        .unwrap();
    // It is given once the standby takes changes.
    pair.fail_over().await;
    assert_eq!(take(&mut waiting, 3).await.len(), 3);
}

/// A number that was heard of before a failover, and lost with it, hides none of the events that take its place: the subscriber
/// had read nothing of what was lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_heard_of_before_a_failover_hides_nothing_after_it() {
    const HEARD: u32 = 200;
    let Some(pair) = Pair::start().await else { return };
    let mut to_all = pair.subscribe(lasting(StreamSelector::All));
    let mut to_one = pair.subscribe(lasting(stream()));
    pair.append(5).await;
    for subscription in [&mut to_all, &mut to_one] {
        take(subscription, 5).await;
        until_stored(subscription, 5).await;
    }
    pair.part().await;
    for (name, id) in [("$all", "0"), ("s", "1")] {
        let notify = format!("SELECT pg_notify('public.events', '{name},{id},6,{HEARD}')");
        let mut session = session(pair.primary.url()).await;
        sqlx::raw_sql(AssertSqlSafe(notify))
            .execute(&mut session)
            .await
            .unwrap();
    }
    pair.fail_over().await;
    let elsewhere = PostgresStore::connect(PostgresConfig::from_url(pair.standby.url()).unwrap())
        .await
        .unwrap();
    for number in 6..=15_u32 {
        elsewhere.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
        for subscription in [&mut to_all, &mut to_one] {
            let events = take_surely(subscription).await;
            assert_eq!(events, number.into());
        }
    }
}

/// Takes an event and acknowledges it, unless the lease was lost meanwhile, upon which it comes again.
async fn take_surely(subscription: &mut Subscription) -> EventNumber {
    loop {
        let batch = timeout(LIMIT, subscription.next()).await.unwrap().unwrap().unwrap();
        let last = batch.last().unwrap();
        if subscription.ack(last).await.is_ok() {
            return last.number;
        }
    }
}

async fn take_any(subscription: &mut Subscription) -> EventNumber {
    let batch = timeout(LIMIT, subscription.next()).await.unwrap().unwrap().unwrap();
    let last = batch.last().unwrap();
    subscription.ack(last).await.unwrap();
    last.number
}

/// With a standby that is waited for, nothing is lost, and no subscription ends.
///
/// Behaviours: R15.6.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_go_on_after_a_failover_that_lost_nothing() {
    const APPENDS: u32 = 60;
    let Some(pair) = Pair::start().await else { return };
    let numbers: Vec<_> = (1..=APPENDS).map(EventNumber::from).collect();
    execute(pair.primary.url(), "ALTER SYSTEM SET synchronous_standby_names TO '*'").await;
    execute(pair.primary.url(), "SELECT pg_reload_conf()").await;
    until(
        pair.primary.url(),
        "SELECT bool_and(sync_state = 'sync') FROM pg_stat_replication",
    )
    .await;
    let mut lasting = pair.subscribe(lasting(StreamSelector::All));
    let transient = Subscribe::transient(StreamSelector::All).with_start(StartFrom::Origin);
    let mut transient = pair.subscribe(transient);
    let appending = async {
        for number in 1..=APPENDS {
            if number == APPENDS / 2 {
                pair.fail_over().await;
            }
            append_surely(&pair.store).await;
        }
    };
    let to_lasting = async {
        let mut seen = Vec::new();
        while seen.last() != Some(&EventNumber::from(APPENDS)) {
            // What was not acknowledged when the lease was lost comes again.
            let batch = timeout(LIMIT, lasting.next()).await.unwrap().unwrap().unwrap();
            let _ = lasting.ack(batch.last().unwrap()).await;
            seen.extend(batch.iter().map(|event| event.number));
        }
        seen.sort_unstable();
        seen.dedup();
        seen
    };
    let to_transient = async {
        let mut seen = Vec::new();
        while seen.len() < numbers.len() {
            seen.extend(timeout(LIMIT, transient.next()).await.unwrap().unwrap().unwrap());
        }
        seen
    };
    let ((), to_lasting, to_transient) = tokio::join!(appending, to_lasting, to_transient);
    assert_eq!(as_read(to_transient), all_events(&pair.store).await);
    assert_eq!(to_lasting, numbers);
}

/// Appends one event exactly once, however often that takes.
async fn append_surely(store: &PostgresStore) {
    let append = append("s", ExpectedVersion::Any, 1).with_idempotence(Idempotence::ByIds);
    let appended = async {
        while let Err(error) = store.append(append.clone()).await {
            assert!(error.is_retryable(), "{error:?}");
            sleep(PAUSE).await;
        }
    };
    timeout(LIMIT, appended).await.unwrap();
}
