use clap::Args;
use eventstore_core::{StreamDeleter, StreamName};

use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

/// Which stream to bring back.
#[derive(Args)]
pub(crate) struct Undelete {
    /// The name of the stream
    stream: StreamName,
}

impl Undelete {
    /// Brings the stream back, if it is soft-deleted.
    pub(crate) async fn run<C: Connector>(self, connector: &C, output: &Output) -> Result<(), Failure> {
        connector.connect(Purpose::Calls).await?.undelete(&self.stream).await?;
        output.note("the stream is not deleted any more");
        Ok(())
    }
}
