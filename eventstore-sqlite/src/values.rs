//! Values as the tables have them.

use std::time::SystemTime;

use eventstore_core::{Error, Result, Timestamp};

/// The current time.
///
/// # Errors
///
/// [`Error::Storage`] if the clock of the machine shows a year that no timestamp has.
pub(crate) fn now() -> Result<Timestamp> {
    Timestamp::try_from(SystemTime::now()).map_err(|error| Error::storage("the clock of the machine is wrong", error))
}

/// Values as a JSON array: a statement takes any number of them as one argument.
pub(crate) fn json_of(values: &[impl Clone + Into<serde_json::Value>]) -> String {
    serde_json::Value::from(values).to_string()
}

/// Texts as a JSON array: a statement takes any number of them as one argument.
pub(crate) fn json_of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    serde_json::Value::from_iter(texts).to_string()
}
