use eventstore_core::StreamInfo;
use serde::Serialize;

use super::table::{TableRow, or_dash};

/// What is known about a stream.
#[derive(Serialize)]
pub(crate) struct StreamRow {
    stream: String,
    stream_id: u64,
    version: u64,
    created_at: String,
    deleted_at: Option<String>,
}

impl From<&StreamInfo> for StreamRow {
    fn from(info: &StreamInfo) -> Self {
        Self {
            stream: info.selector.to_string(),
            stream_id: info.id,
            version: info.version.get(),
            created_at: info.created_at.to_string(),
            deleted_at: info.deleted_at.map(|at| at.to_string()),
        }
    }
}

impl TableRow for StreamRow {
    const HEAD: &'static [&'static str] = &["STREAM", "ID", "VERSION", "CREATED AT", "DELETED AT"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.stream.clone(),
            self.stream_id.to_string(),
            self.version.to_string(),
            self.created_at.clone(),
            or_dash(self.deleted_at.as_deref()),
        ]
    }
}
