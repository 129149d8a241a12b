use std::fmt;
use std::str::FromStr;

/// What an acknowledged append survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Synchronous {
    /// A power cut: each transaction is synced to the disk before it is acknowledged.
    #[default]
    Full,
    /// The end of the process, but not a power cut, which may take the last transactions. The file stays sound.
    Normal,
    /// The end of the process. A power cut may damage the file.
    Off,
}

/// As SQLite knows it.
impl fmt::Display for Synchronous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Normal => "normal",
            Self::Off => "off",
        })
    }
}

impl FromStr for Synchronous {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "full" => Ok(Self::Full),
            "normal" => Ok(Self::Normal),
            "off" => Ok(Self::Off),
            _ => Err("expected `full`, `normal` or `off`"),
        }
    }
}
