//! What the pages show and the API answers: plain values that are the same in both.

mod event;
mod group;
mod overview;
mod parked;
mod payload;
mod problem;
mod projection;
mod stream;
mod subscription;
mod trace;

pub(crate) use event::{EventRow, EventView, EventsView, PlaceView};
pub(crate) use group::{GroupView, PartitionView};
pub(crate) use overview::{OverviewView, SampleView};
pub(crate) use parked::{ParkedRow, ParkedView};
pub(crate) use payload::PayloadView;
pub(crate) use problem::ProblemView;
pub(crate) use projection::BuildView;
pub(crate) use stream::{CategoryView, SnapshotView, StreamView, StreamsView, SurveyView};
pub(crate) use subscription::{ReportView, SubscriptionView};
pub(crate) use trace::{TraceView, TracedView};
