use std::error::Error as StdError;

use bytes::Bytes;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type, ValueRef};

use crate::values::DataType;

/// The built-in types by their fixed ids, so that the server need not be asked for them.
const BYTEA_OID: Oid = Oid(17);
const JSONB_OID: Oid = Oid(3802);
const BYTEA: PgTypeInfo = PgTypeInfo::with_oid(BYTEA_OID);
const BYTEA_ARRAY: PgTypeInfo = PgTypeInfo::with_oid(Oid(1001));
const JSONB: PgTypeInfo = PgTypeInfo::with_oid(JSONB_OID);
const JSONB_ARRAY: PgTypeInfo = PgTypeInfo::with_oid(Oid(3807));

/// What comes before the text of a `jsonb` value on the wire: the version of this format, the only one there is.
const JSONB_VERSION: u8 = 1;

/// How an empty array begins on the wire: it has no dimensions, and no element is NULL.
const NO_DIMENSIONS: [u8; 8] = [0; 8];

/// A payload, or none, on its way into a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Payload<'a> {
    data_type: DataType,
    bytes: Option<&'a [u8]>,
}

impl<'a> Payload<'a> {
    pub(crate) fn new(data_type: DataType, bytes: Option<&'a [u8]>) -> Self {
        Self { data_type, bytes }
    }
}

impl Type<Postgres> for Payload<'_> {
    fn type_info() -> PgTypeInfo {
        BYTEA
    }
}

impl PgHasArrayType for Payload<'_> {
    fn array_type_info() -> PgTypeInfo {
        BYTEA_ARRAY
    }
}

impl Encode<'_, Postgres> for Payload<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let Some(bytes) = self.bytes else {
            return Ok(IsNull::Yes);
        };
        if self.data_type == DataType::Jsonb {
            buffer.push(JSONB_VERSION);
        }
        buffer.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(match self.data_type {
            DataType::Bytea => BYTEA,
            DataType::Jsonb => JSONB,
        })
    }
}

/// The payloads of several events on their way into one column.
#[derive(Debug)]
pub(crate) struct PayloadColumn<'a> {
    data_type: DataType,
    payloads: Vec<Payload<'a>>,
}

impl<'a> PayloadColumn<'a> {
    pub(crate) fn new(data_type: DataType, payloads: impl IntoIterator<Item = Option<&'a [u8]>>) -> Self {
        let payloads = payloads.into_iter().map(|bytes| Payload::new(data_type, bytes));
        Self {
            data_type,
            payloads: payloads.collect(),
        }
    }
}

impl Type<Postgres> for PayloadColumn<'_> {
    fn type_info() -> PgTypeInfo {
        BYTEA_ARRAY
    }
}

impl Encode<'_, Postgres> for PayloadColumn<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        if !self.payloads.is_empty() {
            return self.payloads.encode_by_ref(buffer);
        }
        // The driver would take the type of the elements from the first of them.
        buffer.extend_from_slice(&NO_DIMENSIONS);
        buffer.extend_from_slice(&element(self.data_type).0.to_be_bytes());
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(match self.data_type {
            DataType::Bytea => BYTEA_ARRAY,
            DataType::Jsonb => JSONB_ARRAY,
        })
    }
}

fn element(data_type: DataType) -> Oid {
    match data_type {
        DataType::Bytea => BYTEA_OID,
        DataType::Jsonb => JSONB_OID,
    }
}

/// A payload out of a column of either type.
#[derive(Debug)]
pub(crate) struct StoredPayload<'a>(&'a [u8]);

impl From<StoredPayload<'_>> for Bytes {
    fn from(payload: StoredPayload<'_>) -> Self {
        Self::copy_from_slice(payload.0)
    }
}

impl Type<Postgres> for StoredPayload<'_> {
    fn type_info() -> PgTypeInfo {
        BYTEA
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        *ty == BYTEA || *ty == JSONB
    }
}

impl<'r> Decode<'r, Postgres> for StoredPayload<'r> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        let bytes = value.as_bytes()?;
        if *value.type_info() != JSONB {
            return Ok(Self(bytes));
        }
        match bytes.split_first() {
            Some((&JSONB_VERSION, text)) => Ok(Self(text)),
            _ => Err("the format of a jsonb value is unknown".into()),
        }
    }
}
