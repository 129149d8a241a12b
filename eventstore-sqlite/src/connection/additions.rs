/// Which tables a file has that were added to those of its version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Additions {
    /// The table of what holders report.
    pub(crate) has_statuses: bool,
    /// The tables of groups.
    pub(crate) has_groups: bool,
    /// The tables of managed projections.
    pub(crate) has_projections: bool,
}

impl Additions {
    pub(crate) fn are_complete(self) -> bool {
        self.has_statuses && self.has_groups && self.has_projections
    }
}
