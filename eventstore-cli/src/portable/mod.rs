//! What tells places in the stores that something is exported from and imported into.

mod last_folded;
mod prefix;

pub(crate) use self::last_folded::LastFolded;
pub(crate) use self::prefix::{Prefix, PrefixBuilder};
