use syn::Generics;

use crate::public_api::attributes::Attributes;
use crate::public_api::line::Line;
use crate::public_api::module_path::joined;
use crate::public_api::names::Names;
use crate::public_api::surface::{Surface, within_crate};
use crate::public_api::text;

/// The item that lines are about.
pub(super) struct Context<'a> {
    pub(super) surface: &'a Surface<'a>,
    /// Where it is written.
    pub(super) module: &'a [String],
    /// By what path it is known.
    pub(super) path: &'a [String],
    pub(super) attributes: Attributes,
}

impl Context<'_> {
    pub(super) fn names(&self, generics: &Generics) -> Names<'_> {
        Names::new(self.surface, self.module).with(generics)
    }

    /// The path as it is printed.
    pub(super) fn name(&self) -> String {
        text::path(&within_crate(self.path))
    }

    /// The same text with the path in the place of the name.
    pub(super) fn renamed(&self, text: &str, keyword: &str, name: &str) -> String {
        text.replacen(&format!("{keyword} {name}"), &format!("{keyword} {}", self.name()), 1)
    }

    /// A line about the item itself.
    pub(super) fn line(&self, text: &str) -> Line {
        Line::item(self.path, format!("{}pub {text}", self.attributes.prefix()))
    }

    /// A line about something that belongs to it.
    pub(super) fn part(&self, name: &str, text: String) -> Line {
        let path = joined(self.path, name);
        Line::item(&path, text)
    }
}
