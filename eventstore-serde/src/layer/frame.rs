//! The marks that layers put before their output.

/// How every mark begins: neither JSON nor any other UTF-8, nor MessagePack has the first byte.
const MARK: [u8; 3] = [0xC1, b'E', b'S'];

/// What follows a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    #[cfg(feature = "zstd")]
    Zstd,
    #[cfg(feature = "encryption")]
    Encrypted,
    /// Unchanged bytes that happen to have the form of one of these frames.
    #[cfg(feature = "encryption")]
    Plain,
}

impl Frame {
    fn kind(self) -> u8 {
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd => b'z',
            #[cfg(feature = "encryption")]
            Self::Encrypted => b'e',
            #[cfg(feature = "encryption")]
            Self::Plain => b'p',
        }
    }

    pub(super) fn mark(self) -> [u8; 4] {
        [MARK[0], MARK[1], MARK[2], self.kind()]
    }

    /// The bytes after the mark, if they begin with this one.
    pub(super) fn strip(self, bytes: &[u8]) -> Option<&[u8]> {
        bytes.strip_prefix(&self.mark())
    }
}

/// Takes what a frame consists of from its front.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}
