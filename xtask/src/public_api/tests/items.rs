use super::listed_of;

#[test]
fn structs_tell_their_public_fields_and_whether_there_are_others() {
    let text = "pub struct A { pub a: u8, b: u8 } pub struct B { pub b: u8 } pub struct C(pub u8, u8); pub struct D;
        #[non_exhaustive] pub struct E<T: Clone = u8>(pub T) where T: Copy;";
    let expected = [
        "pub struct crate::A { .. }",
        "pub crate::A::a: u8",
        "pub struct crate::B {}",
        "pub crate::B::b: u8",
        "pub struct crate::C(..)",
        "pub crate::C::0: u8",
        "pub struct crate::D",
        "#[non_exhaustive] pub struct crate::E<T: Clone = u8> where T: Copy()",
        "pub crate::E::0: T",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn enums_tell_their_variants() {
    let text = "#[non_exhaustive] pub enum E<T> { A, B(T, #[from] u8), #[non_exhaustive] C { c: T }, D = 1 << 2 }";
    let expected = [
        "#[non_exhaustive] pub enum crate::E<T>",
        "crate::E::A",
        "crate::E::B(T, u8)",
        "#[non_exhaustive] crate::E::C { c: T }",
        "crate::E::D = 1 << 2",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn traits_tell_what_must_be_implemented() {
    let text = "#[async_trait] pub trait T<X>: Send { type A: Clone; const C: u8 = 1; async fn f(&self, x: X);
        #[must_use] fn g(&mut self) -> Self::A { todo!() } }";
    let expected = [
        "#[async_trait] pub trait crate::T<X>: Send",
        "type crate::T::A: Clone",
        "const crate::T::C: u8 { .. }",
        "async fn crate::T::f(&self, x: X)",
        "#[must_use] fn crate::T::g(&mut self) -> Self::A { .. }",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn functions_tell_what_concerns_callers() {
    let text = "/// Docs.\n#[must_use = \"why\"] pub const fn f(mut a: u8, (b, c): (u8, u8)) -> u8 { 1 }
        pub unsafe extern \"C\" fn g() {} pub static S: u8 = 1; pub type A<T> = Vec<T>;";
    let expected = [
        "pub type crate::A<T> = Vec<T>",
        "pub static crate::S: u8",
        "#[must_use] pub const fn crate::f(a: u8, _: (u8, u8)) -> u8",
        "pub unsafe extern \"C\" fn crate::g()",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn exported_macros_tell_their_patterns() {
    let text = "mod a { #[macro_export] macro_rules! m { () => { x }; ($a:ident, $($b:ty),*) => {}; }
        macro_rules! n { () => {}; } #[doc(hidden)] #[macro_export] macro_rules! o { () => {}; } }";
    let expected = [
        "pub macro crate::m!($a:ident, $($b:ty),*)",
        "pub macro crate::m!()",
        "#[doc(hidden)] pub macro crate::o!",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn what_macros_of_the_crate_make_is_listed() {
    let text = "macro_rules! number { ($(#[$docs:meta])* $name:ident) => {
            $(#[$docs])* pub struct $name(i64); impl $name { pub const ZERO: Self = Self(0); } impl From<$name> for i64 {} } }
        number! { /// Docs.\n #[non_exhaustive] N }";
    let expected = [
        "#[non_exhaustive] pub struct crate::N(..)",
        "impl From<crate::N> for i64",
        "pub const crate::N::ZERO: Self",
    ];
    assert_eq!(listed_of(text), expected);
}
