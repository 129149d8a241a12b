use clap::Args;
use eventstore_core::{Error, EventId, EventLookup};

use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

/// Which event to print.
#[derive(Args)]
pub(crate) struct Event {
    /// The id of the event
    id: EventId,
}

impl Event {
    /// Prints the event whole, and every stream that holds it.
    pub(crate) async fn run<C: Connector>(self, connector: &C, mut output: Output) -> Result<(), Failure> {
        let found = connector.connect(Purpose::Calls).await?.find_event(self.id).await?;
        let found = found.ok_or_else(|| Error::EventsNotFound {
            event_ids: vec![self.id],
        })?;
        output.found_event(&found)?;
        output.flush()
    }
}
