use std::fmt;

use proptest::collection::vec;
use proptest::prelude::{Strategy, prop_oneof};

use super::Operation;
use super::operation::{long_reads, operations};

/// Steps one after the other, each one operation or some at the same time.
#[derive(Debug, Clone)]
pub(super) struct Program(pub(super) Vec<Vec<Operation>>);

pub(super) fn programs(steps: usize) -> impl Strategy<Value = Program> {
    let step = prop_oneof![
        3 => vec(operations(), 1),
        1 => vec(long_reads(), 1),
        1 => vec(operations(), 2..4),
    ];
    vec(step, 1..steps).prop_map(Program)
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in (1..).zip(&self.0) {
            let step: Vec<_> = step.iter().map(ToString::to_string).collect();
            writeln!(f, "{number:>4}. {}", step.join("  ||  "))?;
        }
        Ok(())
    }
}
