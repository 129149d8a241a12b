use super::listed_of;

#[test]
fn methods_follow_their_type_wherever_they_are_written() {
    let text = "mod a { pub struct A<T>(T); } pub use a::A as B;
        mod b { use super::a::A; impl<T: Clone> A<T> where T: Copy {
            pub const C: u8 = 1; pub fn f(mut self, t: T) {} fn g() {} pub(crate) fn h() {} } }";
    let expected = [
        "pub struct crate::B<T>(..)",
        "impl<T: Clone> pub const crate::B<T>::C: u8",
        "impl<T: Clone> pub fn crate::B<T>::f(self, t: T) where T: Copy",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn traits_are_listed_if_all_that_they_are_about_is_public() {
    let text = "pub struct A; struct P; trait Private {} pub trait Public {}
        impl Private for A {} impl Public for P {} impl From<P> for A {} impl From<A> for u8 {}
        impl<T: Public + ?Sized> Public for &T {} impl std::str::FromStr for A { type Err = A; fn from_str() {} }";
    let expected = [
        "pub struct crate::A",
        "impl From<crate::A> for u8",
        "impl std::str::FromStr for crate::A",
        "type <crate::A as std::str::FromStr>::Err = crate::A",
        "pub trait crate::Public",
        "impl<T: crate::Public + ?Sized> crate::Public for &T",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn derives_are_implementations() {
    let text =
        "#[derive(Debug, Clone)] #[cfg_attr(feature = \"serde\", derive(serde::Deserialize))] pub struct A<T>(T);";
    let expected = [
        "pub struct crate::A<T>(..)",
        "#[cfg(feature = \"serde\")] impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for crate::A<T>",
        "impl<T: Clone> Clone for crate::A<T>",
        "impl<T: std::fmt::Debug> std::fmt::Debug for crate::A<T>",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn errors_convert_from_their_sources() {
    let text = "use thiserror::Error; #[derive(Error)] pub enum E { #[error(\"a\")] A(#[from] std::io::Error), B(u8) }";
    let expected = [
        "pub enum crate::E",
        "impl From<std::io::Error> for crate::E",
        "impl std::error::Error for crate::E",
        "impl std::fmt::Display for crate::E",
        "crate::E::A(std::io::Error)",
        "crate::E::B(u8)",
    ];
    assert_eq!(listed_of(text), expected);
}
