use std::fmt;

/// The length of a `traceparent` of version 00; later versions are at least as long.
const LENGTH: usize = 55;
/// The version that the recommendation forbids.
const FORBIDDEN: u8 = 0xff;
const SAMPLED: u8 = 1;

/// The fields of a `traceparent` of version 00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Traceparent {
    pub(super) trace_id: u128,
    pub(super) parent_id: u64,
    flags: u8,
}

impl Traceparent {
    /// Reads `version-trace_id-parent_id-flags`, as section 3.2 of the recommendation says.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let (fields, rest) = text.split_at_checked(LENGTH).ok_or("it has fewer than 55 characters")?;
        let fields: Vec<_> = fields.split('-').collect();
        let [version, trace_id, parent_id, flags] = fields[..] else {
            return Err("it does not have four fields");
        };
        let version = hex(version, 2).ok_or("its version is not two lower-case hexadecimal digits")?;
        let trace_id = hex(trace_id, 32).ok_or("its trace id is not 32 lower-case hexadecimal digits")?;
        let parent_id = hex(parent_id, 16).ok_or("its parent id is not 16 lower-case hexadecimal digits")?;
        let flags = hex(flags, 2).ok_or("its flags are not two lower-case hexadecimal digits")?;
        let parsed = Self {
            trace_id,
            parent_id: narrow(parent_id)?,
            flags: narrow(flags)?,
        };
        parsed.checked()?.of_version(narrow(version)?, rest)
    }

    pub(super) fn is_sampled(self) -> bool {
        self.flags & SAMPLED != 0
    }

    fn checked(self) -> Result<Self, &'static str> {
        if self.trace_id == 0 {
            return Err("its trace id is zero");
        }
        if self.parent_id == 0 {
            return Err("its parent id is zero");
        }
        Ok(self)
    }

    /// Nothing is known of the other flags of a later version, nor of what follows them.
    fn of_version(self, version: u8, rest: &str) -> Result<Self, &'static str> {
        match version {
            FORBIDDEN => Err("its version is ff"),
            0 if rest.is_empty() => Ok(self),
            0 => Err("it has more than 55 characters"),
            _ if rest.is_empty() || rest.starts_with('-') => Ok(Self {
                flags: self.flags & SAMPLED,
                ..self
            }),
            _ => Err("its flags are not two lower-case hexadecimal digits"),
        }
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace_id,
            parent_id,
            flags,
        } = self;
        write!(f, "00-{trace_id:032x}-{parent_id:016x}-{flags:02x}")
    }
}

/// The number that this many digits write.
fn hex(digits: &str, count: usize) -> Option<u128> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_valid = digits.len() == count && digits.bytes().all(is_digit);
    is_valid.then(|| u128::from_str_radix(digits, 16).ok()).flatten()
}

fn narrow<T: TryFrom<u128>>(number: u128) -> Result<T, &'static str> {
    T::try_from(number).map_err(|_| "a field is too large")
}
