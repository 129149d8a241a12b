//! The SQL of the store: one statement a file, in which nothing but the schema and the type of payloads is filled in.

pub(crate) mod scripts;
mod statements;
mod text;
#[cfg(test)]
mod twins;

pub(crate) use statements::Statements;
pub(crate) use text::{Preparation, Sql};
