/// Who may change something over the pages.
#[derive(Debug, Clone, Default)]
pub enum Writes {
    /// No one: the pages only show.
    #[default]
    Refused,
    /// A person who knows this token, which is typed into a form once and never part of an address.
    WithToken(String),
    /// Everyone whom the application lets see the pages: it has asked who they are.
    ByApplication,
}
