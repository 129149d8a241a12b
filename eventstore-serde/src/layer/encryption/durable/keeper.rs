use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use eventstore_core::BoxError;
use eventstore_core::backend::{ForgottenSubject, KeyAddition, KeyVault, SubjectKeys};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::super::{MasterKey, SubjectKey};
use super::Cache;
use super::cache::{Known, MAX_AGE};

/// How often the vault is asked which subjects were forgotten.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How many forgotten subjects are listed at once.
const LISTED: u32 = 1_000;

/// How many requests are worked on at once, besides the subjects that were deleted and are waited for.
const AT_ONCE: usize = 16;

/// How old the last poll may be when a key is loaded, so that the caller still finds the key fresh.
const FRESH_FOR: Duration = Duration::from_secs(2);

/// The only task that talks to the vault. It runs on a thread of its own, so that a caller can wait for a key without a runtime.
pub(super) struct Keeper<V> {
    vault: V,
    master: MasterKey,
    cache: Arc<Cache>,
    seen: Mutex<Seen>,
}

/// What the last poll found.
#[derive(Default)]
struct Seen {
    /// The last forgotten subject: it stays there unless the vault has gone back in time.
    last_forgotten: Option<ForgottenSubject>,
    storage_epoch: u64,
}

/// A subject whose keys are deleted, and the caller that waits until no process uses them any more.
struct Forgetting {
    subject: String,
    reply: oneshot::Sender<Result<(), BoxError>>,
}

pub(super) struct Request {
    pub(super) subject: String,
    pub(super) work: Work,
}

/// What a caller asks for, and where the answer goes.
pub(super) enum Work {
    /// Loads what is known about the subject.
    Load(SyncSender<Result<(), BoxError>>),
    /// The same as `Load`, for a caller that can wait without blocking.
    LoadAhead(oneshot::Sender<Result<(), BoxError>>),
    /// Makes a first key, unless the subject has one.
    Ensure(oneshot::Sender<Result<(), BoxError>>),
    /// Makes a new key.
    Rotate(oneshot::Sender<Result<(), BoxError>>),
    /// Deletes the keys, and answers once no process uses any of them any more.
    Forget(oneshot::Sender<Result<(), BoxError>>),
}

impl<V: KeyVault> Keeper<V> {
    /// Reads all subjects that were forgotten so far.
    pub(super) async fn new(vault: V, master: MasterKey, cache: Arc<Cache>) -> Result<Self, BoxError> {
        let keeper = Self {
            vault,
            master,
            cache,
            seen: Mutex::default(),
        };
        keeper.look().await?;
        Ok(keeper)
    }

    /// Handles requests, and ends when no one can send them any more. No request delays the polls, on which all keys depend.
    pub(super) async fn run(self, mut requests: mpsc::UnboundedReceiver<Request>) {
        let mut looks = pin!(self.look_again_and_again());
        let mut under_way = FuturesUnordered::new();
        // Not counted among those: many subjects that are forgotten at once keep no payload waiting for its key.
        let mut forgetting = FuturesUnordered::new();
        loop {
            tokio::select! {
                request = requests.recv(), if under_way.len() < AT_ONCE => match request {
                    Some(request) => under_way.push(self.handle(request)),
                    // No caller waits for what is under way: each of them borrows the `DurableKeys` that held the
                    // sender.
                    None => return,
                },
                Some(deleted) = under_way.next() => forgetting.extend(deleted.map(|deleted| self.await_forgotten(deleted))),
                Some(()) = forgetting.next() => {}
                () = &mut looks => {}
            }
        }
    }

