use clap::Args;
use eventstore_core::{Error, EventId, EventLinker, ExpectedVersion, Link as Request, StreamName};

use super::AllowEmpty;
use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

/// Which events to link, and into which stream.
#[derive(Args)]
pub(crate) struct Link {
    /// The name of the stream to link into
    target: StreamName,
    /// The ids of the events, in their order in the stream
    #[arg(required = true, value_name = "EVENT_ID")]
    event_ids: Vec<EventId>,
    /// What the stream must meet: `any`, `none` (no such stream), `exists`, or its current version
    #[arg(long, value_name = "VERSION", default_value = "any", allow_negative_numbers = true)]
    expected: ExpectedVersion,
    #[command(flatten)]
    allow_empty: AllowEmpty,
}

impl Link {
    /// Links the events and prints the receipt.
    pub(crate) async fn run<C: Connector>(self, connector: &C, mut output: Output) -> Result<(), Failure> {
        self.allow_empty.check("the name of the stream", &self.target)?;
        let request =
            Request::new(self.target.clone(), self.expected, self.event_ids).map_err(|error| match error {
                Error::DuplicateEvent { event_id } => Failure::Usage(format!("the event {event_id} is given twice")),
                error => error.into(),
            })?;
        let linked = connector.connect(Purpose::Calls).await?.link(request).await;
        let receipt = linked.map_err(|error| match error {
            Error::DuplicateEvent { event_id } => Failure::AlreadyInStream {
                event_id,
                stream: self.target,
            },
            error => error.into(),
        })?;
        output.link_receipt(&receipt)?;
        output.flush()
    }
}
