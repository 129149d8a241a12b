use eventstore_core::{AppendReceipt, LinkReceipt};
use serde::Serialize;

/// A receipt as a line of JSON.
#[derive(Serialize)]
pub(super) struct ReceiptLine<'a> {
    stream: &'a str,
    first_version: u64,
    last_version: u64,
    first_position: u64,
    last_position: u64,
    deduplicated: bool,
}

impl<'a> From<&'a AppendReceipt> for ReceiptLine<'a> {
    fn from(receipt: &'a AppendReceipt) -> Self {
        Self {
            stream: receipt.stream.as_str(),
            first_version: receipt.first_version.get(),
            last_version: receipt.last_version.get(),
            first_position: receipt.first_position.get(),
            last_position: receipt.last_position.get(),
            deduplicated: receipt.is_deduplicated,
        }
    }
}

/// A receipt of links as a line of JSON.
#[derive(Serialize)]
pub(super) struct LinkReceiptLine<'a> {
    stream: &'a str,
    first_version: u64,
    last_version: u64,
}

impl<'a> From<&'a LinkReceipt> for LinkReceiptLine<'a> {
    fn from(receipt: &'a LinkReceipt) -> Self {
        Self {
            stream: receipt.target.as_str(),
            first_version: receipt.first_version.get(),
            last_version: receipt.last_version.get(),
        }
    }
}

/// A receipt of links as a sentence.
pub(super) fn link_text(receipt: &LinkReceipt) -> String {
    format!(
        "linked into {:?}: now at version {}",
        receipt.target, receipt.last_version
    )
}

/// A receipt as a sentence.
pub(super) fn text(receipt: &AppendReceipt) -> String {
    let count = receipt.last_version.distance_from(receipt.first_version.previous());
    let events = if count == 1 { "event" } else { "events" };
    let appended = if receipt.is_deduplicated {
        "had been appended before:"
    } else {
        "appended"
    };
    format!(
        "{appended} {count} {events} to {:?}: now at version {}, position {}",
        receipt.stream, receipt.last_version, receipt.last_position
    )
}

#[cfg(test)]
mod tests {
    use eventstore_core::StreamName;

    use super::*;

    fn receipt() -> AppendReceipt {
        let stream = StreamName::new("s").unwrap();
        AppendReceipt::following(stream, 3.into(), 10.into(), 2).unwrap()
    }

    #[test]
    fn the_line_has_the_fields_that_scripts_depend_on() {
        let line = serde_json::to_string(&ReceiptLine::from(&receipt())).unwrap();
        assert_eq!(
            line,
            r#"{"stream":"s","first_version":4,"last_version":5,"first_position":11,"last_position":12,"deduplicated":false}"#
        );
    }

    #[test]
    fn the_sentence_tells_how_many_and_where() {
        assert_eq!(
            text(&receipt()),
            r#"appended 2 events to "s": now at version 5, position 12"#
        );
    }
}
