use super::Aggregate;

/// A decision that waits for something, such as a price from another service.
///
/// If a decision needs only the state, pass a closure to [`Repository::execute`](super::Repository::execute) instead.
///
/// ```
/// use eventstore_serde::{Aggregate, Decide};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # enum OrderEvent { Placed { cents: u64 } }
/// # #[derive(Default, Serialize, Deserialize)]
/// # struct Order { is_placed: bool }
/// # impl Aggregate for Order {
/// #     type Event = OrderEvent;
/// #     const SNAPSHOT_TYPE: &'static str = "Order.v1";
/// #     fn apply(&mut self, _: &OrderEvent) { self.is_placed = true; }
/// # }
/// # struct Prices;
/// # impl Prices { async fn of(&self, _: &str) -> Option<u64> { Some(5) } }
/// struct PlaceOrder<'p> {
///     article: &'p str,
///     prices: &'p Prices,
/// }
///
/// enum Refusal {
///     AlreadyPlaced,
///     NotForSale,
/// }
///
/// impl Decide<Order> for PlaceOrder<'_> {
///     type Refusal = Refusal;
///
///     async fn decide(&self, order: &Order) -> Result<Vec<OrderEvent>, Refusal> {
///         if order.is_placed {
///             return Err(Refusal::AlreadyPlaced);
///         }
///         let cents = self.prices.of(self.article).await.ok_or(Refusal::NotForSale)?;
///         Ok(vec![OrderEvent::Placed { cents }])
///     }
/// }
/// ```
pub trait Decide<A: Aggregate>: Sync {
    /// Why the decision is refused.
    type Refusal: Send;

    /// Decides which events happen to the aggregate in this state. It can be called several times, each time with a later
    /// state.
    ///
    /// # Errors
    ///
    /// The refusal. Nothing is changed then.
    fn decide(&self, state: &A) -> impl Future<Output = Result<Vec<A::Event>, Self::Refusal>> + Send;
}

/// A decision that waits for nothing.
pub(super) struct AtOnce<F>(pub(super) F);

impl<A, F, R> Decide<A> for AtOnce<F>
where
    A: Aggregate,
    F: Fn(&A) -> Result<Vec<A::Event>, R> + Sync,
    R: Send,
{
    type Refusal = R;

    async fn decide(&self, state: &A) -> Result<Vec<A::Event>, R> {
        (self.0)(state)
    }
}
