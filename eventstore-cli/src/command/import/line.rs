use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eventstore_core::{
    EventId, GroupSettings, NewEvent, ParkCause, PartitionCount, PartitionKey, Snapshot, StreamVersion, SubscriptionKey,
};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::entry::{Entry, ParkedEntry, SubscriptionEntry};
use crate::portable::Prefix;

/// The fields of a line. The order of the lines gives the positions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    link: Option<Cow<'a, str>>,
    #[serde(borrow)]
    deleted: Option<Cow<'a, str>>,
    #[serde(borrow)]
    snapshot: Option<Cow<'a, str>>,
    #[serde(borrow)]
    subscription: Option<Cow<'a, str>>,
    #[serde(rename = "event_number")]
    _event_number: Option<u64>,
    #[serde(borrow)]
    event_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    stream: Option<Cow<'a, str>>,
    stream_version: Option<u64>,
    #[serde(borrow)]
    event_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    causation_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    correlation_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    created_at: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    data_base64: Option<Cow<'a, str>>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata_base64: Option<Cow<'a, str>>,
    version: Option<u64>,
    #[serde(borrow)]
    snapshot_type: Option<Cow<'a, str>>,
    #[serde(rename = "position")]
    _position: Option<u64>,
    group: Option<GroupLine>,
    events: Option<u64>,
    #[serde(borrow)]
    digest: Option<Cow<'a, str>>,
    #[serde(borrow)]
    parked: Option<Vec<ParkedLine<'a>>>,
}

/// What the members of a group agree on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupLine {
    partitions: u32,
    ordering: String,
    policy: String,
}

/// The fields of a parked event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParkedLine<'a> {
    #[serde(rename = "event_number")]
    _event_number: Option<u64>,
    #[serde(borrow)]
    event_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    partition: Option<Cow<'a, str>>,
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
    attempts: Option<u32>,
    #[serde(rename = "parked_at", borrow)]
    _parked_at: Option<Cow<'a, str>>,
}

/// `null` is data like any other.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads a line; nothing if it is blank.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Entry>, String> {
    let text = str::from_utf8(bytes).map_err(|_| "not UTF-8")?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if !text.starts_with('{') {
        return Err("not a JSON object".to_owned());
    }
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    entry(&line).map(Some)
}

fn entry(line: &Line<'_>) -> Result<Entry, String> {
    if let Some(stream) = &line.deleted {
        return Ok(Entry::Deleted {
            stream: read("deleted", stream)?,
        });
    }
    if let Some(stream) = &line.link {
        return Ok(Entry::Link {
            stream: read("link", stream)?,
            event_id: required("event_id", line.event_id.as_deref())?,
        });
    }
    if let Some(source) = &line.snapshot {
        return Ok(Entry::Snapshot {
            snapshot: snapshot(source, line)?,
            event_id: optional("event_id", line.event_id.as_deref())?,
        });
    }
    if let Some(name) = &line.subscription {
        return subscription(name, line).map(Entry::Subscription);
    }
    Ok(Entry::Event {
        stream: required("stream", line.stream.as_deref())?,
        version: line.stream_version.map(stream_version).transpose()?,
        event: event(line)?,
    })
}

fn stream_version(version: u64) -> Result<StreamVersion, String> {
    StreamVersion::try_from(version).map_err(|error| format!("field `stream_version`: {error}"))
}

fn event(line: &Line<'_>) -> Result<NewEvent, String> {
    let id: EventId = required("event_id", line.event_id.as_deref())?;
    let mut event = NewEvent::new(id, required("event_type", line.event_type.as_deref())?, data(line)?);
    event.metadata = payload("metadata_base64", line.metadata, line.metadata_base64.as_deref())?.map(Into::into);
    event.causation_id = optional("causation_id", line.causation_id.as_deref())?;
    event.correlation_id = optional("correlation_id", line.correlation_id.as_deref())?;
    event.created_at = optional("created_at", line.created_at.as_deref())?;
    Ok(event)
}

fn snapshot(source: &str, line: &Line<'_>) -> Result<Snapshot, String> {
    let version = present("version", line.version)?;
    Ok(Snapshot {
        source: read("snapshot", source)?,
        version: StreamVersion::try_from(version).map_err(|error| format!("field `version`: {error}"))?,
        snapshot_type: required("snapshot_type", line.snapshot_type.as_deref())?,
        data: data(line)?.into(),
        metadata: payload("metadata_base64", line.metadata, line.metadata_base64.as_deref())?.map(Into::into),
    })
}

fn subscription(name: &str, line: &Line<'_>) -> Result<SubscriptionEntry, String> {
    let parked = line.parked.iter().flatten();
    Ok(SubscriptionEntry {
        key: SubscriptionKey {
            selector: required("stream", line.stream.as_deref())?,
            name: read("subscription", name)?,
        },
        group: line.group.as_ref().map(group).transpose()?,
        acknowledged: Prefix {
            events: present("events", line.events)?,
            digest: present("digest", line.digest.as_deref())?.to_owned(),
        },
        parked: parked.map(parked_event).collect::<Result<_, _>>()?,
    })
}

