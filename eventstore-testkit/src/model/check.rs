use std::fmt::Write;

use futures_util::future::join_all;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRng, TestRunner};
use tokio::runtime::Builder;

use super::{Histories, Program, Seed, answer, contents, programs};
use crate::conformance::{Backend, Harness, Role};

/// The longest sequence of steps.
const STEPS: usize = 30;

/// How often a failing sequence is tried to be made shorter.
const SHRINKS: u32 = 200;

/// Compares a backend with the reference: drives this many random sequences of operations against both, each on an empty
/// store.
///
/// The operations are those of these roles, and some of them run concurrently. Every answer, and everything that can be
/// read in the end, is compared. The answers of concurrent operations must be those of the reference in one common order.
///
/// The sequences differ each time, unless the environment variable `EVENTSTORE_MODEL_SEED` holds the seed that a failure
/// has printed.
///
/// # Panics
///
/// Panics if an answer differs, with the shortest sequence that was found and the seed of the run. Panics if the variable
/// does not hold a seed.
pub fn agrees_with_the_reference<H: Harness>(roles: &[Role], sequences: u32, open: impl AsyncFn() -> H) {
    let config = Config {
        cases: sequences,
        max_shrink_iters: SHRINKS,
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = match Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime: {error}"),
    };
    let run = |program: Program| {
        runtime.block_on(async {
            let harness = open().await;
            run(&*harness.store(), roles, &program)
                .await
                .map_err(TestCaseError::fail)
        })
    };
    let seed = Seed::given_or_new();
    let random = TestRng::from_seed(Seed::ALGORITHM, &seed.bytes());
    match TestRunner::new_with_rng(config, random).run(&programs(roles, STEPS), run) {
        Ok(()) => {}
        Err(TestError::Fail(reason, program)) => panic!("{reason}\nin the sequence\n{program}{seed}"),
        Err(error) => panic!("{error}\n{seed}"),
    }
}

async fn run(store: &dyn Backend, roles: &[Role], program: &Program) -> Result<(), String> {
    let mut histories = Histories::new();
    for (number, step) in (1..).zip(&program.0) {
        let answers = join_all(step.iter().map(|operation| answer(store, operation))).await;
        let explained = histories.go_on(step, &answers).await;
        explained.map_err(|reference| differ(&format!("step {number}"), &answers, &reference.0))?;
    }
    let contents = contents(store, roles).await;
    let explained = histories.end_with(roles, &contents).await;
    explained.map_err(|reference| differ("the end", &contents, &reference.0))
}

fn differ(place: &str, answers: &[String], reference: &[Vec<String>]) -> String {
    let mut message = format!("the backend differs from the reference at {place}:\n  it answers {answers:#?}");
    for expected in reference {
        // Writing to a string cannot fail.
        let _ = write!(message, "\n  the reference may answer {expected:#?}");
    }
    message
}
