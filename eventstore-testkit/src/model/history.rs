use super::{Operation, answer, contents};
use crate::MemoryStore;
use crate::conformance::Role;

/// The orders in which everything so far may have happened, each with the reference in the state that it leads to.
pub(super) struct Histories(Vec<History>);

struct History {
    operations: Vec<Operation>,
    reference: MemoryStore,
}

/// Why no order explains what a backend answered: what the reference answers in each.
pub(super) struct Unexplained(pub(super) Vec<Vec<String>>);

impl Histories {
    pub(super) fn new() -> Self {
        Self(vec![History {
            operations: vec![],
            reference: reference(),
        }])
    }

    /// Goes on with operations that ran at the same time, in every order in which the reference answers the same.
    pub(super) async fn go_on(&mut self, operations: &[Operation], answers: &[String]) -> Result<(), Unexplained> {
        let mut explained: Vec<History> = Vec::new();
        let mut unexplained = Vec::new();
        for history in &self.0 {
            for order in orders(operations.len()) {
                let next = history
                    .followed_by(order.iter().map(|index| operations[*index].clone()))
                    .await;
                let in_order: Vec<_> = order.iter().map(|index| answers[*index].clone()).collect();
                if next.1 != in_order {
                    unexplained.push(next.1);
                } else if !is_known(&explained, &next.0).await {
                    explained.push(next.0);
                }
            }
        }
        if explained.is_empty() {
            return Err(Unexplained(unexplained));
        }
        self.0 = explained;
        Ok(())
    }

    /// Whether this is what the reference holds in the end, in one of the orders.
    pub(super) async fn end_with(&self, roles: &[Role], contents_of_subject: &[String]) -> Result<(), Unexplained> {
        let mut others = Vec::new();
        for history in &self.0 {
            let contents = contents(&history.reference, roles).await;
            if contents == contents_of_subject {
                return Ok(());
            }
            others.push(contents);
        }
        Err(Unexplained(others))
    }
}

impl History {
    /// The history that goes on so, and what the reference answers to what is new.
    async fn followed_by(&self, operations: impl Iterator<Item = Operation>) -> (Self, Vec<String>) {
        let reference = self.replayed().await;
        let mut answers = Vec::new();
        let mut all = self.operations.clone();
        for operation in operations {
            answers.push(answer(&reference, &operation).await);
            all.push(operation);
        }
        let next = Self {
            operations: all,
            reference,
        };
        (next, answers)
    }

    async fn replayed(&self) -> MemoryStore {
        let reference = reference();
        for operation in &self.operations {
            answer(&reference, operation).await;
        }
        reference
    }
}

fn reference() -> MemoryStore {
    MemoryStore::new().with_hard_deletes()
}

async fn is_known(histories: &[History], next: &History) -> bool {
    let contents_of_next = contents(&next.reference, &Role::ALL).await;
    for history in histories {
        if contents(&history.reference, &Role::ALL).await == contents_of_next {
            return true;
        }
    }
    false
}

/// All orders of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    match count.checked_sub(1) {
        None => vec![vec![]],
        Some(last) => orders(last)
            .into_iter()
            .flat_map(|order| {
                (0..=last).map(move |place| {
                    let mut order = order.clone();
                    order.insert(place, last);
                    order
                })
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_things_have_six_orders() {
        let mut orders = orders(3);
        orders.sort();
        orders.dedup();
        assert_eq!(orders.len(), 6);
    }
}