fn group(line: &GroupLine) -> Result<GroupSettings, String> {
    Ok(GroupSettings {
        partitions: PartitionCount::new(line.partitions).map_err(|error| format!("field `partitions`: {error}"))?,
        ordering: line.ordering.as_str().into(),
        policy: line.policy.as_str().into(),
    })
}

fn parked_event(line: &ParkedLine<'_>) -> Result<ParkedEntry, String> {
    Ok(ParkedEntry {
        event_id: required("event_id", line.event_id.as_deref())?,
        partition: line.partition.as_deref().map(PartitionKey::new),
        cause: match line.reason.as_deref() {
            Some(reason) => ParkCause::Rejected {
                reason: reason.to_owned(),
                attempts: present("attempts", line.attempts)?,
            },
            None => ParkCause::Follows,
        },
    })
}

fn data(line: &Line<'_>) -> Result<Vec<u8>, String> {
    let data = payload("data_base64", line.data, line.data_base64.as_deref())?;
    present("data", data)
}

fn payload(field: &str, json: Option<&RawValue>, base64: Option<&str>) -> Result<Option<Vec<u8>>, String> {
    match (json, base64) {
        (Some(_), Some(_)) => Err(format!("field `{field}`: the same is given as JSON as well")),
        (Some(json), None) => Ok(Some(json.get().as_bytes().to_vec())),
        (None, Some(base64)) => STANDARD
            .decode(base64)
            .map(Some)
            .map_err(|error| format!("field `{field}`: {error}")),
        (None, None) => Ok(None),
    }
}

fn required<T: FromStr>(field: &str, text: Option<&str>) -> Result<T, String>
where
    T::Err: Display,
{
    read(field, present(field, text)?)
}

fn present<T>(field: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("missing field `{field}`"))
}

fn optional<T: FromStr>(field: &str, text: Option<&str>) -> Result<Option<T>, String>
where
    T::Err: Display,
{
    text.map(|text| read(field, text)).transpose()
}

fn read<T: FromStr>(field: &str, text: &str) -> Result<T, String>
where
    T::Err: Display,
{
    text.parse().map_err(|error| format!("field `{field}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"event_id":"00000000-0000-0000-0000-000000000001","stream":"s","event_type":"T""#;

    fn event(rest: &str) -> Result<NewEvent, String> {
        match parse(format!("{EVENT}{rest}}}\n").as_bytes())? {
            Some(Entry::Event { event, .. }) => Ok(event),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn payloads_are_taken_byte_for_byte() {
        let event = event(r#","data": {"a" : 1.10},"metadata_base64":"/w==""#).unwrap();
        assert_eq!(&event.data[..], br#"{"a" : 1.10}"#);
        assert_eq!(event.metadata.as_deref(), Some(&b"\xff"[..]));
    }

    #[test]
    fn null_is_data_but_no_metadata() {
        let event = event(r#","data":null,"metadata":null"#).unwrap();
        assert_eq!((&event.data[..], event.metadata), (&b"null"[..], None));
    }

    #[test]
    fn a_blank_line_stands_for_nothing() {
        assert_eq!(parse(b" \r\n"), Ok(None));
    }

    #[test]
    fn links_and_deleted_streams_are_told_apart() {
        let link = br#"{"link":"l","event_number":3,"event_id":"00000000-0000-0000-0000-000000000001"}"#;
        assert!(matches!(parse(link), Ok(Some(Entry::Link { .. }))));
        assert!(matches!(parse(br#"{"deleted":"s"}"#), Ok(Some(Entry::Deleted { .. }))));
    }

    #[test]
    fn snapshots_and_subscriptions_are_refused_by_field() {
        for (line, reason) in [
            (r#"{"snapshot":"s"}"#, "missing field `version`"),
            (
                r#"{"snapshot":"s","version":1,"snapshot_type":"T"}"#,
                "missing field `data`",
            ),
            (
                r#"{"snapshot":"s","version":9223372036854775808}"#,
                "field `version`: the number must",
            ),
            (r#"{"subscription":"s"}"#, "missing field `stream`"),
            (
                r#"{"subscription":"s","stream":"$all","events":1}"#,
                "missing field `digest`",
            ),
            (
                r#"{"subscription":"s","stream":"$all","events":0,"digest":"","parked":[{}]}"#,
                "missing field `event_id`",
            ),
        ] {
            let error = parse(line.as_bytes()).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
    }

    #[test]
    fn a_refusal_names_the_field() {
        for (rest, reason) in [
            ("", "missing field `data`"),
            (r#","data":1,"data_base64":"""#, "field `data_base64`: the same"),
            (r#","data_base64":"?""#, "field `data_base64`: Invalid"),
            (
                r#","data":1,"created_at":"today""#,
                "field `created_at`: not an RFC 3339",
            ),
            (r#","data":1,"more":1"#, "unknown field `more`"),
        ] {
            let error = event(rest).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
        assert_eq!(parse(b"[]"), Err("not a JSON object".to_owned()));
        assert_eq!(parse(b"{\"stream\":\"s\"}"), Err("missing field `event_id`".to_owned()));
    }
}
