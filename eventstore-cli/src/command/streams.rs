use std::num::NonZeroU32;

use clap::{Args, ValueEnum};
use eventstore_core::{PageStart, StreamDirectory, StreamQuery, StreamSort};

use crate::at_least_one::at_least_one;
use crate::failure::Failure;
use crate::output::{Output, StreamRow};
use crate::{Connector, Purpose};

/// Which streams to list, and in which order.
#[derive(Args)]
pub(crate) struct Streams {
    /// Lists only streams whose names contain this text
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// By what the streams are sorted
    #[arg(long, value_enum, value_name = "KEY", default_value_t = SortKey::Id)]
    sort: SortKey,
    /// Lists the last ones first
    #[arg(long)]
    desc: bool,
    /// Which page to print
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one::<NonZeroU32>)]
    #[arg(allow_negative_numbers = true)]
    page: NonZeroU32,
    /// How many streams make a page
    #[arg(long, value_name = "N", default_value = "50", value_parser = at_least_one::<NonZeroU32>)]
    #[arg(allow_negative_numbers = true)]
    page_size: NonZeroU32,
}

#[derive(Clone, Copy, ValueEnum)]
enum SortKey {
    /// In the order in which they were created
    Id,
    /// By name
    Name,
    /// By the number of events
    Version,
    /// By the time of creation
    CreatedAt,
    /// By the time of deletion
    DeletedAt,
}

impl From<SortKey> for StreamSort {
    fn from(key: SortKey) -> Self {
        match key {
            SortKey::Id => Self::Id,
            SortKey::Name => Self::Name,
            SortKey::Version => Self::Version,
            SortKey::CreatedAt => Self::CreatedAt,
            SortKey::DeletedAt => Self::DeletedAt,
        }
    }
}

impl Streams {
    /// Prints one page of the streams.
    pub(crate) async fn run<C: Connector>(self, connector: &C, mut output: Output) -> Result<(), Failure> {
        let number = self.page;
        let page = connector
            .connect(Purpose::Calls)
            .await?
            .list_streams(self.query())
            .await?;
        output.rows(page.streams.iter().map(StreamRow::from))?;
        output.footer(&format!(
            "page {number} of {}; streams in all: {}",
            page.total_pages, page.total_streams
        ))?;
        output.flush()
    }

    fn query(self) -> StreamQuery {
        StreamQuery {
            search: self.search,
            sort: self.sort.into(),
            is_descending: self.desc,
            start: PageStart::Number(self.page),
            page_size: self.page_size,
        }
    }
}
