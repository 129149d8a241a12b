use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::backend::{BegunProjection, ProjectionStep, ProjectionStore};
use eventstore_core::{BoxError, Result};
use eventstore_subscriptions::{Delivery, Group, ProjectionError, Projector};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::team::{request, subscriptions};
use super::{grow_each, until_held};
use crate::conformance::sample::stream;
use crate::conformance::wait::{soon, until_some};
use crate::conformance::{AnyTransaction, Backend, Harness};

/// Each event takes effect once, in whichever partition it is and whichever member projects that, also while members come and go.
pub async fn makes_each_effect_once(harness: &dyn Harness) {
    // A harness may prepare its effects with the first call, and later calls come at the same time.
    assert_eq!(harness.effects().await, [0; 0]);
    let (orders, mut received) = mpsc::unbounded_channel();
    let project = async {
        let (store, other) = (harness.store(), harness.another_node().await);
        let streams: Vec<_> = (0..6).map(|number| stream(&format!("s-{number}"))).collect();
        let first = Projecting::start(&store, "first", &orders);
        grow_each(&*store, &streams, 2).await;
        until_effects(harness, 12).await;
        let second = Projecting::start(&other, "second", &orders);
        until_held(&*store, &[("first", 2), ("second", 2)]).await;
        grow_each(&*store, &streams, 2).await;
        let ((), ()) = tokio::join!(first.stop(), grow_each(&*other, &streams, 2));
        until_effects(harness, 36).await;
        second.stop().await;
    };
    tokio::select! {
        () = project => {}
        () = make_effects(harness, &mut received) => panic!("no one orders effects any more"),
    }
    assert_eq!(harness.effects().await, (1..=36).collect::<Vec<_>>());
}

async fn until_effects(harness: &dyn Harness, count: u32) {
    until_some("the effects", async || {
        (harness.effects().await == (1..=count).collect::<Vec<_>>()).then_some(())
    })
    .await;
}

/// Makes the effects that projectors order: the harness stays where the case is.
async fn make_effects(harness: &dyn Harness, orders: &mut mpsc::UnboundedReceiver<Order>) {
    while let Some(mut order) = orders.recv().await {
        for effect in order.effects {
            harness.make_effect(&mut order.transaction, effect).await;
        }
        // A projector that has been dropped has lost its partition, and the effects are undone.
        let _ = order.done.send(order.transaction);
    }
}

/// Effects to be made in a transaction, which is given back.
struct Order {
    transaction: AnyTransaction,
    effects: Vec<u32>,
    done: oneshot::Sender<AnyTransaction>,
}

/// A member of a group that projects.
struct Projecting {
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ProjectionError>>,
}

impl Projecting {
    fn start(store: &Arc<dyn Backend>, name: &'static str, orders: &mpsc::UnboundedSender<Order>) -> Self {
        let (shutdown, until) = oneshot::channel();
        let subscriptions = subscriptions(store).with_holder_name(name);
        let (projections, orders) = (Projections(Arc::clone(store)), orders.clone());
        let task = tokio::spawn(async move {
            let (group, shutdown) = (Group::new(4).unwrap(), async { drop(until.await) });
            let projector = |_| Effects(orders.clone());
            subscriptions
                .project_group_until(request(), group, projections, shutdown, projector)
                .await
        });
        Self { shutdown, task }
    }

    async fn stop(self) {
        drop(self.shutdown);
        soon("the end of a member", self.task).await.unwrap().unwrap();
    }
}

/// Makes the number of each event an effect.
struct Effects(mpsc::UnboundedSender<Order>);

#[async_trait]
impl Projector<AnyTransaction> for Effects {
    type Error = BoxError;

    async fn project(&mut self, transaction: &mut AnyTransaction, events: &[Delivery]) -> Result<(), BoxError> {
        let numbers = events.iter().map(|event| u32::try_from(event.number.get()));
        let (done, made) = oneshot::channel();
        let order = Order {
            effects: numbers.collect::<Result<_, _>>()?,
            transaction: transaction.take(),
            done,
        };
        self.0.send(order).map_err(|_| "the case has ended")?;
        *transaction = made.await?;
        Ok(())
    }
}

/// The projections of any backend.
#[derive(Clone)]
struct Projections(Arc<dyn Backend>);

#[async_trait]
impl ProjectionStore for Projections {
    type Transaction = AnyTransaction;

    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<AnyTransaction>> {
        self.0.begin_any_step(step).await
    }

    async fn commit_step(&self, transaction: AnyTransaction) -> Result<()> {
        self.0.commit_any_step(transaction).await
    }
}
