use clap::Args;
use eventstore_core::{StreamDirectory, StreamSelector};

use crate::failure::Failure;
use crate::output::{Output, StreamRow};
use crate::{Connector, Purpose};

/// Which stream to describe.
#[derive(Args)]
pub(crate) struct Info {
    /// The name of the stream, or '$all'
    stream: StreamSelector,
}

impl Info {
    /// Prints what is known about the stream.
    pub(crate) async fn run<C: Connector>(self, connector: &C, mut output: Output) -> Result<(), Failure> {
        let store = connector.connect(Purpose::Calls).await?;
        let info = store.stream_info(&self.stream).await?;
        output.rows([StreamRow::from(&info)])?;
        output.flush()
    }
}
