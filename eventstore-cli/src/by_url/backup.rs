use std::path::PathBuf;

use clap::Args;

use super::Backend;
use crate::failure::Failure;
use crate::output::Output;

/// Where to copy the store to.
#[derive(Args)]
pub struct Backup {
    /// The file that the copy is written to; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, backend: &dyn Backend, output: &Output) -> Result<(), Failure> {
        backend.back_up(&self.file, output).await
    }
}
