use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::{EventNumber, StreamName, StreamSelector};
use futures_util::future::LocalBoxFuture;

use super::harness::lacks;
use super::{Backend, Cut, Harness, Payloads};

/// A [`Harness`] made of a storage and of closures that take it; `S` is the teardown as well.
pub struct Setup<S> {
    store: Arc<dyn Backend>,
    payloads: Payloads,
    another_node: Option<Action<S, Arc<dyn Backend>>>,
    store_without_hard_deletes: Option<Action<S, Arc<dyn Backend>>>,
    put_empty_stream: Option<StreamAction<S>>,
    cut_notifications: Option<Action<S, Cut>>,
    cut_leases: Option<Action<S, ()>>,
    close_store: Option<Action<S, ()>>,
    forge_hint: Option<HintAction<S>>,
    // Dropped after the store that stands on it.
    storage: S,
}

type Action<S, T> = Box<dyn for<'s> Fn(&'s S) -> LocalBoxFuture<'s, T>>;

type HintAction<S> = Box<dyn for<'s> Fn(&'s S, &'s StreamSelector, EventNumber) -> LocalBoxFuture<'s, ()>>;

type StreamAction<S> = Box<dyn for<'s> Fn(&'s S, &'s StreamName) -> LocalBoxFuture<'s, ()>>;

impl<S: 'static> Setup<S> {
    /// The store under test on this storage, hard deletes enabled.
    pub fn new<B: Backend + 'static>(storage: S, store: impl FnOnce(&S) -> B) -> Self {
        Self {
            store: Arc::new(store(&storage)),
            payloads: Payloads::Bytes,
            another_node: None,
            store_without_hard_deletes: None,
            put_empty_stream: None,
            cut_notifications: None,
            cut_leases: None,
            close_store: None,
            forge_hint: None,
            storage,
        }
    }

    /// See [`Harness::another_node`]; without it, the cases that need one fail.
    #[must_use]
    pub fn another_node<B: Backend + 'static>(self, open: impl AsyncFn(&S) -> B + 'static) -> Self {
        Self {
            another_node: Some(opening(open)),
            ..self
        }
    }

    /// See [`Harness::payloads`]; bytes unless told otherwise.
    #[must_use]
    pub fn payloads(self, payloads: Payloads) -> Self {
        Self { payloads, ..self }
    }

    /// See [`Harness::store_without_hard_deletes`].
    #[must_use]
    pub fn store_without_hard_deletes<B: Backend + 'static>(self, open: impl AsyncFn(&S) -> B + 'static) -> Self {
        Self {
            store_without_hard_deletes: Some(opening(open)),
            ..self
        }
    }

    /// See [`Harness::put_empty_stream`].
    #[must_use]
    pub fn put_empty_stream(self, put: impl AsyncFn(&S, &StreamName) + 'static) -> Self {
        let put = Rc::new(put);
        Self {
            put_empty_stream: Some(Box::new(move |storage, stream| {
                let put = Rc::clone(&put);
                Box::pin(async move { put(storage, stream).await })
            })),
            ..self
        }
    }

    /// See [`Harness::cut_notifications`]; the drop of what the closure gives back ends the cut.
    #[must_use]
    pub fn cut_notifications<G: Any>(self, cut: impl AsyncFn(&S) -> G + 'static) -> Self {
        let cut = async move |storage: &S| Cut::ended_by_drop_of(cut(storage).await);
        Self {
            cut_notifications: Some(action(cut)),
            ..self
        }
    }

    /// See [`Harness::cut_leases`].
    #[must_use]
    pub fn cut_leases(self, cut: impl AsyncFn(&S) + 'static) -> Self {
        Self {
            cut_leases: Some(action(cut)),
            ..self
        }
    }

    /// See [`Harness::close_store`].
    #[must_use]
    pub fn close_store(self, close: impl AsyncFn(&S) + 'static) -> Self {
        Self {
            close_store: Some(action(close)),
            ..self
        }
    }

    /// See [`Harness::forge_hint`].
    #[must_use]
    pub fn forge_hint(self, forge: impl AsyncFn(&S, &StreamSelector, EventNumber) + 'static) -> Self {
        let forge = Rc::new(forge);
        Self {
            forge_hint: Some(Box::new(move |storage, selector, number| {
                let forge = Rc::clone(&forge);
                Box::pin(async move { forge(storage, selector, number).await })
            })),
            ..self
        }
    }
}

fn opening<S: 'static, B: Backend + 'static>(open: impl AsyncFn(&S) -> B + 'static) -> Action<S, Arc<dyn Backend>> {
    action(async move |storage: &S| {
        let node: Arc<dyn Backend> = Arc::new(open(storage).await);
        node
    })
}

fn action<S: 'static, T>(act: impl AsyncFn(&S) -> T + 'static) -> Action<S, T> {
    let act = Rc::new(act);
    Box::new(move |storage| {
        let act = Rc::clone(&act);
        Box::pin(async move { act(storage).await })
    })
}

#[async_trait(?Send)]
impl<S> Harness for Setup<S> {
    fn store(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.store)
    }

    async fn another_node(&self) -> Arc<dyn Backend> {
        match &self.another_node {
            Some(open) => open(&self.storage).await,
            None => panic!(
                "the setup knows no other node: give it one with `another_node`, which is the same store where a \
                 storage is used by one process only"
            ),
        }
    }

    fn payloads(&self) -> Payloads {
        self.payloads
    }

    async fn store_without_hard_deletes(&self) -> Arc<dyn Backend> {
        match &self.store_without_hard_deletes {
            Some(open) => open(&self.storage).await,
            None => lacks("store_without_hard_deletes"),
        }
    }

    async fn put_empty_stream(&self, stream: &StreamName) {
        match &self.put_empty_stream {
            Some(put) => put(&self.storage, stream).await,
            None => lacks("put_empty_stream"),
        }
    }

    async fn cut_notifications(&self) -> Cut {
        match &self.cut_notifications {
            Some(cut) => cut(&self.storage).await,
            None => lacks("cut_notifications"),
        }
    }

    async fn cut_leases(&self) {
        match &self.cut_leases {
            Some(cut) => cut(&self.storage).await,
            None => lacks("cut_leases"),
        }
    }

    async fn close_store(&self) {
        match &self.close_store {
            Some(close) => close(&self.storage).await,
            None => lacks("close_store"),
        }
    }

    async fn forge_hint(&self, selector: &StreamSelector, number: EventNumber) {
        match &self.forge_hint {
            Some(forge) => forge(&self.storage, selector, number).await,
            None => lacks("forge_hint"),
        }
    }
}
