use async_trait::async_trait;
use eventstore_core::backend::NumberedEvent;
use eventstore_core::{RecordedEvent, SubscriptionKey};
use eventstore_web::ParkedEventHandler;

use crate::command::parked::Exec;
use crate::output::Output;

/// Lets a command of the shell deal with parked events.
pub(super) struct Replayer {
    exec: Exec,
}

impl Replayer {
    pub(super) fn new(command: String) -> Self {
        Self {
            exec: Exec::new(command),
        }
    }
}

#[async_trait]
impl ParkedEventHandler for Replayer {
    fn handles(&self, _: &SubscriptionKey) -> bool {
        true
    }

    async fn handle(
        &self,
        key: &SubscriptionKey,
        number: eventstore_core::EventNumber,
        event: RecordedEvent,
    ) -> Result<(), String> {
        let event = NumberedEvent::new(&key.selector, number, event);
        let input = Output::event_as_json(&event).map_err(|failure| failure.message().unwrap_or_default())?;
        match self.exec.run(input).await {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("the command ended with {status}")),
            Err(error) => Err(format!("the command could not be run: {error}")),
        }
    }
}
