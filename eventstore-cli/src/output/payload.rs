use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Error as _, SerializeMap};
use serde_json::value::RawValue;

use super::json::is_control_in_json;
use crate::message::on_one_line;

/// JSON goes under the first key, embedded as it is; any other bytes go under the second one.
pub(super) fn payload<M: SerializeMap>(map: &mut M, [json, base64]: [&str; 2], bytes: &[u8]) -> Result<(), M::Error> {
    match as_json(bytes) {
        Some(text) => {
            let text = on_one_line_of_json(text);
            let raw: &RawValue = serde_json::from_str(&text).map_err(M::Error::custom)?;
            map.serialize_entry(json, raw)
        }
        None => map.serialize_entry(base64, &STANDARD.encode(bytes)),
    }
}

/// As `payload`, but what would be read back as other bytes goes under the second key as well.
pub(super) fn exact_payload<M: SerializeMap>(
    map: &mut M,
    [json, base64]: [&str; 2],
    bytes: &[u8],
) -> Result<(), M::Error> {
    match serde_json::from_slice::<&RawValue>(bytes) {
        Ok(raw) if is_kept(raw.get(), bytes) => map.serialize_entry(json, raw),
        _ => map.serialize_entry(base64, &STANDARD.encode(bytes)),
    }
}

/// `null` means nothing, white space around a value is no part of it, and what would be escaped is read back as an escape.
fn is_kept(text: &str, bytes: &[u8]) -> bool {
    let is_altered = |character| matches!(character, '\n' | '\r') || is_control_in_json(character);
    text.as_bytes() == bytes && text != "null" && !text.contains(is_altered)
}

fn as_json(bytes: &[u8]) -> Option<&str> {
    serde_json::from_slice::<&RawValue>(bytes).ok().map(RawValue::get)
}

/// A line break in JSON is between tokens, where a space means the same.
fn on_one_line_of_json(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\r']) {
        Cow::Owned(text.replace(['\n', '\r'], " "))
    } else {
        Cow::Borrowed(text)
    }
}

/// A payload for people.
pub(super) fn shown(data: &[u8]) -> String {
    match as_json(data) {
        Some(text) => on_one_line(&on_one_line_of_json(text)),
        None => format!("base64:{}", STANDARD.encode(data)),
    }
}