    /// Never ends.
    async fn look_again_and_again(&self) {
        let mut ticks = interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "cannot find out which subjects were forgotten: keys are used for at most three seconds");
            }
        }
    }

    /// Answers the caller, unless it no longer waits. Returns a subject whose keys were deleted, and whose caller has no answer yet.
    async fn handle(&self, Request { subject, work }: Request) -> Option<Forgetting> {
        match work {
            Work::Load(reply) => drop(reply.send(self.load_fresh(&subject).await)),
            Work::LoadAhead(reply) => drop(reply.send(self.load_fresh(&subject).await)),
            Work::Ensure(reply) => drop(reply.send(self.ensure(&subject).await)),
            Work::Rotate(reply) => drop(reply.send(self.rotate(&subject).await)),
            Work::Forget(reply) => match self.delete_keys(&subject).await {
                Ok(()) => return Some(Forgetting { subject, reply }),
                Err(error) => drop(reply.send(Err(error))),
            },
        }
        None
    }

    /// Begins with the last forgotten subject that is known. If another one is in its place, or none, the vault was restored from a
    /// backup, or lost a commit in a failover: then nothing that is known holds (ADR 49).
    async fn look(&self) -> Result<(), BoxError> {
        let mut seen = self.seen.lock().await;
        loop {
            // Before the question is sent: a subject that is forgotten meanwhile may be missing from the answer.
            let began_at = Instant::now();
            let from = seen.last_forgotten.as_ref().map_or(1, |last| last.number);
            let listed = self.vault.forgotten_after(from.saturating_sub(1), LISTED).await?;
            let storage_epoch = self.vault.storage_epoch();
            let is_missing = seen.last_forgotten.is_some() && listed.first() != seen.last_forgotten.as_ref();
            if is_missing || seen.storage_epoch != storage_epoch {
                *seen = Seen {
                    last_forgotten: None,
                    storage_epoch,
                };
                self.cache.clear();
                continue;
            }
            let is_last = listed.len() < usize::try_from(LISTED).unwrap_or(usize::MAX);
            let known = usize::from(seen.last_forgotten.is_some());
            let subjects = listed.iter().skip(known).map(|forgotten| forgotten.subject.as_str());
            if is_last {
                self.cache.confirm(began_at, subjects);
            } else {
                self.cache.mark_forgotten(subjects);
            }
            if let Some(last) = listed.last() {
                seen.last_forgotten = Some(last.clone());
            }
            if is_last {
                return Ok(());
            }
        }
    }

    async fn load_fresh(&self, subject: &str) -> Result<(), BoxError> {
        self.load(subject).await?;
        self.refresh().await
    }

    async fn refresh(&self) -> Result<(), BoxError> {
        if self.cache.is_confirmed_within(FRESH_FOR) {
            return Ok(());
        }
        self.look().await
    }

    async fn load(&self, subject: &str) -> Result<Known, BoxError> {
        loop {
            let generation = self.cache.generation();
            let known = match self.vault.keys_of(subject).await? {
                SubjectKeys::Forgotten => Known::Forgotten,
                SubjectKeys::Kept(keys) => {
                    let keys = keys.iter().map(|key| self.master.unwrap(subject, key));
                    Known::Kept(keys.collect::<Result<_, _>>()?)
                }
            };
            // If a poll in between found that subjects were forgotten, the answer may be too old.
            if self.cache.put(subject, known.clone(), generation) {
                return Ok(known);
            }
        }
    }

    async fn ensure(&self, subject: &str) -> Result<(), BoxError> {
        loop {
            match self.load(subject).await? {
                Known::Kept(keys) if !keys.is_empty() => return self.refresh().await,
                Known::Kept(_) if self.add_key(subject, 1).await? => return self.load_fresh(subject).await,
                Known::Kept(_) => {}
                Known::Forgotten => return Err(FORGOTTEN.into()),
            }
        }
    }

    async fn rotate(&self, subject: &str) -> Result<(), BoxError> {
        loop {
            let Known::Kept(keys) = self.load(subject).await? else {
                return Err(FORGOTTEN.into());
            };
            let last = keys.last().map_or(0, SubjectKey::id);
            let number = last.checked_add(1).ok_or("the subject has too many keys")?;
            if self.add_key(subject, number).await? {
                return self.load_fresh(subject).await;
            }
        }
    }

    /// `false` if another process was faster.
    async fn add_key(&self, subject: &str, number: u32) -> Result<bool, BoxError> {
        let key = SubjectKey::generate(number)?;
        match self.vault.add_key(subject, self.master.wrap(subject, &key)?).await? {
            KeyAddition::Added => Ok(true),
            KeyAddition::NumberTaken => Ok(false),
            KeyAddition::Forgotten => Err(FORGOTTEN.into()),
        }
    }

    async fn delete_keys(&self, subject: &str) -> Result<(), BoxError> {
        self.vault.forget_subject(subject).await?;
        // This process stops using the keys now. The others notice within `MAX_AGE`, for which `await_forgotten` waits
        // (ADR 49).
        self.look().await
    }

    /// Answers once every process has seen it, or can use no key any more.
    async fn await_forgotten(&self, Forgetting { subject, reply }: Forgetting) {
        sleep(MAX_AGE).await;
        let _ = reply.send(match self.load(&subject).await {
            Ok(Known::Forgotten) => Ok(()),
            Ok(Known::Kept(_)) => Err("the vault has gone back in time meanwhile: forget the subject again".into()),
            Err(error) => Err(error),
        });
    }
}

const FORGOTTEN: &str = "the subject was forgotten";
