use chacha20poly1305::aead::{AeadInOut, Generate, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::SubjectKey;
use crate::SerdeError;
use crate::layer::frame::{Frame, take};

/// What errors call the layer.
pub(super) const LAYER: &str = "encryption";

/// An encrypted payload, split into its parts. They are, in this order: the mark, the number of the key, the length of the
/// subject's name, the name, and then the nonce and the encrypted bytes with their tag. All before the nonce is authenticated too.
pub(super) struct Sealed<'a> {
    pub(super) key_id: u32,
    pub(super) subject: &'a str,
    head: &'a [u8],
    nonce: [u8; NONCE_LENGTH],
    encrypted: &'a [u8],
}

const NONCE_LENGTH: usize = 24;

impl<'a> Sealed<'a> {
    /// Takes apart what is not empty and begins with the mark of this frame; `None` if something else is there.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Result<Self, SerdeError>> {
        let frame = Frame::Encrypted.strip(bytes)?;
        Some(Self::parse_frame(bytes, frame).ok_or_else(|| SerdeError::layer(LAYER, "the payload is damaged")))
    }

    fn parse_frame(bytes: &'a [u8], mut rest: &'a [u8]) -> Option<Self> {
        let key_id = u32::from_le_bytes(take(&mut rest)?);
        let length = u16::from_le_bytes(take(&mut rest)?);
        let (subject, mut rest) = rest.split_at_checked(length.into())?;
        let head = bytes.get(..bytes.len() - rest.len())?;
        Some(Self {
            key_id,
            subject: std::str::from_utf8(subject).ok()?,
            head,
            nonce: take(&mut rest)?,
            encrypted: rest,
        })
    }

    pub(super) fn decrypt(&self, key: &SubjectKey) -> Result<Vec<u8>, SerdeError> {
        let mut buffer = self.encrypted.to_vec();
        cipher(key)
            .decrypt_in_place(&XNonce::from(self.nonce), self.head, &mut buffer)
            .map_err(|_| SerdeError::layer(LAYER, "the payload is damaged, or was encrypted with another key"))?;
        Ok(buffer)
    }
}

pub(super) fn encrypt(key: &SubjectKey, subject: &str, bytes: &[u8]) -> Result<Vec<u8>, SerdeError> {
    let length =
        u16::try_from(subject.len()).map_err(|_| SerdeError::layer(LAYER, "the subject's name is too long"))?;
    let nonce = XNonce::try_generate().map_err(|_| SerdeError::layer(LAYER, "the system has no randomness"))?;
    let head = [
        &Frame::Encrypted.mark()[..],
        &key.id().to_le_bytes(),
        &length.to_le_bytes(),
        subject.as_bytes(),
    ]
    .concat();
    let mut encrypted = bytes.to_vec();
    cipher(key)
        .encrypt_in_place(&nonce, &head, &mut encrypted)
        .map_err(|_| SerdeError::layer(LAYER, "the payload is too long"))?;
    Ok([&head[..], &nonce[..], &encrypted].concat())
}

fn cipher(key: &SubjectKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*key.bytes()).into())
}
