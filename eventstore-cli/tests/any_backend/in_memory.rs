use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};

use clap::Args;
use eventstore_cli::{Connector, Failure, NoCommands, Purpose};
use eventstore_testkit::MemoryStore;
use eventstore_testkit::conformance::Parts;
use serde_json::Value;

use crate::damaged::{Damage, Damaged};

/// The stores of this process, by their names.
static STORES: LazyLock<Mutex<BTreeMap<String, MemoryStore>>> = LazyLock::new(Mutex::default);

/// A store in memory, which may be read through something that is broken.
#[derive(Args)]
pub(crate) struct InMemory {
    /// The name of the store
    #[arg(long, global = true, default_value = "")]
    store: String,
    /// What is broken
    #[arg(long, global = true, value_enum)]
    damage: Option<Damage>,
}

impl Connector for InMemory {
    const NAME: &'static str = "in-memory";

    type Store = Parts;
    type Commands = NoCommands;

    async fn connect(&self, purpose: Purpose) -> Result<Parts, Failure> {
        let store = store(&self.store);
        let deleter = match purpose {
            Purpose::HardDelete { is_enabled: true } => store.clone().with_hard_deletes(),
            _ => store.clone(),
        };
        Ok(Parts::default()
            .streams(Damaged::new(store.clone(), self.damage))
            .links(store.clone())
            .lookup(store.clone())
            .tracing(store.clone())
            .statistics(store.clone())
            .groups(store.clone())
            .catalog(store.clone())
            .imports(store.clone())
            .deletes(deleter)
            .snapshots(store.clone())
            .subscriptions(store.clone())
            .administration(store.clone())
            .parking(store))
    }
}

/// The store of this name, which holds nothing at first.
pub(crate) fn store(name: &str) -> MemoryStore {
    let mut stores = STORES.lock().unwrap();
    stores.entry(name.to_owned()).or_default().clone()
}

/// Takes what the program prints.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs the program on the store of this name; what it printed, and how it failed.
pub(crate) async fn run(store: &str, arguments: &[&str]) -> (String, Result<(), Failure>) {
    let printed = Printed::default();
    let program = ["in-memory", "--quiet", "--store", store];
    let outcome = eventstore_cli::run::<InMemory>(program.iter().chain(arguments), printed.clone()).await;
    let bytes = printed.0.lock().unwrap().clone();
    (String::from_utf8(bytes).unwrap(), outcome)
}

/// The lines of JSON that a run prints which succeeds.
pub(crate) async fn lines(store: &str, arguments: &[&str]) -> Vec<Value> {
    let (printed, outcome) = run(store, arguments).await;
    outcome.unwrap();
    printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Appends so many events to a stream.
pub(crate) async fn append(store: &str, stream: &str, count: usize) {
    for number in 0..count {
        let data = number.to_string();
        let appended = lines(store, &["append", stream, "--type", "Counted", "--data", &data]).await;
        assert_eq!(appended.len(), 1);
    }
}
