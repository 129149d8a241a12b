mod log;
mod replayer;
mod served;
mod verifier;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use eventstore_core::EventStore;
use eventstore_web::{Web, Writes};
use tokio::net::TcpListener;
use uuid::Uuid;

use self::replayer::Replayer;
use self::served::Served;
use self::verifier::ByReading;
use crate::failure::Failure;
use crate::output::Output;
use crate::stop_signal::StopSignal;
use crate::{Connector, Purpose, message};

/// How many characters a token has at least.
const SHORTEST_TOKEN: usize = 16;

/// What the pages are, and who may see and change what.
#[derive(Args)]
pub(crate) struct Ui {
    /// Where the pages are served; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2113")]
    listen: SocketAddr,
    /// Serves the pages also to other machines, which see every event without a password
    #[arg(long)]
    allow_remote: bool,
    /// Lets those who know a token set checkpoints, delete subscriptions, and replay or discard parked events
    #[arg(long)]
    allow_writes: bool,
    /// The token, of at least 16 characters; without it, one is made and printed
    #[arg(
        long,
        env = "EVENTSTORE_UI_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        requires = "allow_writes"
    )]
    token: Option<String>,
    /// Shows this text above each page, such as `production`
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Also answers requests to this host, besides localhost and the address that is listened on
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// Shows these schemas, with a switch between them, instead of the one store
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    schemas: Vec<String>,
    /// A command for parked events that are replayed on the pages; it is run as by `parked replay --exec`
    #[arg(long, value_name = "COMMAND", requires = "allow_writes")]
    replay_exec: Option<String>,
}

impl Ui {
    /// Serves the pages until the program is told to end.
    pub(crate) async fn run<C: Connector>(self, connector: &C, mut output: Output) -> Result<(), Failure> {
        let mut signal = StopSignal::new().map_err(Failure::Start)?;
        self.refuse_remote()?;
        self.refuse_short_token()?;
        let stores = self.stores(connector).await?;
        let refused = |error: io::Error| io::Error::new(error.kind(), format!("--listen {}: {error}", self.listen));
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(|error| Failure::Start(refused(error)))?;
        let address = listener.local_addr().map_err(Failure::Start)?;
        let writes = self.writes();
        log::begin();
        if let Writes::WithToken(token) = &writes
            && self.token.is_none()
        {
            // Not as a note: without it, nothing can be changed.
            message::print(&format!("token for changes: {token}"));
        }
        let router = self.web(stores, address).with_writes(writes).into_router();
        output.rows([Served::at(address)])?;
        output.flush()?;
        // An open page never ends its stream by itself: who ends the program does not wait for it.
        tokio::select! {
            biased;
            () = signal.received() => Ok(()),
            ended = async { axum::serve(listener, router).await } => ended.map_err(Failure::Start),
        }
    }

    fn refuse_remote(&self) -> Result<(), Failure> {
        if self.listen.ip().is_loopback() || self.allow_remote {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "--listen: other machines reach {} and would see every event; give --allow-remote if they may",
            self.listen
        )))
    }

    fn refuse_short_token(&self) -> Result<(), Failure> {
        let given = self.token.as_deref().unwrap_or_default();
        if given.is_empty() || given.chars().count() >= SHORTEST_TOKEN {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "--token: it must have at least {SHORTEST_TOKEN} characters, because anyone who reaches the pages may try to guess it"
        )))
    }

    async fn stores<C: Connector>(&self, connector: &C) -> Result<Vec<(String, Arc<dyn EventStore>)>, Failure> {
        if self.schemas.is_empty() {
            let store = connector.connect(Purpose::Calls).await?;
            return Ok(vec![(String::new(), Arc::new(store))]);
        }
        let mut stores: Vec<(String, Arc<dyn EventStore>)> = Vec::new();
        for schema in &self.schemas {
            let store = connector.connect_to_schema(schema).await?;
            stores.push((schema.clone(), Arc::new(store)));
        }
        Ok(stores)
    }

    fn writes(&self) -> Writes {
        if !self.allow_writes {
            return Writes::Refused;
        }
        let made = || Uuid::new_v4().simple().to_string();
        Writes::WithToken(
            self.token
                .clone()
                .filter(|token| !token.is_empty())
                .unwrap_or_else(made),
        )
    }

    fn web(self, stores: Vec<(String, Arc<dyn EventStore>)>, address: SocketAddr) -> Web {
        let verifiers = stores.clone();
        let web = match <[_; 1]>::try_from(stores) {
            Ok([(name, store)]) if name.is_empty() => Web::new(store),
            Ok(named) => Web::of_several(named),
            Err(named) => Web::of_several(named),
        };
        let web = web.with_hosts(self.hosts).with_hosts([address.to_string()]);
        let mut stores = verifiers.into_iter();
        let web = web.with_verifiers(|| stores.next().map(|(_, store)| ByReading::shared(store)));
        let web = match self.label {
            Some(label) => web.with_label(label),
            None => web,
        };
        match self.replay_exec {
            Some(command) => web.with_parked_event_handler(Replayer::new(command)),
            None => web,
        }
    }
}
