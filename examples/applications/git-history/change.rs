use std::sync::Arc;

use eventstore_core::{EventType, NewEvent, StreamName, Timestamp};
use eventstore_serde::{Json, Serializer};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::path;

const EVENT_IDS: Uuid = Uuid::from_u128(0x6c66_7a0e_3f5c_4c0b_9d3a_1f0b_53d2_7e41);
const PATH_IDS: Uuid = Uuid::from_u128(0x1d1f_5e0a_8a57_4f0e_b8d1_7c2e_90a4_6b35);

/// A commit of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) id: String,
    /// Its place in the history, counted from 1.
    pub(crate) number: u64,
    /// Seconds since 1970.
    pub(crate) time: i64,
}

/// What a commit did to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) commit: Arc<Commit>,
    pub(crate) path: Vec<u8>,
    /// `None` for a binary file.
    pub(crate) lines: Option<Lines>,
}

/// How many lines came and went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) added: i64,
    pub(crate) removed: i64,
}

/// The content of an event.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FileChanged {
    pub(crate) commit: String,
    pub(crate) path: String,
    pub(crate) added: Option<i64>,
    pub(crate) removed: Option<i64>,
}

impl Change {
    /// The stream of the changed file.
    pub(crate) fn stream(&self) -> anyhow::Result<StreamName> {
        let name = format!("path-{}", path::encode(&self.path));
        if name.len() <= StreamName::MAX_BYTES {
            return Ok(StreamName::new(name)?);
        }
        // No encoded path begins with `%-`: the stream of a long path is never that of a short one.
        Ok(StreamName::new(format!(
            "path-%-{}",
            Uuid::new_v5(&PATH_IDS, &self.path)
        ))?)
    }

    /// The id of the event: the same whenever the history is read.
    pub(crate) fn event_id(&self) -> Uuid {
        Uuid::new_v5(&EVENT_IDS, &[self.commit.id.as_bytes(), &self.path].concat())
    }

    /// The event that tells of the change.
    pub(crate) fn event(&self) -> anyhow::Result<NewEvent> {
        let data = FileChanged {
            commit: self.commit.id.clone(),
            path: path::encode(&self.path),
            added: self.lines.map(|lines| lines.added),
            removed: self.lines.map(|lines| lines.removed),
        };
        let event = NewEvent::new(self.event_id(), EventType::new("FileChanged")?, Json.serialize(&data)?);
        Ok(event.with_created_at(self.created_at()?))
    }

    /// The commit's time; where no calendar holds it, 1970, as git itself shows it.
    fn created_at(&self) -> anyhow::Result<Timestamp> {
        let micros = self.commit.time.saturating_mul(1_000_000);
        Ok(Timestamp::from_unix_micros(micros).or_else(|_| Timestamp::from_unix_micros(0))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(commit: &str, path: &[u8]) -> Change {
        let commit = Commit {
            id: commit.to_owned(),
            number: 1,
            time: i64::MAX,
        };
        Change {
            commit: Arc::new(commit),
            path: path.to_vec(),
            lines: None,
        }
    }

    #[test]
    fn each_path_has_a_stream_of_its_own_whatever_its_length() {
        let long = |end: &str| change("c", format!("{}{end}", "d".repeat(3_000)).as_bytes());
        assert_eq!(change("c", b"$all").stream().unwrap().as_str(), "path-$all");
        assert_eq!(long("1").stream().unwrap(), long("1").stream().unwrap());
        assert_ne!(long("1").stream().unwrap(), long("2").stream().unwrap());
        let stream = long("1").stream().unwrap();
        let named_like_it = stream.as_str().trim_start_matches("path-").as_bytes();
        assert_ne!(change("c", named_like_it).stream().unwrap(), stream);
    }

    #[test]
    fn an_id_depends_on_the_commit_and_the_path_alone() {
        assert_eq!(change("c", b"p").event_id(), change("c", b"p").event_id());
        assert_ne!(change("c", b"p").event_id(), change("d", b"p").event_id());
        assert_ne!(change("c", b"p").event_id(), change("c", b"q").event_id());
    }

    #[test]
    fn the_event_of_a_binary_file_has_no_line_counts() {
        let event = change("c", b"a b").event().unwrap();
        assert_eq!(
            &event.data[..],
            br#"{"commit":"c","path":"a b","added":null,"removed":null}"#
        );
    }

    #[test]
    fn a_time_beyond_the_calendar_becomes_1970() {
        let event = change("c", b"p").event().unwrap();
        assert_eq!(event.created_at, Some("1970-01-01T00:00:00Z".parse().unwrap()));
    }
}
