mod input;
mod line;

use clap::Args;
use eventstore_core::{Append as Request, EventId, EventType, EventWriter, ExpectedVersion, NewEvent, StreamName};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::json::json;
use crate::output::Output;

const USAGE: &str = "eventstore append [OPTIONS] <STREAM> --type <T> --data <JSON>
       eventstore append [OPTIONS] <STREAM> --from <FILE|->";

/// Which events to append, and to which stream.
#[derive(Args)]
#[command(override_usage = USAGE)]
pub(crate) struct Append {
    /// The name of the stream
    stream: StreamName,
    /// The type of the event
    #[arg(long = "type", value_name = "T", requires = "data", conflicts_with = "from")]
    event_type: Option<EventType>,
    /// The data of the event as JSON
    #[arg(long, value_name = "JSON", requires = "event_type", conflicts_with = "from", value_parser = json)]
    #[arg(allow_negative_numbers = true)]
    data: Option<Box<RawValue>>,
    /// The metadata of the event as JSON
    #[arg(long, value_name = "JSON", requires = "event_type", conflicts_with = "from", value_parser = json)]
    #[arg(allow_negative_numbers = true)]
    metadata: Option<Box<RawValue>>,
    /// The id of the event [default: a fresh, time-ordered one]
    #[arg(long, value_name = "UUID", requires = "event_type", conflicts_with = "from")]
    id: Option<EventId>,
    /// Reads the events from a file, or from the standard input if it is `-`: one JSON object a line with `type` and
    /// `data`, and optionally `metadata`, `id`, `causation_id`, `correlation_id` and `created_at`; excludes --type, --data,
    /// --metadata and --id
    #[arg(long, value_name = "FILE|-")]
    from: Option<String>,
    /// What the stream must meet: `any`, `none` (no such stream), `exists`, or the version at which it stands
    #[arg(long, value_name = "VERSION", default_value = "any", allow_negative_numbers = true)]
    expected: ExpectedVersion,
    /// Answers with the first receipt if just these events, by their ids, have been appended before
    #[arg(long)]
    idempotent: bool,
}

/// The events to append: one that the options tell, or those of an input that is still to be read.
enum Given<'a> {
    Event(NewEvent),
    Input(&'a str),
}

impl Append {
    /// Appends the events and prints the receipt.
    pub(crate) async fn run(self, options: &GlobalOptions, mut output: Output) -> Result<(), Failure> {
        let given = self.given()?;
        let config = backend::config(options)?;
        let events = match given {
            Given::Event(event) => vec![event],
            Given::Input(source) => input::read(source)?,
        };
        let request = Request::new(self.stream, self.expected, events)?;
        let request = if self.idempotent { request.idempotent() } else { request };
        let receipt = backend::open(config).await?.append(request).await?;
        output.receipt(&receipt)?;
        output.flush()
    }

    fn given(&self) -> Result<Given<'_>, Failure> {
        match (&self.from, &self.event_type, &self.data) {
            (Some(source), _, _) => Ok(Given::Input(source)),
            (None, Some(event_type), Some(data)) => Ok(Given::Event(self.event(event_type, data))),
            (None, _, _) => Err(Failure::Usage("give --type and --data, or --from".to_owned())),
        }
    }

    fn event(&self, event_type: &EventType, data: &RawValue) -> NewEvent {
        let id = self.id.unwrap_or_else(fresh_id);
        let event = NewEvent::new(id, event_type.clone(), data.get().to_owned());
        match &self.metadata {
            Some(metadata) => with_metadata(event, metadata),
            None => event,
        }
    }
}

fn fresh_id() -> EventId {
    EventId::new(Uuid::now_v7())
}

/// `null` stands for no metadata.
fn with_metadata(event: NewEvent, metadata: &RawValue) -> NewEvent {
    match metadata.get() {
        "null" => event,
        text => event.with_metadata(text.to_owned()),
    }
}
