use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use eventstore_core::BoxError;
use eventstore_core::backend::KeyVault;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

use super::super::{KeyStore, MasterKey, SubjectKey};
use super::cache::Known;
use super::{Cache, Keeper, Request, Work};

/// Keys of subjects that are stored in a [`KeyVault`], such as the database of the events, and shared by all processes.
///
/// Each key is encrypted with the application's [`MasterKey`] before it is stored. A process holds the keys that it uses in
/// memory, and asks the vault every second which subjects were forgotten. [`forget`](Self::forget) deletes the keys and returns
/// three seconds later, when no process uses them any more. If the vault gives no answer for three seconds, encrypted payloads
/// can be neither written nor read.
///
/// A key that is not in memory is loaded when a payload needs it, and the calling thread waits for a round trip. Where that
/// matters, load keys [ahead](Self::load). The vault is used on a thread of its own.
///
/// ```
/// # #[cfg(feature = "json")]
/// # async fn example<V>(connect: impl Future<Output = Result<V, eventstore_core::BoxError>> + Send + 'static, secret: [u8; 32])
/// # -> Result<(), eventstore_core::BoxError> where V: eventstore_core::backend::KeyVault {
/// use std::sync::Arc;
///
/// use eventstore_serde::{DurableKeys, Encryption, Json, MasterKey, Serializer};
///
/// // `connect` gives the vault, as `PostgresStore::connect(config)` does.
/// let keys = Arc::new(DurableKeys::open(connect, MasterKey::new(secret)).await?);
/// keys.ensure("customer-17").await?;
/// let serializer = Json.with_layer(Encryption::new(Arc::clone(&keys)));
/// let bytes = serializer.for_subject("customer-17").serialize("Ada Lovelace")?;
///
/// keys.forget("customer-17").await?;
/// assert!(serializer.deserialize::<String>(&bytes).is_err());
/// # Ok(())
/// # }
/// ```
pub struct DurableKeys {
    cache: Arc<Cache>,
    requests: mpsc::UnboundedSender<Request>,
}

/// How long a payload waits for its key.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

const UNKNOWN: &str = "the subject has no such key";
const ENDED: &str = "the thread that keeps the keys has ended";
const NO_ANSWER: &str = "the keys of the subject could not be loaded in time";

impl DurableKeys {
    /// Opens the vault on a thread of its own. The thread ends when this value is dropped.
    ///
    /// `connect` must open connections of its own. The connections of a store that is in use depend on a runtime whose threads a payload
    /// may block while it waits for its key.
    ///
    /// # Errors
    ///
    /// The error of `connect`, or of the vault if it cannot tell which subjects were forgotten.
    pub async fn open<V, E>(
        connect: impl Future<Output = Result<V, E>> + Send + 'static,
        master: MasterKey,
    ) -> Result<Self, BoxError>
    where
        V: KeyVault,
        E: Into<BoxError> + Send,
    {
        let cache = Arc::new(Cache::default());
        let (requests, receiver) = mpsc::unbounded_channel();
        let (opened, opening) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let kept = Arc::clone(&cache);
        thread::Builder::new()
            .name("eventstore-keys".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    let keeper = match connect.await.map_err(Into::into) {
                        Ok(vault) => Keeper::new(vault, master, kept).await,
                        Err(error) => Err(error),
                    };
                    match keeper {
                        Ok(keeper) => {
                            // A caller that gave up opening has also dropped the sender of requests, so `run` ends.
                            let _ = opened.send(Ok(()));
                            keeper.run(receiver).await;
                        }
                        Err(error) => drop(opened.send(Err(error))),
                    }
                });
            })?;
        opening.await.map_err(|_| ENDED)??;
        Ok(Self { cache, requests })
    }

    /// Makes a first key for the subject, unless it has one.
    ///
    /// If the future is dropped, the key may be made.
    ///
    /// # Errors
    ///
    /// If the subject was forgotten, or the vault fails.
    pub async fn ensure(&self, subject: &str) -> Result<(), BoxError> {
        self.ask(subject, Work::Ensure).await
    }

    /// Makes a new key for the subject. From now on, this process encrypts with it. Other processes may go on with the previous
    /// key for at most ten minutes, after which they load the keys again. What either key encrypts can be read.
    ///
    /// If the future is dropped, the key may be made.
    ///
    /// # Errors
    ///
    /// If the subject was forgotten, or the vault fails.
    pub async fn rotate(&self, subject: &str) -> Result<(), BoxError> {
        self.ask(subject, Work::Rotate).await
    }

    /// Loads the keys of these subjects before they are needed.
    ///
    /// # Errors
    ///
    /// If the vault fails.
    pub async fn load<'s>(&self, subjects: impl IntoIterator<Item = &'s str> + Send) -> Result<(), BoxError> {
        let missing: Vec<_> = subjects
            .into_iter()
            .filter(|subject| self.cache.find(subject).is_none())
            .collect();
        for subject in missing {
            self.ask(subject, Work::LoadAhead).await?;
        }
        Ok(())
    }

    /// Deletes the keys of the subject for all processes, and waits until no process uses any of them any more.
    ///
    /// From then on, what was encrypted for the subject cannot be read. The server keeps deleted keys until they are vacuumed,
    /// and they remain in backups. If the future is dropped, the keys may be deleted.
    ///
    /// # Errors
    ///
    /// If the vault fails: call it again.
    pub async fn forget(&self, subject: &str) -> Result<(), BoxError> {
        self.ask(subject, Work::Forget).await
    }

    async fn ask(
        &self,
        subject: &str,
        work: impl FnOnce(oneshot::Sender<Result<(), BoxError>>) -> Work,
    ) -> Result<(), BoxError> {
        let (reply, answer) = oneshot::channel();
        self.send(subject, work(reply))?;
        answer.await.map_err(|_| ENDED)?
    }

    fn send(&self, subject: &str, work: Work) -> Result<(), BoxError> {
        let request = Request {
            subject: subject.to_owned(),
            work,
        };
        self.requests.send(request).map_err(|_| ENDED.into())
    }

    /// The key that `choose` finds among those in memory, or else among those in the vault. `None` if the subject was forgotten.
    fn find(
        &self,
        subject: &str,
        choose: impl Fn(&[SubjectKey]) -> Option<&SubjectKey>,
    ) -> Result<Option<SubjectKey>, BoxError> {
        let known = |known: Option<Known>| match known? {
            Known::Forgotten => Some(None),
            Known::Kept(keys) => choose(&keys).cloned().map(Some),
        };
        if let Some(found) = known(self.cache.find(subject)) {
            return Ok(found);
        }
        // The key may be new, made by another process since these keys were loaded. The channel has room for the
        // answer, so that the thread of the keys never waits for a caller that has given up.
        let (reply, answer) = sync_channel(1);
        self.send(subject, Work::Load(reply))?;
        answer.recv_timeout(ANSWER_TIMEOUT).map_err(|_| NO_ANSWER)??;
        known(self.cache.find(subject)).ok_or_else(|| UNKNOWN.into())
    }
}

impl KeyStore for DurableKeys {
    fn current_key(&self, subject: &str) -> Result<Option<SubjectKey>, BoxError> {
        self.find(subject, <[_]>::last)
    }

    fn key(&self, subject: &str, id: u32) -> Result<Option<SubjectKey>, BoxError> {
        self.find(subject, |keys| keys.iter().find(|key| key.id() == id))
    }
}
