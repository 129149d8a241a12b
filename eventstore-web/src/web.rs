use std::sync::Arc;

use axum::Router;
use eventstore_core::EventStore;

use crate::query::{Decoder, Verifier};
use crate::replay::ParkedEventHandler;
use crate::router;
use crate::security::{Hosts, Sessions, Writes};
use crate::site::{Common, Site};

/// The pages of one or more stores, to be mounted in an application or served by themselves.
///
/// ```
/// use std::sync::Arc;
///
/// use axum::Router;
/// use eventstore_testkit::MemoryStore;
/// use eventstore_web::Web;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let store = Arc::new(MemoryStore::new());
/// let pages = Web::new(store).with_label("staging").with_hosts(["shop.example"]).into_router();
/// let application: Router = Router::new().nest("/events", pages);
/// # let _ = application;
/// # }
/// ```
///
/// The pages then are under `/events/overview`. Anyone who can reach them sees every event: put them behind the application's own
/// authentication.
#[must_use]
pub struct Web {
    stores: Vec<Shown>,
    label: Option<String>,
    hosts: Vec<String>,
    writes: Writes,
    decoder: Option<Arc<dyn Decoder>>,
    parked_events: Option<Arc<dyn ParkedEventHandler>>,
}

struct Shown {
    name: String,
    store: Arc<dyn EventStore>,
    verifier: Option<Arc<dyn Verifier>>,
}

impl Web {
    /// Creates the pages of one store.
    pub fn new(store: Arc<dyn EventStore>) -> Self {
        Self::of(vec![Shown::new(String::new(), store)])
    }

    /// Creates the pages of several stores, such as the schemas of one server, each under its name, with a switch between them.
    ///
    /// A name is part of addresses: characters other than ASCII letters, digits, `-` and `_` are replaced by `_`, and a name that there is
    /// already gets a number.
    pub fn of_several(stores: impl IntoIterator<Item = (String, Arc<dyn EventStore>)>) -> Self {
        let mut shown: Vec<Shown> = Vec::new();
        for (name, store) in stores {
            let name = unused(&plain(&name), &shown);
            shown.push(Shown::new(name, store));
        }
        Self::of(shown)
    }

    fn of(stores: Vec<Shown>) -> Self {
        Self {
            stores,
            label: None,
            hosts: Vec::new(),
            writes: Writes::default(),
            decoder: None,
            parked_events: None,
        }
    }

    /// Shows this text above each page, such as the name of the environment.
    pub fn with_label(self, label: impl Into<String>) -> Self {
        Self {
            label: Some(label.into()),
            ..self
        }
    }

    /// Also answers requests to these hosts, each with a port or with any; without this, only requests to `localhost`, `127.0.0.1` and
    /// `[::1]`.
    ///
    /// A request to any other host is refused (403): otherwise a foreign page whose name leads to this address could read everything.
    pub fn with_hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.hosts.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Sets who may change something; without this, no one.
    ///
    /// Forms and unlocked browsers are known to this value alone: if several processes serve the pages, a browser has to stay with one.
    pub fn with_writes(self, writes: Writes) -> Self {
        Self { writes, ..self }
    }

    /// Shows data as this decoder returns it.
    pub fn with_decoder(self, decoder: impl Decoder) -> Self {
        Self {
            decoder: Some(Arc::new(decoder)),
            ..self
        }
    }

    /// Lets parked events be replayed, through this handler.
    pub fn with_parked_event_handler(self, handler: impl ParkedEventHandler) -> Self {
        Self {
            parked_events: Some(Arc::new(handler)),
            ..self
        }
    }

    /// Lets stores be checked, each by the verifier that this function makes for it, in their order.
    pub fn with_verifiers(mut self, mut verifier: impl FnMut() -> Option<Arc<dyn Verifier>>) -> Self {
        for store in &mut self.stores {
            store.verifier = verifier();
        }
        self
    }

    /// Returns the routes, to be nested under any path, or to be served as they are.
    ///
    /// A task measures each store once every two seconds, until the router is dropped.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub fn into_router(self) -> Router {
        let common = Arc::new(Common {
            label: self.label,
            names: self.stores.iter().map(|shown| shown.name.clone()).collect(),
            sessions: Sessions::new(self.writes),
            decoder: self.decoder,
            parked_events: self.parked_events,
        });
        let site = |shown: Shown| Arc::new(Site::new(shown.name, shown.store, shown.verifier, Arc::clone(&common)));
        let sites = self.stores.into_iter().map(site).collect();
        router::of(sites, Hosts::new(self.hosts))
    }
}

impl Shown {
    fn new(name: String, store: Arc<dyn EventStore>) -> Self {
        Self {
            name,
            store,
            verifier: None,
        }
    }
}

/// The name as a part of an address, which is never empty.
fn plain(name: &str) -> String {
    let plain = |character: char| {
        let is_plain = character.is_ascii_alphanumeric() || "-_".contains(character);
        if is_plain { character } else { '_' }
    };
    match name {
        "" => "_".to_owned(),
        name => name.chars().map(plain).collect(),
    }
}

/// The name, with a number if another store has it.
fn unused(name: &str, shown: &[Shown]) -> String {
    let is_unused = |name: &String| shown.iter().all(|other| other.name != *name);
    let numbered = (2_u64..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    // One of so many names is unused.
    names.find(is_unused).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use eventstore_testkit::MemoryStore;

    use super::*;

    fn shared(store: MemoryStore) -> Arc<dyn EventStore> {
        Arc::new(store)
    }

    #[test]
    fn every_store_has_an_address_of_its_own() {
        let store = |name: &str| (name.to_owned(), shared(MemoryStore::new()));
        let web = Web::of_several(["a b", "a/b", "", "a_b", "c"].map(store));
        let names: Vec<_> = web.stores.iter().map(|shown| shown.name.as_str()).collect();
        assert_eq!(names, ["a_b", "a_b-2", "_", "a_b-3", "c"]);
    }
}
