use eventstore_core::StreamSelector;

use super::{category, event_of, filtered, prefix, put, types};
use crate::conformance::Harness;
use crate::conformance::sample::{numbers, numbers_of};

/// No character of a prefix or a category matches others.
pub async fn takes_no_character_for_a_wildcard(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["a_b-1", "axb-1", "a%b-1", "a\\b-1", "a.b-1", "a*b-1", "%-1", "_-1"] {
        put(&*store, name, vec![event_of("T", 0)]).await;
    }
    let tables = [
        ("a_b", 1),
        ("axb", 2),
        ("a%b", 3),
        ("a\\b", 4),
        ("a.b", 5),
        ("a*b", 6),
        ("%", 7),
        ("_", 8),
    ];
    for (text, number) in tables {
        for filter in [prefix(text), category(text)] {
            let found = filtered(&*store, StreamSelector::All, filter.clone()).await;
            assert_eq!(numbers_of(&found), numbers([number]), "{filter:?}");
        }
    }
}

/// No character of an event type matches others.
pub async fn takes_no_character_of_a_type_for_a_wildcard(harness: &dyn Harness) {
    let store = harness.store();
    let kinds = ["Or_er", "Order", "Or%", "", "{Order,Or%}", "\"Order\"", "NULL"];
    for kind in kinds {
        put(&*store, "s", vec![event_of(kind, 0)]).await;
    }
    for (number, kind) in (1..).zip(kinds) {
        let found = filtered(&*store, StreamSelector::All, types(&[kind])).await;
        assert_eq!(numbers_of(&found), numbers([number]), "{kind:?}");
    }
}

/// Case counts, in names and in types.
pub async fn tells_case_apart(harness: &dyn Harness) {
    let store = harness.store();
    for (name, kind) in [("order-1", "Paid"), ("Order-1", "paid"), ("ORDER-1", "PAID")] {
        put(&*store, name, vec![event_of(kind, 0)]).await;
    }
    for (filter, number) in [
        (prefix("order"), 1),
        (prefix("Order"), 2),
        (category("ORDER"), 3),
        (category("order"), 1),
        (types(&["paid"]), 2),
        (types(&["PAID"]), 3),
    ] {
        let found = filtered(&*store, StreamSelector::All, filter.clone()).await;
        assert_eq!(numbers_of(&found), numbers([number]), "{filter:?}");
    }
}

/// A prefix, a category or a type may contain any characters; ones that are only similar differ.
pub async fn compares_character_by_character(harness: &dyn Harness) {
    let store = harness.store();
    let (composed, decomposed) = ("x\u{e9}", "xe\u{301}");
    for name in [composed, decomposed, "配列", "🇪🇺", "a'b", "a b"] {
        put(&*store, &format!("{name}-1"), vec![event_of(name, 0)]).await;
    }
    for (filter, expected) in [
        (prefix("x"), &[1, 2][..]),
        (prefix(composed), &[1]),
        (category(decomposed), &[2]),
        (types(&[composed]), &[1]),
        (prefix("配"), &[3]),
        (category("配列"), &[3]),
        (category("🇪🇺"), &[4]),
        (prefix("🇪"), &[4]),
        (types(&["🇪🇺", "配列"]), &[3, 4]),
        (category("a'b"), &[5]),
        (prefix("a "), &[6]),
    ] {
        let found = filtered(&*store, StreamSelector::All, filter.clone()).await;
        assert_eq!(numbers_of(&found), numbers(expected.iter().copied()), "{filter:?}");
    }
}

/// A category ends before the first `-` of a name, wherever others follow.
pub async fn ends_a_category_before_the_first_hyphen(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["a-1-2", "a--", "a", "-a", "a1-a", "--a-"] {
        put(&*store, name, vec![event_of("T", 0)]).await;
    }
    let found = filtered(&*store, StreamSelector::All, category("a")).await;
    assert_eq!(numbers_of(&found), numbers([1, 2, 3]));
}
