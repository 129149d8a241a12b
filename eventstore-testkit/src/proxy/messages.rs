use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, BufReader};

/// The number of bytes of a length, which counts itself.
const LENGTH: usize = 4;

/// What a first message says in place of a version of the protocol.
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;

/// The messages of one side, one after another.
#[derive(Debug)]
pub(super) struct Messages<R> {
    reader: BufReader<R>,
}

impl<R: AsyncRead + Unpin> Messages<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::with_capacity(65_536, reader),
        }
    }

    /// The next message, from its type on.
    pub(super) async fn next(&mut self) -> io::Result<Vec<u8>> {
        self.after(1).await
    }

    /// The next message of a client that has not yet said who it is: it has no type.
    pub(super) async fn next_untyped(&mut self) -> io::Result<Vec<u8>> {
        self.after(0).await
    }

    /// Whether more has arrived already.
    pub(super) fn has_more(&self) -> bool {
        !self.reader.buffer().is_empty()
    }

    async fn after(&mut self, type_length: usize) -> io::Result<Vec<u8>> {
        let mut message = vec![0; type_length + LENGTH];
        self.reader.read_exact(&mut message).await?;
        let length = number_at(&message, type_length)
            .and_then(|length| usize::try_from(length).ok())
            .filter(|length| *length >= LENGTH)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no message of the PostgreSQL protocol"))?;
        let mut rest = vec![0; length - LENGTH];
        self.reader.read_exact(&mut rest).await?;
        message.append(&mut rest);
        Ok(message)
    }
}

/// Whether a first message asks for encryption, after whose refusal another first message follows.
pub(super) fn asks_for_encryption(message: &[u8]) -> bool {
    matches!(number_at(message, LENGTH), Some(SSL_REQUEST | GSS_REQUEST))
}

fn number_at(message: &[u8], at: usize) -> Option<u32> {
    let bytes = message.get(at..at + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn are_cut_where_their_lengths_say() {
        let bytes = b"\0\0\0\x08\0\x03\0\0Q\0\0\0\x06ab\0S\0\0\0\x04";
        let mut messages = Messages::new(&bytes[..]);
        assert_eq!(messages.next_untyped().await.unwrap(), b"\0\0\0\x08\0\x03\0\0");
        assert_eq!(messages.next().await.unwrap(), b"Q\0\0\0\x06ab");
        assert!(messages.has_more());
    }

    #[tokio::test]
    async fn end_with_an_error_unless_they_are_whole() {
        for (bytes, kind) in [
            (&b""[..], io::ErrorKind::UnexpectedEof),
            (b"Q\0\0\0\x06a", io::ErrorKind::UnexpectedEof),
            (b"Q\0\0\0\x03", io::ErrorKind::InvalidData),
        ] {
            assert_eq!(Messages::new(bytes).next().await.unwrap_err().kind(), kind);
        }
    }

    #[test]
    fn a_request_for_encryption_is_known_by_its_number() {
        assert!(asks_for_encryption(b"\0\0\0\x08\x04\xd2\x16\x2f"));
        assert!(asks_for_encryption(b"\0\0\0\x08\x04\xd2\x16\x30"));
        assert!(!asks_for_encryption(b"\0\0\0\x08\0\x03\0\0"));
        assert!(!asks_for_encryption(b"\0\0\0\x04"));
    }
}
