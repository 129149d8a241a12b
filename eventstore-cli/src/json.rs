use serde_json::value::RawValue;

/// The text of a value of an option, checked to be JSON.
pub(crate) fn json(text: &str) -> Result<Box<RawValue>, String> {
    serde_json::from_str::<&RawValue>(text)
        .map(ToOwned::to_owned)
        .map_err(|error| format!("not JSON: {error}"))
}
