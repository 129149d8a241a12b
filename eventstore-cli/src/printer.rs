use std::io;

use eventstore_core::backend::NumberedEvent;

use crate::failure::Failure;
use crate::output::Output;

/// Prints batches of events where waiting for a slow reader blocks nothing else.
pub(crate) struct Printer {
    /// `None` while a batch is being printed, and after that was given up.
    output: Option<Output>,
}

impl Printer {
    pub(crate) fn new(output: Output) -> Self {
        Self { output: Some(output) }
    }

    /// Prints the events and hands them over to the reader.
    ///
    /// Dropping the future before it is ready gives printing up for good.
    pub(crate) async fn print(&mut self, events: Vec<NumberedEvent>) -> Result<(), Failure> {
        let Some(output) = self.output.take() else {
            return Err(Failure::Output(io::ErrorKind::BrokenPipe.into()));
        };
        let printing = tokio::task::spawn_blocking(move || print(output, &events));
        let (output, outcome) = printing.await.map_err(|error| Failure::Output(error.into()))?;
        self.output = Some(output);
        outcome
    }

    /// Prints a note, unless notes are not wanted.
    pub(crate) fn note(&self, text: &str) {
        if let Some(output) = &self.output {
            output.note(text);
        }
    }
}

fn print(mut output: Output, events: &[NumberedEvent]) -> (Output, Result<(), Failure>) {
    let outcome = events
        .iter()
        .try_for_each(|event| output.event(event))
        .and_then(|()| output.flush());
    (output, outcome)
}
