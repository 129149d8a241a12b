use eventstore_core::backend::NumberedEvent;
use eventstore_core::{EventPlace, FoundEvent, StreamSelector};
use serde::ser::{Serialize, SerializeMap, Serializer};
use uuid::Uuid;

use super::columns;
use super::details::Detail;
use super::payload::{payload, shown};
use crate::message::on_one_line;

/// The widths of a table's columns where there is room for them.
const NUMBER_WIDTH: usize = 8;
const STREAM_WIDTH: usize = 28;
const VERSION_WIDTH: usize = 7;
const TYPE_WIDTH: usize = 24;
const TIME_WIDTH: usize = 27;
const DATA_WIDTH: usize = 100;

/// How wide a time is without fractions of a second.
const SHORT_TIME_WIDTH: usize = 20;

/// In less room than this, times are cut.
const NARROW: usize = 120;

/// An event as a line of JSON.
pub(super) struct EventFields<'a>(pub(super) &'a NumberedEvent);

impl EventFields<'_> {
    fn serialize_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let event = self.0;
        map.serialize_entry("event_number", &event.number.get())?;
        map.serialize_entry("event_id", &event.event_id.to_string())?;
        map.serialize_entry("stream", event.stream.as_str())?;
        map.serialize_entry("stream_version", &event.stream_version.get())?;
        map.serialize_entry("event_type", event.event_type.as_str())?;
        map.serialize_entry("causation_id", &event.causation_id.map(|id| id.to_string()))?;
        map.serialize_entry("correlation_id", &event.correlation_id.map(|id| id.to_string()))?;
        map.serialize_entry("created_at", &event.created_at.to_string())?;
        payload(map, ["data", "data_base64"], &event.data)?;
        match &event.metadata {
            Some(metadata) => payload(map, ["metadata", "metadata_base64"], metadata),
            None => map.serialize_entry("metadata", &()),
        }
    }
}

impl Serialize for EventFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_fields(&mut map)?;
        map.end()
    }
}

/// An event that was looked up, as a line of JSON.
pub(super) struct FoundEventLine<'a> {
    event: NumberedEvent,
    places: &'a [EventPlace],
}

#[derive(serde::Serialize)]
struct Place<'a> {
    stream: &'a str,
    number: u64,
    deleted: bool,
}

impl<'a> From<&'a EventPlace> for Place<'a> {
    fn from(place: &'a EventPlace) -> Self {
        Self {
            stream: place.stream.as_str(),
            number: place.version.get(),
            deleted: place.is_deleted,
        }
    }
}

impl Serialize for FoundEventLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        EventFields(&self.event).serialize_fields(&mut map)?;
        let places: Vec<_> = self.places.iter().map(Place::from).collect();
        map.serialize_entry("streams", &places)?;
        map.end()
    }
}

impl<'a> From<&'a FoundEvent> for FoundEventLine<'a> {
    fn from(found: &'a FoundEvent) -> Self {
        let event = found.event.clone();
        let position = event.position.unwrap_or_default();
        Self {
            event: NumberedEvent::new(&StreamSelector::All, position.into(), event),
            places: &found.places,
        }
    }
}

impl FoundEventLine<'_> {
    pub(super) fn details(&self) -> Vec<Detail> {
        let mut details = details(&self.event);
        for place in self.places {
            let deleted = if place.is_deleted { ", deleted" } else { "" };
            let told = format!("{:?} at {}{deleted}", place.stream.as_str(), place.version);
            details.push(("in stream".to_owned(), told));
        }
        details
    }
}

/// All that an event holds, for people.
pub(super) fn details(event: &NumberedEvent) -> Vec<Detail> {
    let id = |id: Option<Uuid>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let details = [
        ("number", event.number.to_string()),
        ("event id", event.event_id.to_string()),
        ("stream", event.stream.to_string()),
        ("version", event.stream_version.to_string()),
        ("type", event.event_type.to_string()),
        ("causation id", id(event.causation_id)),
        ("correlation id", id(event.correlation_id)),
        ("created at", event.created_at.to_string()),
        ("data", shown(&event.data)),
        (
            "metadata",
            event
                .metadata
                .as_ref()
                .map_or_else(|| "-".to_owned(), |metadata| shown(metadata)),
        ),
    ];
    details.map(|(name, value)| (name.to_owned(), value)).into()
}

