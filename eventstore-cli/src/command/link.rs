use clap::Args;
use eventstore_core::{EventId, EventLinker, ExpectedVersion, Link as Request, StreamName};

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::output::Output;

/// Which events to link, and into which stream.
#[derive(Args)]
pub(crate) struct Link {
    /// The name of the stream to link into
    target: StreamName,
    /// The ids of the events, in their order in the stream
    #[arg(required = true, value_name = "EVENT_ID")]
    event_ids: Vec<EventId>,
    /// What the stream must meet: `any`, `none` (no such stream), `exists`, or the version at which it stands
    #[arg(long, value_name = "VERSION", default_value = "any", allow_negative_numbers = true)]
    expected: ExpectedVersion,
}

impl Link {
    /// Links the events and prints the receipt.
    pub(crate) async fn run(self, options: &GlobalOptions, mut output: Output) -> Result<(), Failure> {
        let request = Request::new(self.target, self.expected, self.event_ids)?;
        let receipt = backend::connect(options).await?.link(request).await?;
        output.link_receipt(&receipt)?;
        output.flush()
    }
}
