use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use eventstore_core::{BoxError, KeyAddition, KeyVault, SubjectKeys};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::super::{MasterKey, SubjectKey};
use super::Cache;
use super::cache::{Known, MAX_AGE};

/// How often it is looked at what was forgotten.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// How many forgotten subjects are listed at once.
const LISTED: u32 = 1_000;

/// The task that alone talks to the vault, on a thread of its own: whoever needs a key waits for it without a runtime.
pub(super) struct Keeper<V> {
    vault: V,
    master: MasterKey,
    cache: Arc<Cache>,
    last_forgotten: u64,
}

pub(super) struct Request {
    pub(super) subject: String,
    pub(super) work: Work,
}

/// What is asked for, and where the answer goes.
pub(super) enum Work {
    /// Loads what is known of the subject.
    Load(SyncSender<Result<(), BoxError>>),
    /// As `Load`, for a caller who can wait without blocking.
    LoadAhead(oneshot::Sender<Result<(), BoxError>>),
    /// Makes a first key, unless there is one.
    Ensure(oneshot::Sender<Result<(), BoxError>>),
    /// Makes a new key.
    Rotate(oneshot::Sender<Result<(), BoxError>>),
    /// Deletes the keys, and answers once no process uses one of them any more.
    Forget(oneshot::Sender<Result<(), BoxError>>),
}

impl<V: KeyVault> Keeper<V> {
    /// Looks at everything that was forgotten so far.
    pub(super) async fn new(vault: V, master: MasterKey, cache: Arc<Cache>) -> Result<Self, BoxError> {
        let mut keeper = Self {
            vault,
            master,
            cache,
            last_forgotten: 0,
        };
        keeper.look().await?;
        Ok(keeper)
    }

    /// Ends when no one asks any more.
    pub(super) async fn run(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        let mut ticks = interval(LOOK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                request = requests.recv() => match request {
                    Some(request) => self.handle(request).await,
                    None => return,
                },
                _ = ticks.tick() => {
                    if let Err(error) = self.look().await {
                        tracing::warn!(%error, "what subjects were forgotten cannot be found out: keys are used for a moment only");
                    }
                }
            }
        }
    }

    /// A caller who no longer waits is told nothing.
    async fn handle(&mut self, Request { subject, work }: Request) {
        match work {
            Work::Load(reply) => drop(reply.send(self.load_fresh(&subject).await)),
            Work::LoadAhead(reply) => drop(reply.send(self.load_fresh(&subject).await)),
            Work::Ensure(reply) => drop(reply.send(self.ensure(&subject).await)),
            Work::Rotate(reply) => drop(reply.send(self.rotate(&subject).await)),
            Work::Forget(reply) => match self.forget(&subject).await {
                Ok(()) => drop(tokio::spawn(async move {
                    sleep(MAX_AGE).await;
                    let _ = reply.send(Ok(()));
                })),
                Err(error) => drop(reply.send(Err(error))),
            },
        }
    }

    async fn look(&mut self) -> Result<(), BoxError> {
        loop {
            let began_at = Instant::now();
            let forgotten = self.vault.forgotten_after(self.last_forgotten, LISTED).await?;
            let is_last = forgotten.len() < usize::try_from(LISTED).unwrap_or(usize::MAX);
            self.last_forgotten = forgotten.last().map_or(self.last_forgotten, |last| last.number);
            let subjects: Vec<_> = forgotten.into_iter().map(|forgotten| forgotten.subject).collect();
            if is_last {
                self.cache.confirm(began_at, &subjects);
                return Ok(());
            }
            self.cache.mark_forgotten(&subjects);
        }
    }

    async fn load_fresh(&mut self, subject: &str) -> Result<(), BoxError> {
        self.load(subject).await?;
        self.look().await
    }

    async fn load(&self, subject: &str) -> Result<Known, BoxError> {
        let known = match self.vault.keys_of(subject).await? {
            SubjectKeys::Forgotten => Known::Forgotten,
            SubjectKeys::Kept(keys) => {
                let keys = keys.iter().map(|key| self.master.unwrap(subject, key));
                Known::Kept(keys.collect::<Result<_, _>>()?)
            }
        };
        self.cache.put(subject, known.clone());
        Ok(known)
    }

    async fn ensure(&mut self, subject: &str) -> Result<(), BoxError> {
        match self.load(subject).await? {
            Known::Kept(keys) if keys.is_empty() => self.rotate(subject).await,
            Known::Kept(_) => self.look().await,
            Known::Forgotten => Err(FORGOTTEN.into()),
        }
    }

    async fn rotate(&mut self, subject: &str) -> Result<(), BoxError> {
        loop {
            let Known::Kept(keys) = self.load(subject).await? else {
                return Err(FORGOTTEN.into());
            };
            let last = keys.last().map_or(0, SubjectKey::id);
            let key = SubjectKey::generate(last.checked_add(1).ok_or("the subject has too many keys")?)?;
            match self.vault.add_key(subject, self.master.wrap(subject, &key)?).await? {
                KeyAddition::Added => return self.load_fresh(subject).await,
                // Another process was faster.
                KeyAddition::NumberTaken => {}
                KeyAddition::Forgotten => return Err(FORGOTTEN.into()),
            }
        }
    }

    async fn forget(&mut self, subject: &str) -> Result<(), BoxError> {
        self.vault.forget_subject(subject).await?;
        self.cache.put(subject, Known::Forgotten);
        Ok(())
    }
}

const FORGOTTEN: &str = "the subject was forgotten";
