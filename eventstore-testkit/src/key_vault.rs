//! Conformance cases for backends that keep the keys of subjects ([`KeyVault`]): `conformance_of_key_vaults!` makes a
//! test of each.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a case fails by panicking"
)]

use std::sync::Arc;

use eventstore_core::backend::{ForgottenSubject, KeyAddition, KeyVault, SubjectKeys, WrappedKey};
use tokio::task::JoinSet;

fn key(number: u32, bytes: &'static str) -> WrappedKey {
    WrappedKey {
        number,
        bytes: bytes.into(),
    }
}

async fn forgotten(vault: &dyn KeyVault, after: u64, limit: u32) -> Vec<(u64, String)> {
    let forgotten = vault.forgotten_after(after, limit).await.unwrap();
    let pair = |ForgottenSubject { number, subject }| (number, subject);
    forgotten.into_iter().map(pair).collect()
}

/// Keys are given back as they were added, each subject's apart, in the order of their numbers.
pub async fn keeps_the_keys_of_each_subject(vault: Arc<dyn KeyVault>) {
    assert_eq!(vault.keys_of("ada").await.unwrap(), SubjectKeys::Kept(vec![]));
    for (subject, number, bytes) in [("ada", 2, "two"), ("ada", 1, "one"), ("Ada", 1, "other"), ("", 7, "")] {
        assert_eq!(
            vault.add_key(subject, key(number, bytes)).await.unwrap(),
            KeyAddition::Added
        );
    }
    let keys = SubjectKeys::Kept(vec![key(1, "one"), key(2, "two")]);
    assert_eq!(vault.keys_of("ada").await.unwrap(), keys);
    assert_eq!(
        vault.keys_of("Ada").await.unwrap(),
        SubjectKeys::Kept(vec![key(1, "other")])
    );
    assert_eq!(vault.keys_of("").await.unwrap(), SubjectKeys::Kept(vec![key(7, "")]));
    assert_eq!(
        vault.add_key("ada", key(2, "again")).await.unwrap(),
        KeyAddition::NumberTaken
    );
    assert_eq!(vault.keys_of("ada").await.unwrap(), keys);
}

/// Of several who add the same number, one succeeds.
pub async fn adds_a_number_once(vault: Arc<dyn KeyVault>) {
    let mut callers = JoinSet::new();
    for bytes in ["a", "b", "c", "d", "e", "f"] {
        let vault = Arc::clone(&vault);
        callers.spawn(async move { (bytes, vault.add_key("ada", key(1, bytes)).await.unwrap()) });
    }
    let answers = callers.join_all().await;
    let added: Vec<_> = answers
        .iter()
        .filter(|(_, answer)| *answer == KeyAddition::Added)
        .collect();
    assert_eq!(added.len(), 1, "{answers:?}");
    assert_eq!(
        vault.keys_of("ada").await.unwrap(),
        SubjectKeys::Kept(vec![key(1, added[0].0)])
    );
}

/// A forgotten subject has no key, and gets none; others keep theirs.
pub async fn forgets_a_subject_for_good(vault: Arc<dyn KeyVault>) {
    for subject in ["ada", "bob"] {
        vault.add_key(subject, key(1, "one")).await.unwrap();
    }
    for _ in 0..2 {
        vault.forget_subject("ada").await.unwrap();
        assert_eq!(vault.keys_of("ada").await.unwrap(), SubjectKeys::Forgotten);
        for number in [1, 2] {
            assert_eq!(
                vault.add_key("ada", key(number, "new")).await.unwrap(),
                KeyAddition::Forgotten
            );
        }
    }
    vault.forget_subject("never seen").await.unwrap();
    assert_eq!(vault.keys_of("never seen").await.unwrap(), SubjectKeys::Forgotten);
    assert_eq!(
        vault.keys_of("bob").await.unwrap(),
        SubjectKeys::Kept(vec![key(1, "one")])
    );
}

/// The forgotten subjects are listed in the order in which they were forgotten.
pub async fn lists_forgotten_subjects_in_their_order(vault: Arc<dyn KeyVault>) {
    assert_eq!(forgotten(&*vault, 0, 10).await, []);
    for subject in ["b", "a", "c", "a"] {
        vault.forget_subject(subject).await.unwrap();
    }
    let all = forgotten(&*vault, 0, 10).await;
    let subjects: Vec<_> = all.iter().map(|(_, subject)| subject.as_str()).collect();
    assert_eq!(subjects, ["b", "a", "c"]);
    assert!(
        all.is_sorted_by(|(one, _), (next, _)| one < next) && all[0].0 > 0,
        "{all:?}"
    );
    assert_eq!(forgotten(&*vault, 0, 2).await, all[..2]);
    assert_eq!(forgotten(&*vault, all[1].0, 10).await, all[2..]);
    assert_eq!(forgotten(&*vault, all[2].0, 10).await, []);
}

/// A caller that follows the forgotten subjects misses none, and no key outlives its subject, even if both are done at once.
pub async fn forgets_completely_while_keys_are_added(vault: Arc<dyn KeyVault>) {
    let mut callers = JoinSet::new();
    for index in 0..20 {
        let subject = format!("subject {index}");
        for number in 1..=3 {
            let (vault, subject) = (Arc::clone(&vault), subject.clone());
            callers.spawn(async move {
                vault.add_key(&subject, key(number, "key")).await.unwrap();
            });
        }
        let vault = Arc::clone(&vault);
        callers.spawn(async move { vault.forget_subject(&subject).await.unwrap() });
    }
    let (mut seen, mut last) = (Vec::new(), 0);
    while seen.len() < 20 {
        for (number, subject) in forgotten(&*vault, last, 10).await {
            assert!(number > last, "{number} after {last}");
            last = number;
            seen.push(subject);
        }
        tokio::task::yield_now().await;
    }
    callers.join_all().await;
    for subject in seen {
        assert_eq!(vault.keys_of(&subject).await.unwrap(), SubjectKeys::Forgotten);
    }
}

/// Runs one case on a runtime of its own.
#[doc(hidden)]
pub fn run(case: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(case);
}

/// Makes a test of each case.
///
/// The argument is the path of an `async fn` that opens an empty vault. The function returns a value that must live as
/// long as the vault, and the vault as an `Arc<dyn KeyVault>`.
///
/// ```
/// use std::sync::Arc;
///
/// use eventstore_core::backend::KeyVault;
/// use eventstore_testkit::MemoryStore;
///
/// async fn open() -> ((), Arc<dyn KeyVault>) {
///     ((), Arc::new(MemoryStore::new()))
/// }
///
/// eventstore_testkit::conformance_of_key_vaults!(open);
/// ```
#[macro_export]
macro_rules! conformance_of_key_vaults {
    ($open:path) => {
        $crate::conformance_of_key_vaults! {
            $open:
            keeps_the_keys_of_each_subject,
            adds_a_number_once,
            forgets_a_subject_for_good,
            lists_forgotten_subjects_in_their_order,
            forgets_completely_while_keys_are_added,
        }
    };
    ($open:path: $($case:ident,)+) => {$(
        #[test]
        fn $case() {
            $crate::key_vault::run(async {
                let (_guard, vault) = $open().await;
                $crate::key_vault::$case(vault).await;
            });
        }
    )+};
}
