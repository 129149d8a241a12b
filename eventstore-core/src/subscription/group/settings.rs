use crate::{PartitionCount, StatusText};

/// What all members of a group must agree on; it is stored when the group is created.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GroupSettings {
    /// The number of partitions.
    pub partitions: PartitionCount,
    /// The name of the ordering key, which decides to which partition an event belongs, such as `stream`.
    pub ordering: StatusText,
    /// What happens to events whose handler fails, such as `park after 5 attempts`.
    pub policy: StatusText,
}

impl GroupSettings {
    /// Returns the first setting in which the others differ, with its value here and there.
    pub fn difference(&self, other: &Self) -> Option<(&'static str, String, String)> {
        let settings = [
            ("partitions", self.partitions.to_string(), other.partitions.to_string()),
            ("ordering key", self.ordering.to_string(), other.ordering.to_string()),
            ("retry policy", self.policy.to_string(), other.policy.to_string()),
        ];
        settings.into_iter().find(|(_, here, there)| here != there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        let settings = |partitions, ordering: &str, policy: &str| GroupSettings {
            partitions: PartitionCount::new(partitions).unwrap(),
            ordering: ordering.into(),
            policy: policy.into(),
        };
        let stored = settings(4, "stream", "stop");
        assert_eq!(stored.difference(&stored.clone()), None);
        let named = |other| stored.difference(&other).unwrap();
        assert_eq!(
            named(settings(8, "category", "skip")),
            ("partitions", "4".to_owned(), "8".to_owned())
        );
        assert_eq!(named(settings(4, "category", "skip")).0, "ordering key");
        assert_eq!(named(settings(4, "stream", "skip")).0, "retry policy");
    }
}
