//! The backend through a `PgBouncer` that gives a connection to each transaction: `cargo xtask test --pgbouncer`.

mod facts;
mod faults;

mod compact {
    crate::conformance::conformance_of!(bytea, Compact, Bytea, open_through_pgbouncer);
}

mod original {
    crate::conformance::conformance_of!(bytea, Original, Bytea, open_through_pgbouncer);
}
