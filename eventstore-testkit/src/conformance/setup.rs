use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::{EventNumber, StreamName, StreamSelector};
use futures_util::future::LocalBoxFuture;

use super::harness::lacks;
use super::{AnyTransaction, Backend, Cut, Harness, Parts, Payloads, Stop};

/// A [`Harness`] made from a storage and closures that take it; dropping the storage `S` is the teardown as well.
pub struct Setup<S> {
    store: RefCell<Arc<dyn Backend>>,
    payloads: Payloads,
    another_node: Option<Action<S, Arc<dyn Backend>>>,
    indexes_for_tracing: Option<Action<S, ()>>,
    store_without_hard_deletes: Option<Action<S, Arc<dyn Backend>>>,
    put_empty_stream: Option<StreamAction<S>>,
    cut_notifications: Option<Action<S, Cut>>,
    cut_leases: Option<Action<S, ()>>,
    close_store: Option<Action<S, ()>>,
    reopen: Option<Reopening<S>>,
    make_effect: Option<EffectAction<S>>,
    effects: Option<Action<S, Vec<u32>>>,
    forge_hint: Option<HintAction<S>>,
    // Dropped after the store that uses it.
    storage: S,
}

type Action<S, T> = Box<dyn for<'s> Fn(&'s S) -> LocalBoxFuture<'s, T>>;

type Reopening<S> = Box<dyn for<'s> Fn(&'s S, Stop) -> LocalBoxFuture<'s, Arc<dyn Backend>>>;

type EffectAction<S> = Box<dyn for<'s> Fn(&'s S, &'s mut AnyTransaction, u32) -> LocalBoxFuture<'s, ()>>;

type HintAction<S> = Box<dyn for<'s> Fn(&'s S, &'s StreamSelector, EventNumber) -> LocalBoxFuture<'s, ()>>;

type StreamAction<S> = Box<dyn for<'s> Fn(&'s S, &'s StreamName) -> LocalBoxFuture<'s, ()>>;

impl<S: 'static> Setup<S> {
    /// Creates a harness with the store under test on this storage, with hard deletes enabled.
    pub fn new<B: Backend + 'static>(storage: S, store: impl FnOnce(&S) -> B) -> Self {
        Self {
            store: RefCell::new(Arc::new(store(&storage))),
            payloads: Payloads::Bytes,
            another_node: None,
            indexes_for_tracing: None,
            store_without_hard_deletes: None,
            put_empty_stream: None,
            cut_notifications: None,
            cut_leases: None,
            close_store: None,
            reopen: None,
            make_effect: None,
            effects: None,
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

    /// See [`Harness::payloads`]; bytes unless set otherwise.
    #[must_use]
    pub fn payloads(self, payloads: Payloads) -> Self {
        Self { payloads, ..self }
    }

    /// See [`Harness::indexes_for_tracing`]; nothing unless set otherwise.
    #[must_use]
    pub fn indexes_for_tracing(self, create: impl AsyncFn(&S) + 'static) -> Self {
        Self {
            indexes_for_tracing: Some(action(create)),
            ..self
        }
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

    /// See [`Harness::cut_notifications`]; dropping what the closure returns ends the cut.
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

    /// See [`Harness::reopen`]: opens the storage again, with hard deletes enabled, after the store was ended in this
    /// way.
    ///
    /// After [`Stop::Clean`], the store has already been dropped when this is called. After [`Stop::Killed`], the old
    /// store is still open: the newly opened store must not benefit from its orderly end.
    #[must_use]
    pub fn reopen<B: Backend + 'static>(self, open: impl AsyncFn(&S, Stop) -> B + 'static) -> Self {
        let open = Rc::new(open);
        Self {
            reopen: Some(Box::new(move |storage, stop| {
                let open = Rc::clone(&open);
                Box::pin(async move {
                    let opened: Arc<dyn Backend> = Arc::new(open(storage, stop).await);
                    opened
                })
            })),
            ..self
        }
    }

    /// See [`Harness::make_effect`] and [`Harness::effects`]; `T` is the transaction of the store's projections.
    #[must_use]
    pub fn effects<T: 'static>(
        self,
        make: impl AsyncFn(&S, &mut T, u32) + 'static,
        effects: impl AsyncFn(&S) -> Vec<u32> + 'static,
    ) -> Self {
        let make = Rc::new(make);
        Self {
            make_effect: Some(Box::new(move |storage, transaction, effect| {
                let make = Rc::clone(&make);
                Box::pin(async move { make(storage, transaction.expect_mut(), effect).await })
            })),
            effects: Some(action(effects)),
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
        Arc::clone(&self.store.borrow())
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

    async fn indexes_for_tracing(&self) {
        if let Some(create) = &self.indexes_for_tracing {
            create(&self.storage).await;
        }
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

    async fn reopen(&self, stop: Stop) {
        let Some(open) = &self.reopen else { lacks("reopen") };
        if stop == Stop::Clean {
            self.store.replace(Arc::new(Parts::default()));
        }
        let opened = open(&self.storage, stop).await;
        self.store.replace(opened);
    }

    async fn make_effect(&self, transaction: &mut AnyTransaction, effect: u32) {
        match &self.make_effect {
            Some(make) => make(&self.storage, transaction, effect).await,
            None => lacks("effects"),
        }
    }

    async fn effects(&self) -> Vec<u32> {
        match &self.effects {
            Some(made) => made(&self.storage).await,
            None => lacks("effects"),
        }
    }

    async fn forge_hint(&self, selector: &StreamSelector, number: EventNumber) {
        match &self.forge_hint {
            Some(forge) => forge(&self.storage, selector, number).await,
            None => lacks("forge_hint"),
        }
    }
}
