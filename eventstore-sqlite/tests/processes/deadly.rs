//! An event that ends each process that handles it.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Child;

use eventstore_core::{
    Append, EventNumber, EventType, EventWriter, ExpectedVersion, NewEvent, ParkCause, ParkedEvent, ParkedEventStore,
    StreamName, SubscriptionAdmin,
};
use eventstore_sqlite::{SqliteConfig, SqliteStore};
use tempfile::TempDir;
use uuid::Uuid;

use crate::trials::trials;
use crate::victim::{ATTEMPTS, DEADLY, LAST, Victim, key};

trials! {
    an_event_that_ends_its_process_is_parked_and_no_other,
}

/// The number of the deadly event.
const CULPRIT: u64 = 8;

/// The number of an event whose process is killed from outside.
const BYSTANDER: u64 = 3;

/// A process is killed while it handles an event, as by a deployment. Then processes are aborted by another event, until it is parked.
async fn an_event_that_ends_its_process_is_parked_and_no_other() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("events.db");
    let store = SqliteStore::open_with(SqliteConfig::new(&path).unwrap()).await.unwrap();
    append_all(&store).await;
    let victim = |hangs_at| Victim {
        store: path.display().to_string(),
        hangs_at,
    };
    let mut handled = BTreeSet::new();
    kill_at(&mut victim(BYSTANDER).spawn(), BYSTANDER, &mut handled);
    let mut aborted = 0;
    while !to_the_end(&mut victim(0).spawn(), &mut handled) {
        aborted += 1;
        assert!(aborted <= 10, "the event is not given up");
    }
    // Once among others, unless the kill had made every event suspect, and then as often as the policy allows.
    assert!((ATTEMPTS.get()..=ATTEMPTS.get() + 1).contains(&aborted), "{aborted}");
    assert!((1..=LAST).all(|number| handled.contains(&number)), "{handled:?}");
    let parked = parked(&store).await;
    let numbers: Vec<_> = parked.iter().map(|event| event.number.get()).collect();
    assert_eq!(numbers, [CULPRIT]);
    let ParkCause::Rejected { reason, attempts } = &parked[0].cause else {
        panic!("{parked:?}")
    };
    assert!(reason.contains("the process ended"), "{reason}");
    assert_eq!(*attempts, ATTEMPTS.get() + 1);
}

async fn append_all(store: &impl EventWriter) {
    let event = |number| {
        let kind = if number == CULPRIT { DEADLY } else { "Harmless" };
        NewEvent::new(Uuid::now_v7(), EventType::new(kind).unwrap(), "{}")
    };
    let events = (1..=LAST).map(event);
    let append = Append::new(StreamName::new("s").unwrap(), ExpectedVersion::NoStream, events);
    store.append(append.unwrap()).await.unwrap();
}

async fn parked(store: &(impl SubscriptionAdmin + ParkedEventStore)) -> Vec<ParkedEvent> {
    let id = store.subscription_info(&key().unwrap()).await.unwrap().record.id;
    store.list_parked(id, EventNumber::ZERO, 100).await.unwrap()
}

/// Kills the process once it handles this event.
fn kill_at(child: &mut Child, number: u64, handled: &mut BTreeSet<u64>) {
    let mut numbers = numbers_of(child);
    assert!(numbers.any(|handling| {
        handled.insert(handling);
        handling == number
    }));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Waits for the end of the process; whether it was a good one.
fn to_the_end(child: &mut Child, handled: &mut BTreeSet<u64>) -> bool {
    handled.extend(numbers_of(child));
    child.wait().unwrap().success()
}

/// The numbers of the events that the process begins to handle.
fn numbers_of(child: &mut Child) -> impl Iterator<Item = u64> + use<> {
    let output = BufReader::new(child.stdout.take().unwrap());
    output.lines().map(|line| line.unwrap().parse().unwrap())
}
