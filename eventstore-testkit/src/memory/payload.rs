use bytes::Bytes;
use eventstore_core::{Append, Error, NewEvent, Result, Snapshot};
use serde_json::Value;

use crate::Payloads;

/// The data and the metadata of one event, as they are kept.
pub(super) type Payload = (Bytes, Option<Bytes>);

impl Payloads {
    pub(super) fn of_append(self, append: &Append) -> Result<Vec<Payload>> {
        append.events().iter().map(|event| self.of_event(event)).collect()
    }

    pub(super) fn of_event(self, event: &NewEvent) -> Result<Payload> {
        self.payload(&event.data, event.metadata.as_ref())
    }

    pub(super) fn in_snapshot(self, snapshot: Snapshot) -> Result<Snapshot> {
        let (data, metadata) = self.payload(&snapshot.data, snapshot.metadata.as_ref())?;
        Ok(Snapshot {
            data,
            metadata,
            ..snapshot
        })
    }

    fn payload(self, data: &Bytes, metadata: Option<&Bytes>) -> Result<Payload> {
        let metadata = metadata.map(|metadata| self.kept("metadata", metadata));
        Ok((self.kept("data", data)?, metadata.transpose()?))
    }

    fn kept(self, argument: &'static str, bytes: &Bytes) -> Result<Bytes> {
        match self {
            Self::Bytes => Ok(bytes.clone()),
            Self::Json => normal_form(bytes).map_err(|reason| Error::invalid_input(argument, &reason)),
        }
    }
}

fn normal_form(bytes: &Bytes) -> Result<Bytes, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if holds_nul(&value) {
        return Err("a text holds the character U+0000".to_owned());
    }
    Ok(value.to_string().into())
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}
