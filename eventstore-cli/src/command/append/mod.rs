mod event;
mod input;
mod line;

use clap::Args;
use eventstore_core::{
    Append as Request, EventId, EventType, EventWriter, ExpectedVersion, Idempotence, NewEvent, StreamName,
};
use serde_json::value::RawValue;
use uuid::Uuid;

use self::event::{fresh_id, with_metadata};
use self::input::Input;
use super::AllowEmpty;
use crate::failure::Failure;
use crate::json::json;
use crate::output::Output;
use crate::{Connector, Purpose};

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
    /// The id of the conversation that the event belongs to
    #[arg(long, value_name = "UUID", requires = "event_type", conflicts_with = "from")]
    correlation_id: Option<Uuid>,
    /// The id of the message that caused the event
    #[arg(long, value_name = "UUID", requires = "event_type", conflicts_with = "from")]
    causation_id: Option<Uuid>,
    /// Reads the events from a file, or from the standard input if it is `-`: one JSON object a line with `type` and
    /// `data`, and optionally `metadata`, `id`, `causation_id`, `correlation_id` and `created_at`; excludes --type, --data,
    /// --metadata, --id, --correlation-id and --causation-id
    #[arg(long, value_name = "FILE|-")]
    from: Option<String>,
    /// What the stream must meet: `any`, `none` (no such stream), `exists`, or its current version
    #[arg(long, value_name = "VERSION", default_value = "any", allow_negative_numbers = true)]
    expected: ExpectedVersion,
    /// Answers with the first receipt if just these events have been appended before: events with the same ids, types and
    /// data. Another type or other data is refused
    #[arg(long)]
    idempotent: bool,
    /// Takes events with the same ids for the same events, whatever their types and data
    #[arg(long, requires = "idempotent")]
    ids_only: bool,
    #[command(flatten)]
    allow_empty: AllowEmpty,
}

/// The events to append: one that the options describe, or those of an input that is still to be read.
enum Given<'a> {
    Event(NewEvent),
    Input(&'a str),
}

impl Append {
    /// Appends the events and prints the receipt.
    pub(crate) async fn run<C: Connector>(self, connector: &C, mut output: Output) -> Result<(), Failure> {
        let given = self.given()?;
        self.allow_empty.check("the name of the stream", &self.stream)?;
        connector.check()?;
        let Input { events, lines } = match given {
            Given::Event(event) => Input {
                events: vec![event],
                ..Input::default()
            },
            Given::Input(source) => input::read(source, &self.allow_empty)?,
        };
        let request = Request::new(self.stream.clone(), self.expected, events).map_err(|error| lines.name(error))?;
        let store = connector.connect(Purpose::Calls).await?;
        let receipt = store.append(self.repeatable(request)).await;
        let receipt = receipt.map_err(|error| lines.name(error))?;
        output.receipt(&receipt)?;
        output.flush()
    }

    fn repeatable(&self, request: Request) -> Request {
        match (self.idempotent, self.ids_only) {
            (false, _) => request,
            (true, true) => request.with_idempotence(Idempotence::ByIds),
            (true, false) => request.with_idempotence(Idempotence::ByContent),
        }
    }

    fn given(&self) -> Result<Given<'_>, Failure> {
        match (&self.from, &self.event_type, &self.data) {
            (Some(source), _, _) => Ok(Given::Input(source)),
            (None, Some(event_type), Some(data)) => {
                self.allow_empty.check("the type of the event", event_type)?;
                Ok(Given::Event(self.event(event_type, data)))
            }
            (None, _, _) => Err(Failure::Usage("give --type and --data, or --from".to_owned())),
        }
    }

    fn event(&self, event_type: &EventType, data: &RawValue) -> NewEvent {
        let id = self.id.unwrap_or_else(fresh_id);
        let mut event = NewEvent::new(id, event_type.clone(), data.get().to_owned());
        event.correlation_id = self.correlation_id;
        event.causation_id = self.causation_id;
        match &self.metadata {
            Some(metadata) => with_metadata(event, metadata),
            None => event,
        }
    }
}
