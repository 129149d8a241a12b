use eventstore_core::RecordedEvent;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::payload::{payload, shown};
use crate::message::on_one_line;

/// The widths of a table's columns, in characters.
const STREAM_WIDTH: usize = 28;
const TYPE_WIDTH: usize = 24;
const DATA_WIDTH: usize = 100;

/// An event as a line of JSON.
pub(super) struct EventLine<'a>(pub(super) &'a RecordedEvent);

impl Serialize for EventLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event_number", &event.event_number.get())?;
        map.serialize_entry("event_id", &event.event_id.to_string())?;
        map.serialize_entry("stream", event.stream.as_str())?;
        map.serialize_entry("stream_version", &event.stream_version.get())?;
        map.serialize_entry("event_type", event.event_type.as_str())?;
        map.serialize_entry("causation_id", &event.causation_id.map(|id| id.to_string()))?;
        map.serialize_entry("correlation_id", &event.correlation_id.map(|id| id.to_string()))?;
        map.serialize_entry("created_at", &event.created_at.to_string())?;
        payload(&mut map, ["data", "data_base64"], &event.data)?;
        match &event.metadata {
            Some(metadata) => payload(&mut map, ["metadata", "metadata_base64"], metadata)?,
            None => map.serialize_entry("metadata", &())?,
        }
        map.end()
    }
}

/// The names of a table's columns.
pub(super) fn table_head() -> String {
    columns(["NUMBER", "STREAM", "VERSION", "TYPE", "CREATED AT", "DATA"])
}

/// An event as a row of a table.
pub(super) fn table_row(event: &RecordedEvent) -> String {
    columns([
        &event.event_number.to_string(),
        &shortened(on_one_line(event.stream.as_str()), STREAM_WIDTH),
        &event.stream_version.to_string(),
        &shortened(on_one_line(event.event_type.as_str()), TYPE_WIDTH),
        &event.created_at.to_string(),
        &shortened(shown(&event.data), DATA_WIDTH),
    ])
}

/// Rows are printed as they come, so that the widths are those of usual values and not of the widest one.
fn columns([number, stream, version, event_type, created_at, data]: [&str; 6]) -> String {
    format!("{number:>8}  {stream:<STREAM_WIDTH$}  {version:>7}  {event_type:<TYPE_WIDTH$}  {created_at:<27}  {data}")
}

/// The text, or as much of it as fits with a sign that it goes on.
fn shortened(text: String, width: usize) -> String {
    if text.chars().count() <= width {
        return text;
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use eventstore_core::{EventNumber, EventType, StreamName};
    use uuid::Uuid;

    use super::*;

    fn event(data: &'static [u8], metadata: Option<&'static [u8]>) -> RecordedEvent {
        RecordedEvent {
            event_number: EventNumber::from(7),
            event_id: Uuid::from_u128(1).into(),
            stream: StreamName::new("s").unwrap(),
            stream_version: 3.into(),
            event_type: EventType::new("Happened").unwrap(),
            causation_id: None,
            correlation_id: Some(Uuid::from_u128(2)),
            data: data.to_vec().into(),
            metadata: metadata.map(|bytes| bytes.to_vec().into()),
            created_at: "2024-02-29T12:00:00.5Z".parse().unwrap(),
        }
    }

    fn line(data: &'static [u8], metadata: Option<&'static [u8]>) -> String {
        serde_json::to_string(&EventLine(&event(data, metadata))).unwrap()
    }

    #[test]
    fn the_line_has_the_fields_that_scripts_depend_on_in_their_order() {
        let head = concat!(
            r#"{"event_number":7,"event_id":"00000000-0000-0000-0000-000000000001","stream":"s","stream_version":3,"#,
            r#""event_type":"Happened","causation_id":null,"correlation_id":"00000000-0000-0000-0000-000000000002","#,
            r#""created_at":"2024-02-29T12:00:00.5Z","#,
        );
        assert_eq!(line(b"{}", None), [head, r#""data":{},"metadata":null}"#].concat());
    }

    #[test]
    fn json_is_embedded_as_it_is() {
        let text = line(br#"{"b":1.10,"a":12345678901234567890123, "b":1e999}"#, Some(b" null "));
        assert!(
            text.ends_with(r#""data":{"b":1.10,"a":12345678901234567890123, "b":1e999},"metadata":null}"#),
            "{text}"
        );
    }

    #[test]
    fn json_on_several_lines_becomes_one_line() {
        let text = line(b"{\r\n  \"a\": \"x\\ny\"\n}", None);
        assert!(text.contains(r#""data":{    "a": "x\ny" },"#), "{text}");
    }

    #[test]
    fn bytes_that_are_no_json_are_written_in_base64() {
        for (data, encoded) in [
            (&b""[..], ""),
            (b"\xff\x00", "/wA="),
            (b"{} {}", "e30ge30="),
            (b"{", "ew=="),
        ] {
            let text = line(data, Some(data));
            let tail = format!(r#""data_base64":"{encoded}","metadata_base64":"{encoded}"}}"#);
            assert!(text.ends_with(&tail), "{text}");
        }
    }

    #[test]
    fn a_row_shows_data_shortened_and_without_control_characters() {
        assert!(table_row(&event(b"\xff", None)).ends_with("  base64:/w=="));
        assert_eq!(shown("\"\u{9b}2J\"".as_bytes()), "\"\\u{9b}2J\"");
        let row = table_row(&event(b"1111111111".repeat(20).leak(), None));
        assert!(row.ends_with(&format!("  {}…", "1".repeat(DATA_WIDTH - 1))), "{row}");
    }

    #[test]
    fn long_names_are_shortened_by_characters_so_that_the_columns_stay_aligned() {
        let usual = table_row(&event(b"[]", None));
        for letter in ["x", "ä", "\n"] {
            let long = RecordedEvent {
                stream: StreamName::new(letter.repeat(STREAM_WIDTH + 1)).unwrap(),
                event_type: EventType::new(letter.repeat(TYPE_WIDTH + 1)).unwrap(),
                ..event(b"[]", None)
            };
            let row = table_row(&long);
            assert_eq!(row.chars().count(), usual.chars().count(), "{row}");
            assert_eq!(row.matches('…').count(), 2, "{row}");
        }
        let name = "ä".repeat(STREAM_WIDTH);
        assert_eq!(shortened(name.clone(), STREAM_WIDTH), name);
    }
}
