use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use crate::problem::Problem;

/// How long an answer is given to everyone who asks the same.
const FRESH: Duration = Duration::from_millis(500);

const CAPACITY: u64 = 64;

/// Answers that several pages want at the same time: the storage is asked once.
#[derive(Debug)]
pub(crate) struct Shared<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    answers: Cache<K, Arc<V>>,
}

impl<K, V> Shared<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    pub(crate) fn new() -> Self {
        let answers = Cache::builder().max_capacity(CAPACITY).time_to_live(FRESH).build();
        Self { answers }
    }

    /// The answer to this question; a failure is everyone's, and is not kept.
    pub(crate) async fn get(
        &self,
        question: K,
        ask: impl Future<Output = Result<V, Problem>>,
    ) -> Result<Arc<V>, Problem> {
        let answer = self.answers.try_get_with(question, async { ask.await.map(Arc::new) });
        answer.await.map_err(|problem| problem.copy())
    }

    /// Forgets every answer, after a change.
    pub(crate) fn forget(&self) {
        self.answers.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn ten_that_ask_the_same_at_once_cost_one_question() {
        let (shared, asked) = (Shared::new(), AtomicU32::new(0));
        let ask = || async {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok("answer")
        };
        let answers = join_all((0..10).map(|_| shared.get(1, ask()))).await;
        assert!(answers.into_iter().all(|answer| *answer.unwrap() == "answer"));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        shared.get(2, ask()).await.unwrap();
        shared.forget();
        shared.get(1, ask()).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let shared = Shared::new();
        let failed = shared.get(1, async { Err(Problem::not_found("gone")) }).await;
        assert_eq!(failed.unwrap_err().message, "gone");
        assert_eq!(*shared.get(1, async { Ok(7) }).await.unwrap(), 7);
    }
}
