use clap::Args;
use eventstore_core::{Delete as Request, ExpectedVersion, StreamDeleter, StreamName};

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::output::Output;

/// Which stream to delete, and how.
#[derive(Args)]
pub(crate) struct Delete {
    /// The name of the stream
    stream: StreamName,
    /// Removes the events as well, for good; otherwise they stay in '$all' and where they are linked
    #[arg(long)]
    hard: bool,
    /// What the stream must meet: `any`, `exists`, or the version at which it stands
    #[arg(long, value_name = "VERSION", default_value = "any", allow_negative_numbers = true)]
    expected: ExpectedVersion,
}

impl Delete {
    /// Deletes the stream.
    pub(crate) async fn run(self, options: &GlobalOptions, output: &Output) -> Result<(), Failure> {
        let config = backend::config(options)?.with_hard_deletes(self.hard);
        let delete = if self.hard { Request::hard } else { Request::soft };
        let request = delete(self.stream).expecting(self.expected);
        backend::open(config).await?.delete(request).await?;
        output.note(if self.hard {
            "the stream and its events were removed"
        } else {
            "the stream was deleted; its events stay in $all"
        });
        Ok(())
    }
}
