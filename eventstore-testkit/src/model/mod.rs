//! Random sequences of operations, compared with the reference backend.

mod answer;
mod check;
mod history;
mod operation;
mod program;
mod seed;

pub use check::agrees_with_the_reference;

use answer::{answer, contents};
use history::Histories;
use operation::Operation;
use program::{Program, programs};
use seed::Seed;
