mod links_deletes_snapshots;
mod selection;
mod streams;
mod subscriptions;
mod tests_of_groups;

/// Makes a test of each case of the conformance suite, in one module for each group.
///
/// The first argument is the path of an `async fn` that opens an empty store and returns its
/// [`Harness`](crate::conformance::Harness). The tests need no runtime: each brings its own. A module can hold one
/// invocation; put each of several invocations into its own module.
///
/// - `conformance!(open)` is the suite for a backend that plays every [`Role`](crate::conformance::Role).
/// - `conformance!(open; streams, deletes)` is the suite for these roles: a case that also needs another role makes no
///   test.
/// - `conformance!(open; streams; except put_empty_stream)`, or the same without roles, ignores the cases that need this
///   ability of the [`Harness`](crate::conformance::Harness). The test runner shows them, with the reason.
///
/// ```
/// use eventstore_testkit::MemoryStore;
/// use eventstore_testkit::conformance::{Parts, Setup};
///
/// async fn open() -> Setup<MemoryStore> {
///     Setup::new(MemoryStore::new(), |store| Parts::default().streams(store.clone()))
///         .another_node(async |store| Parts::default().streams(store.another_node()))
/// }
///
/// eventstore_testkit::conformance!(open; streams; except put_empty_stream);
/// ```
#[macro_export]
macro_rules! conformance {
    ($open:path $(; except $($ability:ident),+ $(,)?)?) => {
        $crate::conformance! {
            $open;
            streams, links, lookup, imports, deletes, snapshots, subscriptions, administration, parking, projections,
            tracing, statistics, groups, catalog
            $(; except $($ability),+)?
        }
    };
    ($open:path; $($role:ident),+ $(,)? $(; except $($ability:ident),+ $(,)?)?) => {
        #[cfg(test)]
        fn open_for_conformance() -> $crate::conformance::Opening {
            Box::pin(async {
                let harness: Box<dyn $crate::conformance::Harness> = Box::new($open().await);
                harness
            })
        }

        $crate::conformance_selection! {
            roles (no no no no no no no no no no no no no no) [$($role)+] abilities (yes yes yes yes yes yes yes yes) [$($($ability)+)?]
        }
    };
}
