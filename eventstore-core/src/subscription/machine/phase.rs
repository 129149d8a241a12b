use crate::machine::EndReason;

/// Which inputs the machine handles, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Acquiring,
    Active,
    Stopping(EndReason),
    Ended(EndReason),
}
