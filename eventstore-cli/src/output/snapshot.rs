use eventstore_core::RecordedSnapshot;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::payload::{payload, shown};
use super::table::TableRow;

/// A snapshot as it is recorded.
pub(crate) struct SnapshotLine<'a>(pub(crate) &'a RecordedSnapshot);

impl Serialize for SnapshotLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RecordedSnapshot { snapshot, created_at } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("source", snapshot.source.as_str())?;
        map.serialize_entry("version", &snapshot.version.get())?;
        map.serialize_entry("type", snapshot.snapshot_type.as_str())?;
        map.serialize_entry("created_at", &created_at.to_string())?;
        payload(&mut map, ["data", "data_base64"], &snapshot.data)?;
        match &snapshot.metadata {
            Some(metadata) => payload(&mut map, ["metadata", "metadata_base64"], metadata)?,
            None => map.serialize_entry("metadata", &())?,
        }
        map.end()
    }
}

impl TableRow for SnapshotLine<'_> {
    const HEAD: &'static [&'static str] = &["SOURCE", "VERSION", "TYPE", "CREATED AT", "DATA"];

    fn cells(&self) -> Vec<String> {
        let RecordedSnapshot { snapshot, created_at } = self.0;
        vec![
            snapshot.source.to_string(),
            snapshot.version.to_string(),
            snapshot.snapshot_type.to_string(),
            created_at.to_string(),
            shown(&snapshot.data),
        ]
    }
}
