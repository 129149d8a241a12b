//! An enum's variant as an event: its name is the type, its content the data.

mod content;
mod decode;
mod name;
mod names;
mod refuse;

use bytes::Bytes;
use serde::Serialize;

pub(crate) use decode::decode;
pub(crate) use names::names_of;

use self::content::Content;
use self::name::name_of;
use crate::{SerdeError, Serializer};

/// The name of the value's variant, and its content.
pub(crate) fn encode<E, S>(serializer: &S, event: &E) -> Result<(&'static str, Bytes), SerdeError>
where
    E: Serialize + ?Sized,
    S: Serializer,
{
    let name = name_of(event).ok_or_else(|| SerdeError::NotAnEnum {
        type_name: std::any::type_name::<E>(),
    })?;
    Ok((name, serializer.serialize(&Content(event))?))
}
