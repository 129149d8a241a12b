use super::listed_of;

#[test]
fn features_of_a_module_and_of_its_use_are_told() {
    let text =
        "#[cfg(feature = \"a\")] mod a { #[cfg(feature = \"b\")] pub struct A; impl A { #[cfg(unix)] pub fn f() {} } }
        #[cfg(all(feature = \"a\", feature = \"c\"))] pub use a::A;";
    let expected = [
        "#[cfg(all(feature = \"a\", feature = \"c\"))] #[cfg(feature = \"a\")] #[cfg(feature = \"b\")] pub struct crate::A",
        "#[cfg(feature = \"a\")] #[cfg(unix)] pub fn crate::A::f()",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn tests_are_left_out() {
    let text =
        "#[cfg(test)] pub mod a; #[cfg(all(doctest, feature = \"b\"))] pub fn b() {} #[cfg(not(test))] pub fn c() {}
        #[cfg_attr(test, derive(Debug))] pub struct D;";
    assert_eq!(
        listed_of(text),
        ["pub struct crate::D", "#[cfg(not(test))] pub fn crate::c()"]
    );
}
