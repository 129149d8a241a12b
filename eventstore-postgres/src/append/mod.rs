//! Appends: one, a set, a group of several callers', and imports.

mod columns;
mod group;
mod import;
mod refusal_states;
mod set;
mod single;
mod stored;

pub(crate) use group::GroupCommit;
