use std::num::NonZeroU32;

use eventstore_core::{EventStore, RecordedSnapshot, StreamInfo, StreamName, StreamSelector};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::Problem;
use crate::view::{SnapshotView, StreamView, StreamsView};

const LISTED: NonZeroU32 = NonZeroU32::new(50).unwrap();

/// Which streams to list, as an address says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct StreamsParams {
    /// Only streams whose names begin so, ordered by name; without it, the newest streams first.
    pub(crate) prefix: String,
    /// Where the list goes on, as the part before says it.
    pub(crate) after: Option<String>,
}

pub(crate) async fn list_streams(store: &dyn EventStore, params: &StreamsParams) -> Result<StreamsView, Problem> {
    let is_by_name = !params.prefix.is_empty();
    let infos = if is_by_name {
        let after = params.after.as_deref().map(StreamName::new).transpose();
        let after = after.map_err(|error| Problem::invalid("after", error))?;
        store.streams_by_name(&params.prefix, after.as_ref(), LISTED).await?
    } else {
        let before = params.after.as_deref().map(str::parse).transpose();
        let before = before.map_err(|error| Problem::invalid("after", error))?;
        store.newest_streams(before, LISTED).await?
    };
    let is_full = infos.len() >= usize::try_from(LISTED.get()).unwrap_or(usize::MAX);
    let last = infos.last().filter(|_| is_full);
    let next = last.map(|info| {
        if is_by_name {
            info.selector.to_string()
        } else {
            info.id.to_string()
        }
    });
    Ok(StreamsView {
        streams: infos.iter().map(StreamView::new).collect(),
        next,
    })
}

/// The stream; a soft-deleted one, whose events cannot be read, as the list of streams has it.
pub(crate) async fn find_stream(store: &dyn EventStore, selector: &StreamSelector) -> Result<StreamView, Problem> {
    match store.stream_info(selector).await {
        Ok(info) => Ok(StreamView::new(&info)),
        Err(error @ eventstore_core::Error::StreamDeleted { .. }) => {
            let found = store.streams_by_name(selector.as_str(), None, NonZeroU32::MIN).await?;
            let same = |info: &&StreamInfo| info.selector == *selector;
            found.iter().find(same).map(StreamView::new).ok_or_else(|| error.into())
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn find_snapshot(store: &dyn EventStore, name: &StreamName) -> Result<Option<SnapshotView>, Problem> {
    let found = store.read_snapshot(name).await?;
    Ok(found
        .as_ref()
        .map(|recorded: &RecordedSnapshot| SnapshotView::new(recorded)))
}
