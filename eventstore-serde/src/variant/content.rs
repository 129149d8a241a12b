use serde::ser::{
    Error as _, Impossible, Serialize, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleVariant,
    Serializer,
};

use super::refuse::refuse_what_is_no_variant;

/// The content of a variant, as if it were a value without a variant around it.
///
/// | variant | content |
/// |---|---|
/// | unit | a struct without fields |
/// | newtype | the value in it |
/// | tuple | a tuple |
/// | struct | a struct |
pub(super) struct Content<'a, E: ?Sized>(pub(super) &'a E);

impl<E: Serialize + ?Sized> Serialize for Content<'_, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(WithoutVariant(serializer))
    }
}

struct WithoutVariant<S>(S);

impl<S: Serializer> Serializer for WithoutVariant<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeTupleVariant = WithoutVariant<S::SerializeTuple>;
    type SerializeStructVariant = WithoutVariant<S::SerializeStruct>;

    refuse_what_is_no_variant!(S::Error::custom("no variant of an enum"));

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.0.serialize_struct(variant, 0)?.end()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(self.0)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple(length).map(WithoutVariant)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct(variant, length).map(WithoutVariant)
    }
}

impl<T: SerializeTuple> SerializeTupleVariant for WithoutVariant<T> {
    type Ok = T::Ok;
    type Error = T::Error;

    fn serialize_field<F: Serialize + ?Sized>(&mut self, value: &F) -> Result<(), T::Error> {
        self.0.serialize_element(value)
    }

    fn end(self) -> Result<T::Ok, T::Error> {
        self.0.end()
    }
}

impl<T: SerializeStruct> SerializeStructVariant for WithoutVariant<T> {
    type Ok = T::Ok;
    type Error = T::Error;

    fn serialize_field<F: Serialize + ?Sized>(&mut self, key: &'static str, value: &F) -> Result<(), T::Error> {
        self.0.serialize_field(key, value)
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), T::Error> {
        self.0.skip_field(key)
    }

    fn end(self) -> Result<T::Ok, T::Error> {
        self.0.end()
    }
}
