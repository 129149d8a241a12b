#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::num::NonZeroU64;
use std::sync::Arc;

use eventstore_core::{Read, StreamName};
use eventstore_serde::{Aggregate, EventCodec, ExecuteError, Json, Repository, TypedStore};
use eventstore_testkit::MemoryStore;
use futures_util::TryStreamExt;
use proptest::prelude::*;
use quickstart::StoreUrl;

use crate::account::{Account, AccountEvent, Decision};

on_each_backend!(no_money_is_lost_to_callers_at_the_same_time);

async fn no_money_is_lost_to_callers_at_the_same_time(url: &StoreUrl) {
    crate::run(url.open().await.unwrap()).await.unwrap();
}

#[derive(Debug, Clone)]
enum Command {
    Open,
    Deposit(u64),
    Withdraw(u64),
    Close,
}

impl Command {
    fn decide(&self, account: &Account) -> Decision {
        match self {
            Self::Open => account.open("Ada"),
            Self::Deposit(cents) => account.deposit(*cents),
            Self::Withdraw(cents) => account.withdraw(*cents),
            Self::Close => account.close(),
        }
    }
}

fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0_u64..10, 1 => Just(u64::MAX), 1 => Just(u64::MAX - 5)]
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let command = prop_oneof![
        2 => Just(Command::Open),
        4 => amount().prop_map(Command::Deposit),
        4 => amount().prop_map(Command::Withdraw),
        1 => Just(Command::Close),
    ];
    prop::collection::vec(command, 0..60)
}

proptest! {
    /// Applying an event would overflow if a decision had let it through.
    #[test]
    fn no_decision_makes_money_or_loses_any(commands in commands()) {
        let mut account = Account::default();
        let (mut deposited, mut withdrawn) = (0_u128, 0_u128);
        for command in commands {
            for event in command.decide(&account).unwrap_or_default() {
                match &event {
                    AccountEvent::Deposited { cents } => deposited += u128::from(*cents),
                    AccountEvent::Withdrawn { cents } => withdrawn += u128::from(*cents),
                    AccountEvent::Closed => prop_assert_eq!(account.cents, 0),
                    AccountEvent::Opened { .. } => prop_assert!(!account.is_open),
                }
                account.apply(&event);
            }
            prop_assert_eq!(deposited - withdrawn, u128::from(account.cents));
        }
    }

    #[test]
    fn an_account_is_the_same_however_it_is_loaded(commands in commands(), every in 1_u64..5) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(replay(&commands, NonZeroU64::new(every).unwrap()));
    }
}

async fn replay(commands: &[Command], every: NonZeroU64) {
    let store = Arc::new(MemoryStore::new());
    let codec = EventCodec::new(Json);
    let accounts = || Repository::<Account, _, _>::new(Arc::clone(&store), codec.clone()).unwrap();
    let (plain, with_snapshots) = (accounts(), accounts().with_snapshot_every(every));
    let stream = StreamName::new("account-1").unwrap();
    let mut expected = Account::default();
    for command in commands {
        match with_snapshots.execute(&stream, |account| command.decide(account)).await {
            Ok(loaded) => expected = loaded.state,
            Err(ExecuteError::Refused(refusal)) => assert_eq!(command.decide(&expected), Err(refusal)),
            Err(error) => panic!("{error}"),
        }
    }
    let (from_events, from_snapshot) = (
        plain.load(&stream).await.unwrap(),
        with_snapshots.load(&stream).await.unwrap(),
    );
    assert_eq!(from_events, from_snapshot);
    assert_eq!(from_events.state, expected);

    let typed = TypedStore::new(Arc::clone(&store), codec).unwrap();
    let folded = typed
        .read(Read::new(stream))
        .try_fold(Account::default(), async |mut account, event| {
            account.apply(&event.event.event().unwrap());
            Ok(account)
        });
    match folded.await {
        Ok(folded) => assert_eq!(folded, expected),
        Err(_) => assert_eq!(from_events.version.get(), 0),
    }
}
