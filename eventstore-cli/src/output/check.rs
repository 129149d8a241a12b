use serde::Serialize;

use super::table::TableRow;
use crate::Check;

/// A check of how a store is doing.
#[derive(Serialize)]
pub(crate) struct CheckRow<'a> {
    check: &'static str,
    ok: bool,
    detail: &'a str,
}

impl<'a> From<&'a Check> for CheckRow<'a> {
    fn from(check: &'a Check) -> Self {
        Self {
            check: check.name,
            ok: check.is_well,
            detail: &check.detail,
        }
    }
}

impl TableRow for CheckRow<'_> {
    const HEAD: &'static [&'static str] = &["CHECK", "OK", "DETAIL"];

    fn cells(&self) -> Vec<String> {
        let ok = if self.ok { "yes" } else { "NO" };
        vec![self.check.to_owned(), ok.to_owned(), self.detail.to_owned()]
    }
}
