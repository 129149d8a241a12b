use std::convert::Infallible;
use std::fmt;

use serde::ser::{self, Impossible, Serialize, Serializer};

use super::refuse::refuse_what_is_no_variant;

/// The name of the value's variant; `None` if it is no variant.
pub(super) fn name_of<E: Serialize + ?Sized>(event: &E) -> Option<&'static str> {
    match event.serialize(FindName) {
        Err(Finding::Variant(name)) => Some(name),
        Err(Finding::NoVariant) => None,
        Ok(never) => match never {},
    }
}

/// Asks a value to be serialized, and stops as soon as the name is known: no field is read.
struct FindName;

/// The result, which serde takes for an error.
#[derive(Debug)]
enum Finding {
    Variant(&'static str),
    NoVariant,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no more has to be serialized")
    }
}

impl std::error::Error for Finding {}

impl ser::Error for Finding {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::NoVariant
    }
}

impl Serializer for FindName {
    type Ok = Infallible;
    type Error = Finding;
    type SerializeTupleVariant = Impossible<Infallible, Finding>;
    type SerializeStructVariant = Impossible<Infallible, Finding>;

    refuse_what_is_no_variant!(Finding::NoVariant);

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Infallible, Finding> {
        Err(Finding::Variant(variant))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: &T,
    ) -> Result<Infallible, Finding> {
        Err(Finding::Variant(variant))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Finding> {
        Err(Finding::Variant(variant))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Finding> {
        Err(Finding::Variant(variant))
    }
}
