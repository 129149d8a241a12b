/// A line of a snapshot. What belongs to a type comes behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) path: Vec<String>,
    pub(super) rank: Rank,
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Item,
    Implementation,
}

impl Line {
    pub(super) fn item(path: &[String], text: String) -> Self {
        Self {
            path: path.to_vec(),
            rank: Rank::Item,
            text,
        }
    }

    pub(super) fn implementation(path: &[String], text: String) -> Self {
        Self {
            path: path.to_vec(),
            rank: Rank::Implementation,
            text,
        }
    }
}
