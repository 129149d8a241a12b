//! Appends: one, a set, a group of several callers', and imports.

pub(crate) mod columns;
pub(crate) mod group;
mod import;
mod set;
mod single;
mod stored;
