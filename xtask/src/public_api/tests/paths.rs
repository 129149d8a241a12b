use super::{listed, listed_of, try_listed};

#[test]
fn what_is_private_is_not_listed() {
    let text = "mod a { pub struct X; } pub(crate) struct Y; struct Z; pub fn f() {} fn g() {}";
    assert_eq!(listed_of(text), ["pub fn crate::f()"]);
}

#[test]
fn files_are_followed() {
    let files = [
        ("lib.rs", "pub mod a; pub mod b { pub mod c; }"),
        ("a/mod.rs", "pub mod d;"),
        ("a/d.rs", "pub const D: u8 = 1;"),
        ("b/c.rs", "pub const C: u8 = 1;"),
    ];
    let expected = [
        "pub mod crate::a",
        "pub mod crate::a::d",
        "pub const crate::a::d::D: u8",
        "pub mod crate::b",
        "pub mod crate::b::c",
        "pub const crate::b::c::C: u8",
    ];
    assert_eq!(listed(&files), expected);
    assert!(try_listed(&[("lib.rs", "pub mod a;")]).is_err());
}

#[test]
fn items_of_private_modules_have_the_paths_at_which_they_are_used() {
    let text = "mod a { pub struct A; pub struct B; pub mod c { pub struct C; } pub struct D; }
        pub use a::{A, B as Renamed, c::{self, C as Cc}};";
    let expected = [
        "pub struct crate::A",
        "pub struct crate::Cc",
        "pub struct crate::Renamed",
        "pub mod crate::c",
        "pub use crate::c::C = crate::Cc",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn a_glob_brings_what_is_public() {
    let text = "mod a { pub struct A; struct B; pub(crate) struct C; mod d { pub struct D; } pub use self::d::*; } pub use a::*;";
    assert_eq!(listed_of(text), ["pub struct crate::A", "pub struct crate::D"]);
}

#[test]
fn modules_may_use_each_other_in_circles() {
    let text = "pub mod a { pub use super::b::*; pub struct A; } pub mod b { pub use super::a::*; }";
    let expected = [
        "pub mod crate::a",
        "pub struct crate::a::A",
        "pub mod crate::b",
        "pub use crate::b::A = crate::a::A",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn a_function_may_have_the_name_of_its_module() {
    let text = "mod verify { pub fn verify() {} mod verify { pub struct X; } } pub use verify::verify;";
    assert_eq!(listed_of(text), ["pub fn crate::verify()"]);
}

#[test]
fn other_crates_are_listed_as_such() {
    let text = "pub use sqlx; pub use ::time::Duration as Span; pub use bytes::*;";
    let expected = [
        "pub use crate::* = bytes::*",
        "pub use crate::Span = time::Duration",
        "pub use crate::sqlx = sqlx",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn the_shortest_path_that_is_not_hidden_is_that_of_the_item() {
    let text = "mod a { pub struct A; } #[doc(hidden)] pub use a::A as Hidden; pub mod b { pub use crate::a::A; }
        pub mod prelude { pub use crate::b::A; }";
    let expected = [
        "#[doc(hidden)] pub use crate::Hidden = crate::b::A",
        "pub mod crate::b",
        "pub struct crate::b::A",
        "pub mod crate::prelude",
        "pub use crate::prelude::A = crate::b::A",
    ];
    assert_eq!(listed_of(text), expected);
}

#[test]
fn a_name_that_does_not_exist_is_an_error() {
    let error = try_listed(&[("lib.rs", "mod a {} pub use a::A;")]).unwrap_err();
    assert_eq!(error.to_string(), "the root does not have a::A");
}

#[test]
fn variants_can_be_used_too() {
    let text = "pub enum E { V } pub use E::V; pub use self::E::*;";
    let expected = [
        "pub use crate::* = crate::E::*",
        "pub enum crate::E",
        "crate::E::V",
        "pub use crate::V = crate::E::V",
    ];
    assert_eq!(listed_of(text), expected);
}
