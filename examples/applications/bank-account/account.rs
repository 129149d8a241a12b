use eventstore_serde::Aggregate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What happens to an account. Amounts are in cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AccountEvent {
    #[serde(rename = "AccountOpened")]
    Opened { owner: String },
    #[serde(rename = "MoneyDeposited")]
    Deposited { cents: u64 },
    #[serde(rename = "MoneyWithdrawn")]
    Withdrawn { cents: u64 },
    #[serde(rename = "AccountClosed")]
    Closed,
}

/// Why something must not happen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    #[error("there is an account already")]
    AlreadyOpen,
    #[error("there is no such account")]
    NotOpen,
    #[error("the amount is nothing, or too much for a bank")]
    BadAmount,
    #[error("only {cents} cents are there")]
    NotEnoughMoney { cents: u64 },
    #[error("{cents} cents are still there")]
    NotEmpty { cents: u64 },
}

/// What is decided: the events that follow, or why there are none.
pub(crate) type Decision = Result<Vec<AccountEvent>, Refusal>;

/// An account: everything that a decision needs to know, and no more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) is_open: bool,
    pub(crate) cents: u64,
}

impl Aggregate for Account {
    type Event = AccountEvent;
    const SNAPSHOT_TYPE: &'static str = "Account.v1";

    fn apply(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { .. } => self.is_open = true,
            AccountEvent::Deposited { cents } => self.cents += cents,
            AccountEvent::Withdrawn { cents } => self.cents -= cents,
            AccountEvent::Closed => self.is_open = false,
        }
    }
}

impl Account {
    pub(crate) fn open(&self, owner: &str) -> Decision {
        if self.is_open {
            return Err(Refusal::AlreadyOpen);
        }
        let owner = owner.to_owned();
        Ok(vec![AccountEvent::Opened { owner }])
    }

    pub(crate) fn deposit(&self, cents: u64) -> Decision {
        self.check_open()?;
        let fits = self.cents.checked_add(cents).is_some();
        if cents == 0 || !fits {
            return Err(Refusal::BadAmount);
        }
        Ok(vec![AccountEvent::Deposited { cents }])
    }

    pub(crate) fn withdraw(&self, cents: u64) -> Decision {
        self.check_open()?;
        if cents == 0 {
            return Err(Refusal::BadAmount);
        }
        if cents > self.cents {
            return Err(Refusal::NotEnoughMoney { cents: self.cents });
        }
        Ok(vec![AccountEvent::Withdrawn { cents }])
    }

    /// Closes the account once it is empty.
    pub(crate) fn close(&self) -> Decision {
        self.check_open()?;
        if self.cents > 0 {
            return Err(Refusal::NotEmpty { cents: self.cents });
        }
        Ok(vec![AccountEvent::Closed])
    }

    fn check_open(&self) -> Result<(), Refusal> {
        if self.is_open { Ok(()) } else { Err(Refusal::NotOpen) }
    }
}
