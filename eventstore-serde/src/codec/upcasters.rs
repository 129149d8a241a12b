use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use eventstore_core::BoxError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::version_place::FIRST;
use crate::{SerdeError, Serializer};

/// Turns the data of one version into that of the next, in the serializer's format without layers.
type Step<S> = Arc<dyn Fn(&S, &[u8]) -> Result<Bytes, StepError> + Send + Sync>;

/// What a step fails with: the payload, or what the step itself thinks of it.
enum StepError {
    Payload(SerdeError),
    Refused(BoxError),
}

impl From<SerdeError> for StepError {
    fn from(error: SerdeError) -> Self {
        Self::Payload(error)
    }
}

/// The steps from version to version, by type and by the version that they start from.
pub(super) struct Upcasters<S> {
    steps: HashMap<String, Vec<(u32, Step<S>)>>,
}

impl<S> Clone for Upcasters<S> {
    fn clone(&self) -> Self {
        Self {
            steps: self.steps.clone(),
        }
    }
}

impl<S> Default for Upcasters<S> {
    fn default() -> Self {
        Self { steps: HashMap::new() }
    }
}

impl<S: Serializer> Upcasters<S> {
    pub(super) fn add<Old, New, F>(&mut self, name: &str, from: u32, step: F)
    where
        Old: DeserializeOwned,
        New: Serialize,
        F: Fn(Old) -> Result<New, BoxError> + Send + Sync + 'static,
    {
        let step: Step<S> = Arc::new(move |serializer, data| {
            let old = serializer.deserialize_plain(PhantomData::<Old>, data)?;
            let new = step(old).map_err(StepError::Refused)?;
            Ok(serializer.serialize_plain(&new)?)
        });
        let steps = self.steps.entry(name.to_owned()).or_default();
        steps.retain(|(known, _)| *known != from);
        steps.push((from, step));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.steps.contains_key(name)
    }

    /// The version that is written now.
    pub(super) fn newest(&self, name: &str) -> u32 {
        let steps = self.steps.get(name).into_iter().flatten();
        steps.map(|(from, _)| from.saturating_add(1)).max().unwrap_or(FIRST)
    }

    /// The data as the newest version has it, without layers; `None` if it is written in that version.
    pub(super) fn upcast(
        &self,
        serializer: &S,
        name: &str,
        version: u32,
        data: &[u8],
    ) -> Result<Option<Vec<u8>>, SerdeError> {
        let newest = self.newest(name);
        if version == newest {
            return Ok(None);
        }
        if version > newest {
            return Err(SerdeError::NewerVersion {
                event_type: name.to_owned(),
                version,
                newest,
            });
        }
        let data = serializer.open(data)?.into_owned();
        let newest_data = (version..newest).try_fold(data, |data, version| {
            let step = self.step(name, version).ok_or_else(|| SerdeError::MissingUpcaster {
                event_type: name.to_owned(),
                version,
                newest,
            })?;
            let next = step(serializer, &data).map_err(|error| failed(error, name, version))?;
            Ok(next.into())
        });
        newest_data.map(Some)
    }

    fn step(&self, name: &str, version: u32) -> Option<&Step<S>> {
        let steps = self.steps.get(name)?;
        steps.iter().find(|(from, _)| *from == version).map(|(_, step)| step)
    }
}

fn failed(error: StepError, name: &str, version: u32) -> SerdeError {
    let source = match error {
        StepError::Payload(error) => error.into(),
        StepError::Refused(error) => error,
    };
    SerdeError::Upcast {
        event_type: name.to_owned(),
        version,
        source,
    }
}
