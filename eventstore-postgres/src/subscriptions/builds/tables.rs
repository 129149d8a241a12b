use eventstore_core::{Error, Result};

use crate::connection::Session;

impl Session<'_> {
    /// A role without rights on the tables changes no build.
    pub(super) fn refuse_without_rights_on_builds(&self) -> Result<()> {
        let projections = self.projections();
        if projections.can_write || !projections.are_there {
            return Ok(());
        }
        let schema = self.config().schema().as_str();
        Err(Error::AccessDenied {
            message: format!("the role may not change the tables of projections in the schema {schema:?}"),
            source: "grant it SELECT, INSERT, UPDATE and DELETE on eventstore_projections and \
                     eventstore_projection_builds, and connect again"
                .into(),
        })
    }

    /// A store without the tables keeps no builds.
    pub(super) fn refuse_without_builds(&self) -> Result<()> {
        if self.projections().are_there {
            return self.refuse_without_rights_on_builds();
        }
        let schema = self.config().schema().as_str();
        let reason =
            format!("the schema {schema:?} had no tables for projections: run `eventstore migrate`, and connect again");
        Err(Error::invalid_input("projection", &reason))
    }
}
