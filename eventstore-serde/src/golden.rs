use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use eventstore_core::{BoxError, EventType, NewEvent, RecordedEvent, StreamName, StreamVersion, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error as ThisError;
use uuid::Uuid;

use crate::{EventCodec, SerdeError, Serializer};

/// Golden events: every shape in which events were ever stored, kept in a file beside the tests.
///
/// The file has one JSON line per event, as `eventstore read --format json` prints them; only `event_type`, `data` and
/// `metadata` are used.
///
/// ```
/// use eventstore_serde::{EventCodec, GoldenEvents, Json};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum AccountEvent {
///     Deposited { cents: u64 },
/// }
///
/// let codec = EventCodec::new(Json).upcast("Deposited", 1, |cents: u64| Ok(serde_json::json!({ "cents": cents })));
/// let golden = GoldenEvents::parse(
///     r#"{"event_type":"Deposited","data":5}
///        {"event_type":"Deposited","data":{"cents":5},"metadata":{"$version":2}}"#,
/// )?;
/// let deposited = || AccountEvent::Deposited { cents: 5 };
/// assert_eq!(golden.decode(&codec)?, [deposited(), deposited()]);
/// assert_eq!(golden.missing(&codec, &[deposited()])?, [""; 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldenEvents {
    events: Vec<RecordedEvent>,
}

/// Why a file of golden events cannot be used, or which stored events can no longer be read.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum GoldenError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// Why it cannot be read.
        source: io::Error,
    },
    /// A line is not an event.
    #[error("line {line} is no event")]
    Line {
        /// The line number, counted from 1.
        line: u32,
        /// What is wrong with it.
        source: BoxError,
    },
    /// Today's program cannot read some of the events.
    #[error("{} golden events cannot be read:{}", failures.len(), list(failures))]
    Stale {
        /// One error for each such event, which gives the event's line number as the version.
        failures: Vec<SerdeError>,
    },
}

fn list(failures: &[SerdeError]) -> String {
    failures.iter().fold(String::new(), |mut list, failure| {
        let _ = write!(list, "\n  {failure}");
        let mut source = std::error::Error::source(failure).and_then(std::error::Error::source);
        while let Some(cause) = source {
            let _ = write!(list, ": {cause}");
            source = cause.source();
        }
        list
    })
}

impl GoldenEvents {
    /// Reads the events from a file.
    ///
    /// # Errors
    ///
    /// [`GoldenError::File`], [`GoldenError::Line`]
    pub fn read(path: impl AsRef<Path>) -> Result<Self, GoldenError> {
        let path = path.as_ref();
        let lines = std::fs::read_to_string(path).map_err(|source| GoldenError::File {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&lines)
    }

    /// Parses the events from a text with one line per event.
    ///
    /// # Errors
    ///
    /// [`GoldenError::Line`]
    pub fn parse(lines: &str) -> Result<Self, GoldenError> {
        let lines = (1..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty());
        let events = lines.map(|(line, text)| parse(line, text).map_err(|source| GoldenError::Line { line, source }));
        Ok(Self {
            events: events.collect::<Result<_, _>>()?,
        })
    }

    /// Decodes the events, in the order of their lines.
    ///
    /// # Errors
    ///
    /// [`GoldenError::Stale`] if the codec cannot read an event, or does not know its type.
    pub fn decode<E, S>(&self, codec: &EventCodec<E, S>) -> Result<Vec<E>, GoldenError>
    where
        E: DeserializeOwned,
        S: Serializer,
    {
        let (mut decoded, mut failures) = (Vec::new(), Vec::new());
        for event in &self.events {
            match codec.decode_known(event) {
                Ok(event) => decoded.push(event),
                Err(error) => failures.push(error),
            }
        }
        if failures.is_empty() {
            Ok(decoded)
        } else {
            Err(GoldenError::Stale { failures })
        }
    }

    /// Returns the lines to add to the file so that it contains each of these events as it would be stored now.
    ///
    /// A test that asserts that nothing is missing detects a shape that has changed without a new version.
    ///
    /// # Errors
    ///
    /// The errors of [`EventCodec::encode`].
    pub fn missing<E, S>(&self, codec: &EventCodec<E, S>, events: &[E]) -> Result<Vec<String>, SerdeError>
    where
        E: Serialize,
        S: Serializer,
    {
        let events = events.iter().map(|event| codec.encode(event));
        let missing = events.filter(|event| event.as_ref().map_or(true, |event| !self.has(event)));
        missing.map(|event| line(&event?)).collect()
    }

    fn has(&self, event: &NewEvent) -> bool {
        self.events.iter().any(|golden| {
            (&golden.event_type, &golden.data, &golden.metadata) == (&event.event_type, &event.data, &event.metadata)
        })
    }
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct GoldenLine {
    event_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data_base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata_base64: Option<String>,
}

fn parse(line: u32, text: &str) -> Result<RecordedEvent, BoxError> {
    let golden: GoldenLine = serde_json::from_str(text.trim())?;
    let data = payload(golden.data, golden.data_base64)?.ok_or("there is neither data nor data_base64")?;
    let mut event = NewEvent::new(Uuid::nil(), EventType::new(golden.event_type)?, data);
    event.metadata = payload(golden.metadata, golden.metadata_base64)?;
    let stream = StreamName::new("golden events")?;
    let at = Timestamp::from_unix_micros(0)?;
    Ok(RecordedEvent::new(event, stream, StreamVersion::from(line), at))
}

fn payload(json: Option<Box<RawValue>>, base64: Option<String>) -> Result<Option<Bytes>, BoxError> {
    match base64 {
        Some(text) => Ok(Some(STANDARD.decode(text)?.into())),
        None => Ok(json.map(|json| Box::<str>::from(json).into_boxed_bytes().into())),
    }
}

fn line(event: &NewEvent) -> Result<String, SerdeError> {
    let (data, data_base64) = shown(&event.data);
    let (metadata, metadata_base64) = event.metadata.as_ref().map_or((None, None), shown);
    let line = GoldenLine {
        event_type: event.event_type.to_string(),
        data,
        data_base64,
        metadata,
        metadata_base64,
    };
    serde_json::to_string(&line).map_err(SerdeError::serialize::<GoldenLine>)
}

/// JSON as it is, other bytes in base64.
fn shown(bytes: &Bytes) -> (Option<Box<RawValue>>, Option<String>) {
    match serde_json::from_slice(bytes) {
        Ok(json) => (Some(json), None),
        Err(_) => (None, Some(STANDARD.encode(bytes))),
    }
}
