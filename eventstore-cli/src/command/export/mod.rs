mod acknowledged;
mod exporter;

use clap::Args;
use eventstore_core::StreamSelector;

use self::exporter::Exporter;
use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

/// What to export.
#[derive(Args)]
pub(crate) struct Export {
    /// The name of one stream [default: everything]
    #[arg(long, value_name = "S", default_value = StreamSelector::ALL, hide_default_value = true)]
    stream: StreamSelector,
}

impl Export {
    /// Prints everything.
    pub(crate) async fn run<C: Connector>(self, connector: &C, output: Output) -> Result<(), Failure> {
        let store = connector.connect(Purpose::WholeStore).await?;
        let mut exporter = Exporter::new(store, output);
        match &self.stream {
            StreamSelector::All => exporter.everything().await?,
            StreamSelector::Stream(stream) => exporter.stream(stream).await?,
        }
        exporter.finish()
    }
}
