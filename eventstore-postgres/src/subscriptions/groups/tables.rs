use eventstore_core::{Error, Result};

use crate::connection::Session;

impl Session<'_> {
    /// A store without the tables, or a role without rights on them, keeps no groups.
    pub(super) fn refuse_without_groups(&self) -> Result<()> {
        let groups = self.groups();
        if groups.can_write {
            return Ok(());
        }
        let schema = self.config().schema().as_str();
        if groups.are_there {
            return Err(Error::AccessDenied {
                message: format!("the role may not change the tables of groups in the schema {schema:?}"),
                source:
                    "grant it SELECT, INSERT, UPDATE and DELETE on eventstore_groups, eventstore_group_members and \
                         eventstore_group_partitions, and connect again"
                        .into(),
            });
        }
        Err(Error::NotInitialized {
            message: format!(
                "the schema {schema:?} had no tables for groups: run `eventstore migrate`, and connect again"
            ),
        })
    }
}
