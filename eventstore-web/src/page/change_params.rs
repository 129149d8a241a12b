use eventstore_core::{EventNumber, HolderPolicy, SubscriptionKey};
use serde::Deserialize;

use super::text::{encoded, number};
use crate::problem::Problem;
use crate::query::SubscriptionParams;
use crate::replay::Selection;
use crate::view::SubscriptionView;

/// How many parked events are replayed at once: the browser waits for the last.
const MOST: u32 = 1_000;

/// A change, as a form says it.
#[derive(Deserialize)]
pub(crate) struct ChangeParams {
    pub(super) stream: String,
    pub(super) name: String,
    pub(super) action: Action,
    /// The event, or the checkpoint.
    pub(super) number: Option<String>,
    /// How many events, from the first.
    pub(super) first: Option<String>,
    /// Whether the change is made in spite of the objections that were shown.
    overrides: Option<String>,
    /// The objections that were shown.
    #[serde(default)]
    accepted: String,
    /// Shows that the form is one of ours.
    #[serde(default)]
    pub(super) form_token: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Replay,
    Discard,
    SetCheckpoint,
    Delete,
}

/// What speaks against a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objection {
    Held,
    BeyondHead { checkpoint: u64, head: u64 },
}

impl Objection {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::BeyondHead { .. } => "beyond_head",
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Held => "A process is running this subscription.".to_owned(),
            Self::BeyondHead { checkpoint, head } => format!(
                "The stream ends at {}. The subscription will skip new events up to number {}.",
                number(head),
                number(checkpoint)
            ),
        }
    }
}

impl ChangeParams {
    pub(super) fn key(&self) -> Result<SubscriptionKey, Problem> {
        let params = SubscriptionParams {
            stream: self.stream.clone(),
            name: self.name.clone(),
        };
        params.key()
    }

    pub(super) fn number(&self) -> Result<EventNumber, Problem> {
        let given = self
            .number
            .as_deref()
            .ok_or_else(|| Problem::invalid("number", "it is missing"))?;
        given.trim().parse().map_err(|error| Problem::invalid("number", error))
    }

    pub(super) fn selection(&self) -> Result<Selection, Problem> {
        let Some(first) = &self.first else {
            return self.number().map(Selection::One);
        };
        let first: u32 = first.trim().parse().map_err(|error| Problem::invalid("first", error))?;
        if first > MOST {
            return Err(Problem::invalid("first", format!("at most {MOST} events at once")));
        }
        Ok(Selection::First(first))
    }

    pub(super) fn policy(&self) -> HolderPolicy {
        if self.overrides.as_deref() == Some("yes") {
            HolderPolicy::Override
        } else {
            HolderPolicy::Respect
        }
    }

    /// What speaks against the change: it is refused unless the person overrides that.
    pub(super) fn objections(&self, view: &SubscriptionView) -> Result<Vec<Objection>, Problem> {
        let mut objections = Vec::new();
        if view.is_held && matches!(self.action, Action::SetCheckpoint | Action::Delete) {
            objections.push(Objection::Held);
        }
        if self.action == Action::SetCheckpoint {
            let (checkpoint, head) = (self.number()?.get(), view.head.unwrap_or(0));
            if checkpoint > head {
                objections.push(Objection::BeyondHead { checkpoint, head });
            }
        }
        Ok(objections)
    }

    /// Refuses to override what the person has not been shown.
    pub(super) fn require_accepted(&self, view: &SubscriptionView) -> Result<(), Problem> {
        if self.policy() == HolderPolicy::Respect {
            return Ok(());
        }
        let is_new = |objection: &Objection| !self.accepted.split(' ').any(|shown| shown == objection.name());
        match self.objections(view)?.iter().find(|objection| is_new(objection)) {
            Some(objection) => Err(Problem::conflict(objection.text())),
            None => Ok(()),
        }
    }

    /// The page on which the change was asked for.
    pub(super) fn back(&self) -> String {
        let page = match self.action {
            Action::Replay | Action::Discard => "parked",
            Action::SetCheckpoint => "subscription",
            Action::Delete => return "subscriptions".to_owned(),
        };
        format!("{page}?stream={}&name={}", encoded(&self.stream), encoded(&self.name))
    }
}

impl Action {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Discard => "discard",
            Self::SetCheckpoint => "set_checkpoint",
            Self::Delete => "delete",
        }
    }

    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Replay => "Replay",
            Self::Discard => "Discard",
            Self::SetCheckpoint => "Set the checkpoint",
            Self::Delete => "Delete",
        }
    }
}
