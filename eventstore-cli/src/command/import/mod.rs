mod entry;
mod groups;
mod importer;
mod line;
mod places;
mod subscriptions;
mod summary;

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use clap::Args;
use eventstore_core::SubscriptionKey;
use eventstore_core::backend::ImportConflicts;

use self::importer::Importer;
use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

const STANDARD_INPUT: &str = "-";

/// Lines are read in pieces of this many bytes.
const BUFFER: usize = 1 << 20;

/// What to import.
#[derive(Args)]
pub(crate) struct Import {
    /// The file that `export` has printed, or `-` for the standard input
    #[arg(value_name = "FILE|-")]
    source: String,
    /// Leaves out events whose ids are stored in other streams, and renumbers versions that do not follow; else both are errors
    #[arg(long)]
    skip_conflicts: bool,
}

impl Import {
    /// Appends what is not there yet.
    pub(crate) async fn run<C: Connector>(self, connector: &C, mut output: Output) -> Result<(), Failure> {
        connector.check()?;
        let (mut input, size) = open(&self.source).map_err(|error| self.unreadable(&error))?;
        let progress = output.progress("bytes", size);
        let mut importer = Importer::new(connector.connect(Purpose::Calls).await?, self.conflicts());
        let mut line = Vec::new();
        let mut number = 0_u64;
        while input
            .read_until(b'\n', &mut line)
            .map_err(|error| self.unreadable(&error))?
            > 0
        {
            number += 1;
            let entry = line::parse(&line).map_err(|reason| Failure::Usage(format!("line {number}: {reason}")))?;
            if let Some(entry) = entry {
                importer.take(entry, number).await?;
            }
            progress.advance(u64::try_from(line.len()).unwrap_or(u64::MAX));
            line.clear();
        }
        let (summary, begun_anew) = importer.finish().await?;
        drop(progress);
        output.rows([summary])?;
        output.flush()?;
        for SubscriptionKey { selector, name } in begun_anew {
            let name = name.as_str();
            output.note(&format!(
                "the subscription {name:?} begins again at the origin: {:?} begins with other events than where it was exported",
                selector.as_str()
            ));
        }
        Ok(())
    }

    fn conflicts(&self) -> ImportConflicts {
        if self.skip_conflicts {
            ImportConflicts::Skip
        } else {
            ImportConflicts::Refuse
        }
    }

    fn unreadable(&self, error: &io::Error) -> Failure {
        Failure::Usage(format!("cannot read {:?}: {error}", self.source))
    }
}

/// The input, and how many bytes it has, if that is known.
fn open(source: &str) -> io::Result<(Box<dyn BufRead>, Option<u64>)> {
    if source == STANDARD_INPUT {
        return Ok((Box::new(BufReader::with_capacity(BUFFER, io::stdin())), None));
    }
    let file = File::open(source)?;
    let metadata = file.metadata()?;
    let size = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(BufReader::with_capacity(BUFFER, file)), size))
}
