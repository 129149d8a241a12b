use anyhow::bail;
use syn::{Attribute, Ident, Item, Visibility};

use super::attributes::Attributes;

/// An item with a name of its own that is no module.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) is_public: bool,
    /// With the conditions of the modules around it.
    pub(super) attributes: Attributes,
    pub(super) item: Item,
}

impl Definition {
    pub(super) fn new(item: Item, attributes: Attributes) -> anyhow::Result<Self> {
        let Some((name, visibility)) = named(&item) else {
            bail!("cannot list such an item: {item:?}");
        };
        Ok(Self {
            name: name.to_string(),
            is_public: matches!(visibility, Visibility::Public(_)),
            attributes,
            item,
        })
    }

    pub(super) fn exported_macro(name: &Ident, item: Item, attributes: Attributes) -> Self {
        Self {
            name: name.to_string(),
            is_public: true,
            attributes,
            item,
        }
    }
}

fn named(item: &Item) -> Option<(&Ident, &Visibility)> {
    match item {
        Item::Const(item) => Some((&item.ident, &item.vis)),
        Item::Enum(item) => Some((&item.ident, &item.vis)),
        Item::Fn(item) => Some((&item.sig.ident, &item.vis)),
        Item::Static(item) => Some((&item.ident, &item.vis)),
        Item::Struct(item) => Some((&item.ident, &item.vis)),
        Item::Trait(item) => Some((&item.ident, &item.vis)),
        Item::Type(item) => Some((&item.ident, &item.vis)),
        _ => None,
    }
}

pub(super) fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
