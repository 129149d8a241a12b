use std::process::Child;
use std::time::{Duration, Instant};
use std::{fs, thread};

use eventstore_core::backend::{CheckpointOutcome, SubscriptionLocks, SubscriptionStore};
use eventstore_core::{Error, EventNumber, SubscriptionAdmin};
use eventstore_sqlite::{SqliteConfig, SqliteStore};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::cluster::TAKEOVER;
use crate::request::Request;
use crate::straggler::{Stop, Straggler, key, until_ready};
use crate::trials::trials;
use crate::writer::make;

trials! {
    a_holder_that_was_stopped_outside_a_step_stores_nothing_when_it_goes_on,
    a_process_that_is_stopped_inside_a_step_keeps_writers_waiting_until_it_goes_on,
}

/// How long a writer waits for another one.
const BUSY_TIMEOUT: Duration = Duration::from_millis(300);

/// Longer than a lease lasts that is not renewed.
const LEASE_IS_OVER: Duration = Duration::from_millis(3_500);

/// More than anything takes that ends.
const LIMIT: Duration = Duration::from_secs(30);

/// A store, and a process that holds a subscription to it and is stopped.
struct Stage {
    store: SqliteStore,
    child: Straggling,
    _folder: TempDir,
}

/// None is left behind by a failed test.
struct Straggling(Child);

impl Drop for Straggling {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Stage {
    async fn with_holder_stopped(stop: Stop) -> Self {
        let folder = TempDir::new().unwrap();
        let config = SqliteConfig::new(folder.path().join("events.db")).unwrap();
        let config = config.with_busy_timeout(BUSY_TIMEOUT);
        let store = SqliteStore::open_with(config.clone()).await.unwrap();
        let path = config.path();
        let mut child = Straggling(Straggler { stop, path }.spawn());
        until_ready(&mut child.0);
        signal(&child.0, Signal::STOP);
        until_stopped(&child.0);
        Self {
            store,
            child,
            _folder: folder,
        }
    }

    fn holder_goes_on(&mut self) {
        signal(&self.child.0, Signal::CONT);
        drop(self.child.0.stdin.take());
    }

    async fn append(&self, number: u32) -> eventstore_core::Result<u64> {
        let request = Request { writer: 1, number };
        Ok(make(&self.store, request).await?.get())
    }

    async fn checkpoint(&self) -> EventNumber {
        let info = self.store.subscription_info(&key().unwrap()).await.unwrap();
        info.record.checkpoint
    }
}

async fn a_holder_that_was_stopped_outside_a_step_stores_nothing_when_it_goes_on() {
    let mut stage = Stage::with_holder_stopped(Stop::OutsideStep).await;
    let started = Instant::now();
    let key = key().unwrap();
    let heir = async {
        loop {
            match stage.store.try_acquire(&key, EventNumber::ZERO).await {
                Ok(Some(heir)) => break heir,
                // It may have been stopped while it renewed its lease; then it would keep all writers waiting.
                Ok(None) | Err(Error::TimedOut { .. }) => sleep(Duration::from_millis(10)).await,
                Err(error) => panic!("{error:?}"),
            }
        }
    };
    let heir = timeout(LIMIT, heir).await.unwrap();
    println!("taken over after {:?}", started.elapsed());
    assert!(started.elapsed() < TAKEOVER, "{:?}", started.elapsed());
    let saved = stage.store.save_checkpoint(heir.lease.token(), 2.into()).await;
    assert_eq!(saved.unwrap(), CheckpointOutcome::Saved);
    stage.holder_goes_on();
    assert!(stage.child.0.wait().unwrap().success(), "something was not refused");
    assert_eq!(stage.checkpoint().await, 2.into());
}

/// No other process can be given the lease meanwhile, so that the step is still the holder's.
async fn a_process_that_is_stopped_inside_a_step_keeps_writers_waiting_until_it_goes_on() {
    let mut stage = Stage::with_holder_stopped(Stop::InsideStep).await;
    let started = Instant::now();
    while started.elapsed() < LEASE_IS_OVER {
        let refused = stage.append(1).await;
        assert!(
            matches!(&refused, Err(Error::TimedOut { setting, .. }) if *setting == "busy_timeout"),
            "{refused:?}"
        );
    }
    stage.holder_goes_on();
    assert!(stage.child.0.wait().unwrap().success(), "the step was not committed");
    assert_eq!(stage.append(2).await.unwrap(), 1, "what was refused is stored");
    assert_eq!(stage.checkpoint().await, 5.into());
}

pub(crate) fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits until no thread of the process runs any more, where the system tells.
pub(crate) fn until_stopped(child: &Child) {
    let Ok(_) = fs::read_dir(tasks(child)) else { return };
    let started = Instant::now();
    while fs::read_dir(tasks(child))
        .unwrap()
        .any(|task| !is_stopped(&task.unwrap()))
    {
        assert!(started.elapsed() < LIMIT, "it does not stop");
        thread::yield_now();
    }
}

fn tasks(child: &Child) -> String {
    format!("/proc/{}/task", child.id())
}

/// The state of a thread follows its name, which is in parentheses.
fn is_stopped(task: &fs::DirEntry) -> bool {
    let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_none_or(|(_, state)| state.starts_with('T'))
}
