mod event;
mod finding;
mod format;
mod layout_migration;
mod migration;
mod payload;
mod portable;
mod progress;
mod receipt;
mod snapshot;
mod stream;
mod style;
mod subscription;
mod table;

use std::io::{self, BufWriter, Stdout, Write};

use eventstore_core::{AppendReceipt, LinkReceipt, RecordedEvent};
use eventstore_postgres::Finding;
use serde::Serialize;

pub(crate) use self::format::Format;
pub(crate) use self::layout_migration::LayoutMigrationRow;
pub(crate) use self::migration::MigrationRow;
pub(crate) use self::portable::PortableLine;
pub(crate) use self::progress::Progress;
pub(crate) use self::snapshot::SnapshotLine;
pub(crate) use self::stream::StreamRow;
use self::style::Style;
pub(crate) use self::subscription::SubscriptionRow;
pub(crate) use self::table::TableRow;
use crate::failure::Failure;
use crate::message;

/// Prints results on stdout and notes on stderr.
pub(crate) struct Output {
    format: Format,
    quiet: bool,
    wrote_event: bool,
    style: Style,
    stdout: BufWriter<Stdout>,
}

impl Output {
    /// Prints in this format, or in the one that suits what stdout is connected to.
    pub(crate) fn new(format: Option<Format>, quiet: bool) -> Self {
        Self {
            format: format.unwrap_or_else(Format::of_stdout),
            quiet,
            wrote_event: false,
            style: Style::of_stdout(),
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

    /// Prints where linked events stand.
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
            Format::Table => self.table(&table::lines(rows)),
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
    pub(crate) fn event(&mut self, event: &RecordedEvent) -> Result<(), Failure> {
        match self.format {
            Format::Jsonl => self.json_line(&event::EventLine(event)),
            Format::Table => self.event_row(event),
        }
    }

    fn event_row(&mut self, event: &RecordedEvent) -> Result<(), Failure> {
        if !self.wrote_event {
            self.wrote_event = true;
            self.line(&self.style.head(&event::table_head()))?;
        }
        self.line(&event::table_row(event))
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
