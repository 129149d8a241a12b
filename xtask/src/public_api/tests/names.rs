use super::listed_of;

#[test]
fn types_are_told_independently_of_imports() {
    let one = "use std::fmt; mod a { pub struct A; } use a::A; pub use a::A as B; pub fn f(a: &A, f: &mut fmt::Formatter<'_>) {}";
    let other = "use std::fmt::Formatter; mod a { pub struct A; } pub use self::a::A as B;
        pub fn f(a: &crate::a::A, f: &mut Formatter<'_>) {}";
    assert_eq!(listed_of(one), listed_of(other));
    assert!(listed_of(one).contains(&"pub fn crate::f(a: &crate::B, f: &mut std::fmt::Formatter<'_>)".to_owned()));
}

#[test]
fn a_parameter_hides_a_type() {
    let text = "pub struct T; pub fn f<T: Clone>(t: T) -> Vec<T> {} pub fn g(t: T) {}";
    let lines = listed_of(text);
    assert!(
        lines.contains(&"pub fn crate::f<T: Clone>(t: T) -> Vec<T>".to_owned()),
        "{lines:?}"
    );
    assert!(lines.contains(&"pub fn crate::g(t: crate::T)".to_owned()), "{lines:?}");
}

#[test]
fn arguments_and_qualified_paths_are_kept() {
    let text = "use std::collections as c; use std::ops::Deref; pub fn f<T: Deref>(a: c::BTreeMap<u8, T>, b: <T as Deref>::Target) {}";
    let expected = "pub fn crate::f<T: std::ops::Deref>(a: std::collections::BTreeMap<u8, T>, \
                    b: <T as std::ops::Deref>::Target)";
    assert_eq!(listed_of(text), [expected]);
}

#[test]
fn a_private_import_is_not_what_another_module_means() {
    let text = "mod error { use thiserror::Error; #[derive(Error)] pub enum Error {} } pub use error::Error;
        pub mod a { use thiserror::Error as ThisError; use crate::Error; pub fn f(e: Error) {} }
        pub mod b { use thiserror::Error; use crate::Error; pub fn f(e: Error) {} }
        pub mod c { use thiserror::Error; use other::Error; pub fn f(e: Error) {} }";
    let expected = [
        "pub enum crate::Error",
        "impl std::error::Error for crate::Error",
        "impl std::fmt::Display for crate::Error",
        "pub mod crate::a",
        "pub fn crate::a::f(e: crate::Error)",
        "pub mod crate::b",
        "pub fn crate::b::f(e: crate::Error)",
        "pub mod crate::c",
        "pub fn crate::c::f(e: other::Error)",
    ];
    assert_eq!(listed_of(text), expected);
}
