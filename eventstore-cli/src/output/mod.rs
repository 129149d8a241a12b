mod build;
mod check;
mod columns;
mod details;
mod event;
mod finding;
mod format;
mod json;
#[cfg(feature = "program")]
mod layout_migration;
#[cfg(feature = "program")]
mod migration;
mod parked;
mod partition;
mod payload;
mod portable;
mod progress;
mod receipt;
mod snapshot;
mod stream;
mod style;
mod subscription;
mod table;
mod terminal;

use std::io::{self, BufWriter, Write};

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{AppendReceipt, FoundEvent, LinkReceipt, ParkedEvent};
use serde::Serialize;

pub(crate) use self::build::{BuildProgressRow, BuildRow};
pub(crate) use self::check::CheckRow;
use self::event::{EventColumns, EventFields, FoundEventLine};
pub(crate) use self::finding::FindingsRow;
pub(crate) use self::format::Format;
#[cfg(feature = "program")]
pub(crate) use self::layout_migration::LayoutMigrationRow;
#[cfg(feature = "program")]
pub(crate) use self::migration::MigrationRow;
use self::parked::ParkedEventLine;
pub(crate) use self::parked::ParkedRow;
pub(crate) use self::partition::PartitionRow;
pub(crate) use self::portable::PortableLine;
pub(crate) use self::progress::Progress;
pub(crate) use self::snapshot::SnapshotLine;
pub(crate) use self::stream::StreamRow;
use self::style::Style;
pub(crate) use self::subscription::SubscriptionRow;
pub(crate) use self::table::TableRow;
use crate::failure::Failure;
use crate::{Finding, message};

/// Prints results, on the standard output or elsewhere, and notes on the standard error.
pub struct Output {
    format: Format,
    quiet: bool,
    wrote_event: bool,
    style: Style,
    /// No line of a table is wider.
    width: Option<usize>,
    results: BufWriter<Box<dyn Write + Send + Sync>>,
}

impl Output {
    /// Prints on the standard output, in this format or in the one that suits what that is connected to.
    pub(crate) fn to_stdout(format: Option<Format>, quiet: bool) -> Self {
        let format = format.unwrap_or_else(Format::of_stdout);
        Self {
            style: Style::of_stdout(),
            width: terminal::width(),
            ..Self::to(Box::new(io::stdout()), Some(format), quiet)
        }
    }

    /// Prints elsewhere, in this format or as lines of JSON.
    pub(crate) fn to(results: Box<dyn Write + Send + Sync>, format: Option<Format>, quiet: bool) -> Self {
        Self {
            format: format.unwrap_or(Format::Jsonl),
            quiet,
            wrote_event: false,
            style: Style::plain(),
            width: None,
            results: BufWriter::with_capacity(1 << 16, results),
        }
    }

    /// Whether programs read what is printed.
    pub(crate) fn is_for_programs(&self) -> bool {
        self.format == Format::Jsonl
    }

    /// Prints a note, unless notes are not wanted.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            message::print(text);
        }
    }

    /// Prints the versions and positions of appended events.
    pub(crate) fn receipt(&mut self, receipt: &AppendReceipt) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => self.json_line(&receipt::ReceiptLine::from(receipt)),
            Format::Table => self.line(&receipt::text(receipt)),
        }
    }

    /// Prints the versions of linked events.
    pub(crate) fn link_receipt(&mut self, receipt: &LinkReceipt) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => self.json_line(&receipt::LinkReceiptLine::from(receipt)),
            Format::Table => self.line(&receipt::link_text(receipt)),
        }
    }

    /// Prints a table, or each of its rows as a line of JSON.
    pub(crate) fn rows<R: TableRow>(&mut self, rows: impl IntoIterator<Item = R>) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => rows.into_iter().try_for_each(|row| self.json_line(&row)),
            Format::Table => self.table(&table::lines(rows, self.width)),
        }
    }

    fn table(&mut self, lines: &[String]) -> Result<(), Failure> {
        let (head, rows) = lines.split_first().unwrap_or((const { &String::new() }, &[]));
        self.line(&self.style.head(head))?;
        rows.iter().try_for_each(|row| self.line(row))
    }

    /// Prints a line of an export, whatever the format of everything else.
    pub(crate) fn portable(&mut self, line: &PortableLine<'_>) -> Result<(), Failure> {
        self.json_line(line)
    }

    /// Shows how far a long task has come, on a terminal.
    pub(crate) fn progress(&self, unit: &'static str, total: Option<u64>) -> Progress {
        Progress::new(unit, total, self.quiet)
    }

    /// Prints an event.
    pub(crate) fn event(&mut self, event: &NumberedEvent) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => self.json_line(&EventFields(event)),
            Format::Table => self.event_row(event),
        }
    }

    fn event_row(&mut self, event: &NumberedEvent) -> Result<(), Failure> {
        let columns = EventColumns::within(self.width);
        if !self.wrote_event {
            self.wrote_event = true;
            self.line(&self.style.head(&columns.head()))?;
        }
        self.line(&columns.event(event))
    }

    /// Prints an event that was looked up, whole.
    pub(crate) fn found_event(&mut self, found: &FoundEvent) -> Result<(), Failure> {
        let line = FoundEventLine::from(found);
        match self.format {
            Format::Jsonl => self.json_line(&line),
            Format::Table => self.lines(&details::lines(&line.details())),
        }
    }

    /// Prints a parked event whole, and why it is parked.
    pub(crate) fn parked_event(&mut self, parked: &ParkedEvent, event: &NumberedEvent) -> Result<(), Failure> {
        let line = ParkedEventLine {
            parked: parked.into(),
            event,
        };
        match self.format {
            Format::Jsonl => self.json_line(&line),
            Format::Table => {
                if std::mem::replace(&mut self.wrote_event, true) {
                    self.line("")?;
                }
                self.lines(&details::lines(&line.details()))
            }
        }
    }

    /// An event as a line of JSON, as it is printed.
    pub(crate) fn event_as_json(event: &NumberedEvent) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        json::write(&EventFields(event), &mut bytes).map_err(Failure::Output)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Prints something that the check of a store has found.
    pub(crate) fn finding(&mut self, finding: &Finding) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => self.json_line(&finding::FindingLine::from(finding)),
            Format::Table => {
                let text = message::on_one_line(&finding.to_string());
                self.line(&self.style.finding(finding.severity, &text))
            }
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

    /// Prints a line below a table. Programs get the same information in another way.
    pub(crate) fn footer(&mut self, text: &str) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => Ok(()),
            Format::Table => self.line(text),
        }
    }

    /// Flushes all that was printed.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.results.flush().map_err(Failure::Output)
    }

    fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        json::write(value, &mut self.results).map_err(Failure::Output)?;
        self.line("")
    }

    fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.results, "{text}").map_err(Failure::Output)
    }

    fn lines(&mut self, lines: &[String]) -> Result<(), Failure> {
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// Prints what others have made, as it is.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.results.write_all(bytes).map_err(Failure::Output)?;
        self.flush()
    }
}
