use clap::{Args, ValueEnum};

/// What to migrate to.
#[derive(Args)]
pub struct Migrate {
    /// Also moves the event store to this layout, on PostgreSQL; nothing may be written to it meanwhile
    #[arg(long, value_enum)]
    pub(crate) layout: Option<TargetLayout>,
    /// Drops the tables of the layout original that this move, or an earlier one, has kept
    #[arg(long, requires = "layout")]
    pub(crate) drop_original: bool,
    /// Removes what an interrupted move to another layout has copied; does nothing else
    #[arg(long, conflicts_with = "layout")]
    pub(crate) abandon: bool,
}

/// The name of a layout that a store can be moved to.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum TargetLayout {
    /// One row an event
    Compact,
}
