use redb::TableDefinition;

pub(crate) type Name = &'static str;
pub(crate) type Bytes = &'static [u8];

/// What is known of a stream, by its name; `$all` is one of them, whose version is the newest position.
pub(crate) const STREAMS: TableDefinition<Name, Bytes> = TableDefinition::new("streams");

/// The position of an event, by its stream and version.
pub(crate) const VERSIONS: TableDefinition<(&str, u64), u64> = TableDefinition::new("versions");

/// The position of an event, by its id.
pub(crate) const IDS: TableDefinition<u128, u64> = TableDefinition::new("ids");

/// The event, by its position.
pub(crate) const EVENTS: TableDefinition<u64, Bytes> = TableDefinition::new("events");
