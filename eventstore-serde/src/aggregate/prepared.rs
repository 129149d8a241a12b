use eventstore_core::Append;

use super::{Aggregate, Loaded};

/// What was decided on an aggregate, and is not appended yet.
///
/// Use it to append the decisions on several aggregates together.
///
/// ```
/// # #[cfg(feature = "json")]
/// # mod example {
/// # use eventstore_core::{Append, AppendSet, EventReader, EventWriter, SnapshotStore, StreamName};
/// # use eventstore_serde::{Aggregate, ExecuteError, Json, Repository};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # enum AccountEvent { Deposited { cents: u64 }, Withdrawn { cents: u64 } }
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Account { cents: u64 }
/// # struct NotEnoughMoney;
/// # impl Account {
/// #     fn withdraw(&self, cents: u64) -> Result<Vec<AccountEvent>, NotEnoughMoney> {
/// #         if cents > self.cents { return Err(NotEnoughMoney); }
/// #         Ok(vec![AccountEvent::Withdrawn { cents }])
/// #     }
/// #     fn deposit(&self, cents: u64) -> Result<Vec<AccountEvent>, NotEnoughMoney> {
/// #         Ok(vec![AccountEvent::Deposited { cents }])
/// #     }
/// # }
/// # impl Aggregate for Account {
/// #     type Event = AccountEvent;
/// #     const SNAPSHOT_TYPE: &'static str = "Account.v1";
/// #     fn apply(&mut self, _: &AccountEvent) {}
/// # }
/// async fn transfer<B>(
///     accounts: &Repository<Account, B, Json>,
///     from: &StreamName,
///     to: &StreamName,
///     cents: u64,
/// ) -> Result<(), ExecuteError<NotEnoughMoney>>
/// where
///     B: EventReader + EventWriter + SnapshotStore,
/// {
///     loop {
///         let withdrawal = accounts.command(from).prepare(|account| account.withdraw(cents)).await?;
///         let deposit = accounts.command(to).prepare(|account| account.deposit(cents)).await?;
///         let appends: Vec<Append> = [withdrawal.append, deposit.append].into_iter().flatten().collect();
///         match accounts.store().backend().append_set(AppendSet::new(appends)?).await {
///             Err(error) if error.is_conflict() => {}
///             answer => return answer.map(drop).map_err(ExecuteError::from),
///         }
///     }
/// }
/// # }
/// # fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prepared<A: Aggregate> {
    /// The aggregate that the decision was made on.
    pub aggregate: Loaded<A>,
    /// Appends the events at the version that the decision was made on; `None` if there are no events. It is idempotent: it can
    /// be sent again, and its events are stored once.
    pub append: Option<Append>,
}
