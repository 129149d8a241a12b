use std::fmt::Display;
use std::str::FromStr;

use eventstore_core::NewEvent;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::{fresh_id, with_metadata};

/// The fields of a line, each still as its text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow, rename = "type")]
    event_type: &'a RawValue,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    causation_id: Option<&'a RawValue>,
    #[serde(borrow)]
    correlation_id: Option<&'a RawValue>,
    #[serde(borrow)]
    created_at: Option<&'a RawValue>,
}

/// Reads the event that a line describes.
pub(super) fn parse(bytes: &[u8]) -> Result<NewEvent, String> {
    let line = fields(bytes)?;
    let id = optional("id", line.id)?.unwrap_or_else(fresh_id);
    let mut event = NewEvent::new(id, required("type", line.event_type)?, line.data.get().to_owned());
    event.causation_id = optional("causation_id", line.causation_id)?;
    event.correlation_id = optional("correlation_id", line.correlation_id)?;
    event.created_at = optional("created_at", line.created_at)?;
    Ok(match line.metadata {
        Some(metadata) => with_metadata(event, metadata),
        None => event,
    })
}

fn fields(bytes: &[u8]) -> Result<Line<'_>, String> {
    let text = str::from_utf8(bytes).map_err(|_| "not UTF-8")?;
    // An array would be taken as the fields in their order.
    if !text.trim_start().starts_with('{') {
        return Err("not a JSON object".to_owned());
    }
    serde_json::from_str(text).map_err(|error| reason(&error))
}

/// What is wrong, with the column alone: the parser sees each line as its first one.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(what) if error.is_data() => what.to_owned(),
        Some(what) => format!("{what} at column {}", error.column()),
        None => text,
    }
}

fn optional<T: FromStr>(field: &str, value: Option<&RawValue>) -> Result<Option<T>, String>
where
    T::Err: Display,
{
    value.map(|value| required(field, value)).transpose()
}

fn required<T: FromStr>(field: &str, value: &RawValue) -> Result<T, String>
where
    T::Err: Display,
{
    let text: String = serde_json::from_str(value.get()).map_err(|_| format!("field `{field}`: not a string"))?;
    text.parse().map_err(|error| format!("field `{field}`: {error}"))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn takes_every_field_and_keeps_data_and_metadata_as_they_are_written() {
        let event = parse(
            br#" {"data": {"b":1.10, "a":[]}, "type":"A", "metadata": {"u" : 1}, "id":"00000000-0000-0000-0000-000000000001",
            "causation_id":"00000000-0000-0000-0000-000000000002", "correlation_id":"00000000-0000-0000-0000-000000000003",
            "created_at":"2024-02-29T13:00:00+01:00"} "#,
        )
        .unwrap();
        assert_eq!(&event.data[..], br#"{"b":1.10, "a":[]}"#);
        assert_eq!(event.metadata.as_deref(), Some(&br#"{"u" : 1}"#[..]));
        assert_eq!(event.id, Uuid::from_u128(1).into());
        assert_eq!(event.causation_id, Some(Uuid::from_u128(2)));
        assert_eq!(event.correlation_id, Some(Uuid::from_u128(3)));
        assert_eq!(event.created_at.unwrap().to_string(), "2024-02-29T12:00:00Z");
    }

    #[test]
    fn null_stands_for_a_field_that_is_not_there_but_is_data() {
        let event = parse(br#"{"type":"A","data":null,"metadata":null,"id":null,"created_at":null}"#).unwrap();
        assert_eq!(&event.data[..], b"null");
        assert_eq!(event.metadata, None);
        assert_eq!(event.id.as_uuid().get_version_num(), 7);
    }

    /// Behaviours: R1.30, T56.
    #[test]
    fn a_refusal_names_the_field_or_the_column() {
        let table: [(&[u8], &str); 11] = [
            (b"\xff", "not UTF-8"),
            (br#"["A",1]"#, "not a JSON object"),
            (b"{", "EOF while parsing an object at column 1"),
            (br#"{"type":"A","data":1} x"#, "trailing characters at column 23"),
            (br#"{"data":1}"#, "missing field `type`"),
            (br#"{"type":"A","type":"B","data":1}"#, "duplicate field `type`"),
            (br#"{"type":1,"data":1}"#, "field `type`: not a string"),
            (
                br#"{"type":"\u0000","data":1}"#,
                "field `type`: the event type holds a NUL character",
            ),
            (br#"{"type":"A","data":1,"id":7}"#, "field `id`: not a string"),
            (
                br#"{"type":"A","data":1,"created_at":"yesterday"}"#,
                "field `created_at`: not an RFC 3339 timestamp between the years 0000 and 9999",
            ),
            (br#"{"type":"A","data":}"#, "expected value at column 20"),
        ];
        for (line, reason) in table {
            assert_eq!(parse(line).unwrap_err(), reason);
        }
        let error = parse(br#"{"type":"A","data":1,"meta":{}}"#).unwrap_err();
        assert!(
            error.starts_with("unknown field `meta`, expected one of `type`, `data`"),
            "{error}"
        );
        let error = parse(br#"{"type":"A","data":1,"causation_id":"x"}"#).unwrap_err();
        assert!(error.starts_with("field `causation_id`: invalid"), "{error}");
    }
}
