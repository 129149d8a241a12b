use std::fmt;

use proptest::collection::vec;
use proptest::prelude::{Strategy, prop_oneof};

use super::Operation;
use super::operation::{long_reads, operations};
use crate::conformance::Role;

/// Steps one after the other, each one operation or some at the same time.
#[derive(Debug, Clone)]
pub(super) struct Program(pub(super) Vec<Vec<Operation>>);

pub(super) fn programs(roles: &[Role], steps: usize) -> impl Strategy<Value = Program> {
    let alone = if roles.contains(&Role::Streams) {
        prop_oneof![3 => operations(roles), 1 => long_reads()].boxed()
    } else {
        operations(roles).boxed()
    };
    let step = prop_oneof![
        4 => vec(alone, 1),
        1 => vec(operations(roles), 2..4),
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
