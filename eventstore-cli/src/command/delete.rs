use clap::Args;
use eventstore_core::{Delete as Request, Deletion, ExpectedVersion, StreamDeleter, StreamName};

use super::{AllowEmpty, Confirmation};
use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

/// Which stream to delete, and how.
#[derive(Args)]
pub(crate) struct Delete {
    /// The name of the stream
    stream: StreamName,
    /// Removes the events as well, for good; otherwise they stay in '$all' and where they are linked. Asks for --yes, and for
    /// hard deletes to be enabled, by the setting `EVENTSTORE_HARD_DELETES=true` or by --enable-hard-deletes
    #[arg(long)]
    hard: bool,
    /// Enables hard deletes for this call, unless a setting forbids them
    #[arg(long, requires = "hard")]
    enable_hard_deletes: bool,
    #[command(flatten)]
    confirmation: Confirmation,
    /// What the stream must meet: `any`, `exists`, or its current version
    #[arg(long, value_name = "VERSION", default_value = "any", allow_negative_numbers = true)]
    expected: ExpectedVersion,
    #[command(flatten)]
    allow_empty: AllowEmpty,
}

impl Delete {
    /// Deletes the stream.
    pub(crate) async fn run<C: Connector>(self, connector: &C, output: &Output) -> Result<(), Failure> {
        self.allow_empty.check("the name of the stream", &self.stream)?;
        connector.check()?;
        if self.hard {
            self.confirmation.demand("removes the stream and its events for good")?;
        }
        let store = connector.connect(self.purpose()).await?;
        let deletion = if self.hard { Deletion::Hard } else { Deletion::Soft };
        let delete = Request::new(self.stream, deletion).with_expected_version(self.expected);
        store.delete(delete).await?;
        output.note(if self.hard {
            "the stream and its events were removed"
        } else {
            "the stream was deleted; its events stay in $all"
        });
        Ok(())
    }

    fn purpose(&self) -> Purpose {
        if self.hard {
            Purpose::HardDelete {
                is_enabled: self.enable_hard_deletes,
            }
        } else {
            Purpose::Calls
        }
    }
}
