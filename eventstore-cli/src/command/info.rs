use clap::Args;
use eventstore_core::{StreamDirectory, StreamSelector};

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::output::{Output, StreamRow};

/// Which stream to describe.
#[derive(Args)]
pub(crate) struct Info {
    /// The name of the stream, or '$all'
    stream: StreamSelector,
}

impl Info {
    /// Prints what is known about the stream.
    pub(crate) async fn run(self, options: &GlobalOptions, mut output: Output) -> Result<(), Failure> {
        let info = backend::connect(options).await?.stream_info(&self.stream).await?;
        output.rows([StreamRow::from(&info)])?;
        output.flush()
    }
}