/// How wide the columns of a table of events are. Rows are printed as they come, so that the widths are those of usual values
/// and not of the widest one.
#[derive(Clone, Copy)]
pub(super) struct EventColumns {
    widths: [usize; 6],
    limit: Option<usize>,
}

impl EventColumns {
    /// For this width.
    pub(super) fn within(limit: Option<usize>) -> Self {
        let room = limit.unwrap_or(usize::MAX);
        let time = if room < NARROW { SHORT_TIME_WIDTH } else { TIME_WIDTH };
        let separators = 10;
        let rest = room.saturating_sub(NUMBER_WIDTH + VERSION_WIDTH + time + separators);
        let (stream, event_type) = (STREAM_WIDTH.min(rest / 3), TYPE_WIDTH.min(rest / 3));
        let data = limit.map_or(DATA_WIDTH, |_| rest - stream - event_type);
        Self {
            widths: [NUMBER_WIDTH, stream, VERSION_WIDTH, event_type, time, data],
            limit,
        }
    }

    /// The names of the columns.
    pub(super) fn head(self) -> String {
        self.row(["NUMBER", "STREAM", "VERSION", "TYPE", "CREATED AT", "DATA"].map(str::to_owned))
    }

    pub(super) fn event(self, event: &NumberedEvent) -> String {
        self.row([
            event.number.to_string(),
            on_one_line(event.stream.as_str()),
            event.stream_version.to_string(),
            on_one_line(event.event_type.as_str()),
            self.time(event),
            shown(&event.data),
        ])
    }

    fn time(self, event: &NumberedEvent) -> String {
        let time = event.created_at.to_string();
        match time.split_once('.') {
            Some((seconds, _)) if self.widths[4] < TIME_WIDTH => format!("{seconds}Z"),
            _ => time,
        }
    }

    fn row(self, [number, stream, version, event_type, time, data]: [String; 6]) -> String {
        let [number_width, _, version_width, ..] = self.widths;
        let cells = [
            format!("{number:>number_width$}"),
            stream,
            format!("{version:>version_width$}"),
            event_type,
            time,
            data,
        ];
        columns::row(&cells, &self.widths, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::{EventType, NewEvent, RecordedEvent, StreamName};
    use uuid::Uuid;

    use super::*;

    fn event(data: &'static [u8], metadata: Option<&'static [u8]>) -> NumberedEvent {
        let mut event = NewEvent::new(Uuid::from_u128(1), EventType::new("Happened").unwrap(), data);
        event.correlation_id = Some(Uuid::from_u128(2));
        event.metadata = metadata.map(|bytes| bytes.to_vec().into());
        let at = "2024-02-29T12:00:00.5Z".parse().unwrap();
        let event = RecordedEvent::new(event, StreamName::new("s").unwrap(), 3.into(), at);
        NumberedEvent::new(&StreamSelector::All, 7.into(), event)
    }

    fn line(data: &'static [u8], metadata: Option<&'static [u8]>) -> String {
        serde_json::to_string(&EventFields(&event(data, metadata))).unwrap()
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

    fn table_row(event: &NumberedEvent) -> String {
        EventColumns::within(None).event(event)
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
            let mut long = event(b"[]", None);
            long.stream = StreamName::new(letter.repeat(STREAM_WIDTH + 1)).unwrap();
            long.event_type = EventType::new(letter.repeat(TYPE_WIDTH + 1)).unwrap();
            let row = table_row(&long);
            assert_eq!(row.chars().count(), usual.chars().count(), "{row}");
            assert_eq!(row.matches('…').count(), 2, "{row}");
        }
    }

    #[test]
    fn rows_are_no_wider_than_the_terminal() {
        let mut long = event(
            b"\"0123456789012345678901234567890123456789012345678901234567890123456789\"",
            None,
        );
        long.stream = StreamName::new("s".repeat(50)).unwrap();
        long.event_type = EventType::new("T".repeat(50)).unwrap();
        for width in [20, 40, 80, 100, 130, 200] {
            let columns = EventColumns::within(Some(width));
            let (head, row) = (columns.head(), columns.event(&long));
            assert!(
                head.chars().count() <= width && row.chars().count() <= width,
                "{width}:\n{head}\n{row}"
            );
        }
        let row = EventColumns::within(Some(80)).event(&long);
        assert!(row.contains("2024-02-29T12:00:00Z  \"0"), "{row}");
    }
}
