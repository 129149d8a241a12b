//! The pages, made on the server.

mod all;
mod bare;
mod change;
mod change_params;
mod confirm;
mod event;
mod events_table;
mod go;
mod layout;
mod overview;
mod parked;
mod partitions;
mod payload;
mod plot;
mod problem_page;
mod projections;
mod rows;
mod stream;
mod streams;
mod subscriptions;
mod survey;
mod text;
mod trace;
mod tree;
mod unlock;
mod verify;

pub(crate) use all::all;
pub(crate) use change::change;
pub(crate) use confirm::confirm;
pub(crate) use event::{event, payload};
pub(crate) use go::go;
pub(crate) use overview::overview;
pub(crate) use parked::parked;
pub(crate) use problem_page::{ProblemPage, nothing};
pub(crate) use projections::projections;
pub(crate) use rows::rows;
pub(crate) use stream::stream;
pub(crate) use streams::streams;
pub(crate) use subscriptions::{subscription, subscriptions};
pub(crate) use survey::survey;
pub(crate) use trace::trace;
pub(crate) use unlock::{unlock, unlocked};
pub(crate) use verify::{begin_verify, verify};

use axum::response::Html;

/// A page, or why there is none.
pub(crate) type Page = Result<Html<String>, ProblemPage>;
