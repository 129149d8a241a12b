use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use eventstore_core::EventStore;
use eventstore_web::{Check, Verifier};

use crate::{Observation, Severity};

/// The check that works on any store.
pub(super) struct ByReading {
    store: Arc<dyn EventStore>,
}

impl ByReading {
    pub(super) fn shared(store: Arc<dyn EventStore>) -> Arc<dyn Verifier> {
        Arc::new(Self { store })
    }
}

#[async_trait]
impl Verifier for ByReading {
    async fn verify(&self, report: &mut (dyn FnMut(Check) + Send)) -> Result<(), String> {
        // What is shared between threads must be so with the lock, though only one thread ever reports.
        let report = Mutex::new(report);
        let told = |observation| report.lock().unwrap_or_else(PoisonError::into_inner)(check(observation));
        let checked = crate::verify(&*self.store, told).await;
        checked.map_err(|error| error.to_string())
    }
}

fn check(observation: Observation) -> Check {
    match observation {
        Observation::Total(total) => Check::Total(total),
        Observation::LookedAt(count) => Check::LookedAt(count),
        Observation::Found(finding) => Check::Finding {
            is_damage: finding.severity == Severity::Corruption,
            text: format!("{} at {}", finding.kind, finding.location),
        },
    }
}
