mod event;
mod finding;
mod format;
mod receipt;

use std::io::{self, BufWriter, Stdout, Write};

use eventstore_core::{AppendReceipt, RecordedEvent};
use eventstore_postgres::Finding;
use serde::Serialize;

pub(crate) use self::format::Format;
use crate::failure::Failure;
use crate::message;

/// Prints results on stdout and notes on stderr.
pub(crate) struct Output {
    format: Format,
    quiet: bool,
    wrote_event: bool,
    stdout: BufWriter<Stdout>,
}

impl Output {
    /// Prints in this format, or in the one that suits what stdout is connected to.
    pub(crate) fn new(format: Option<Format>, quiet: bool) -> Self {
        Self {
            format: format.unwrap_or_else(Format::of_stdout),
            quiet,
            wrote_event: false,
            stdout: BufWriter::with_capacity(1 << 16, io::stdout()),
        }
    }

    /// Prints a note, unless notes are not wanted.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            message::print(text);
        }
    }

    /// Prints where appended events stand.
    pub(crate) fn receipt(&mut self, receipt: &AppendReceipt) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => self.json_line(&receipt::ReceiptLine::from(receipt)),
            Format::Table => self.line(&receipt::text(receipt)),
        }
    }

    /// Prints an event.
    pub(crate) fn event(&mut self, event: &RecordedEvent) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => self.json_line(&event::EventLine(event)),
            Format::Table => self.event_row(event),
        }
    }

    fn event_row(&mut self, event: &RecordedEvent) -> Result<(), Failure> {
        if !self.wrote_event {
            self.wrote_event = true;
            self.line(&event::table_head())?;
        }
        self.line(&event::table_row(event))
    }

    /// Prints something that the check of a store has found.
    pub(crate) fn finding(&mut self, finding: &Finding) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => self.json_line(&finding::FindingLine::from(finding)),
            Format::Table => self.line(&message::on_one_line(&finding.to_string())),
        }
    }

    /// Prints what is of use to a human reader only: below a table, or else as a note.
    pub(crate) fn summary(&mut self, text: &str) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => {
                self.flush()?;
                self.note(text);
                Ok(())
            }
            Format::Table => self.line(text),
        }
    }

    /// Prints what stands below a table, of which programs are told in another way.
    pub(crate) fn footer(&mut self, text: &str) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => Ok(()),
            Format::Table => self.line(text),
        }
    }

    /// Hands over all that was printed.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.stdout.flush().map_err(Failure::Output)
    }

    fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.stdout, value).map_err(|error| Failure::Output(error.into()))?;
        self.line("")
    }

    fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.stdout, "{text}").map_err(Failure::Output)
    }
}
