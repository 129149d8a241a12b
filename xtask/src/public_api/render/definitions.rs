use anyhow::bail;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Generics, Item, ItemType, Type};

use super::context::Context;
use super::{enums, functions, macros, structs, traits};
use crate::public_api::definition::Definition;
use crate::public_api::export::Export;
use crate::public_api::item_id::ItemId;
use crate::public_api::line::Line;
use crate::public_api::surface::Surface;
use crate::public_api::text;

/// All that is defined by a name.
pub(super) fn lines(surface: &Surface<'_>, export: &Export, id: &ItemId) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for definition in surface.tree.definitions(id).filter(|definition| definition.is_public) {
        let mut attributes = definition.attributes.clone().within(&export.attributes.conditions);
        attributes.is_hidden |= export.attributes.is_hidden;
        let context = Context {
            surface,
            module: &id.module,
            path: &export.path,
            attributes,
        };
        lines.extend(lines_of(&context, definition)?);
    }
    Ok(lines)
}

fn lines_of(context: &Context<'_>, definition: &Definition) -> anyhow::Result<Vec<Line>> {
    match &definition.item {
        Item::Const(item) => Ok(vec![value(context, "const", &item.ty)?]),
        Item::Enum(item) => enums::lines(context, item),
        Item::Fn(item) => {
            let signature = functions::text(context.names(&Generics::default()), &item.sig, &context.name())?;
            Ok(vec![context.line(&signature)])
        }
        Item::Macro(item) => macros::lines(context, item),
        Item::Static(item) => Ok(vec![value(context, "static", &item.ty)?]),
        Item::Struct(item) => structs::lines(context, item),
        Item::Trait(item) => traits::lines(context, item),
        Item::Type(item) => Ok(vec![alias(context, item)?]),
        _ => bail!("cannot list {}", context.name()),
    }
}

fn value(context: &Context<'_>, keyword: &str, ty: &Type) -> anyhow::Result<Line> {
    let mut ty = ty.clone();
    context.names(&Generics::default()).visit_type_mut(&mut ty);
    Ok(context.line(&format!("{keyword} {}: {}", context.name(), text::ty(&ty)?)))
}

fn alias(context: &Context<'_>, item: &ItemType) -> anyhow::Result<Line> {
    let mut item = item.clone();
    let mut names = context.names(&item.generics);
    names.visit_generics_mut(&mut item.generics);
    names.visit_type_mut(&mut item.ty);
    let (name, generics, ty) = (&item.ident, &item.generics, &item.ty);
    let text = text::item(quote!(type #name #generics = #ty;))?;
    Ok(context.line(&context.renamed(&text, "type", &name.to_string())))
}
