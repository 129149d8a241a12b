use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Ident, ItemTrait, TraitItem, TraitItemConst, TraitItemFn, TraitItemType};

use super::context::Context;
use super::functions;
use crate::public_api::attributes::Attributes;
use crate::public_api::line::Line;
use crate::public_api::text;

/// Behind what an implementation need not have.
const PROVIDED: &str = " { .. }";

pub(super) fn lines(context: &Context<'_>, item: &ItemTrait) -> anyhow::Result<Vec<Line>> {
    let mut lines = vec![header(context, item)?];
    for part in &item.items {
        lines.extend(match part {
            TraitItem::Const(constant) => Some(constant_line(context, item, constant)?),
            TraitItem::Fn(function) => Some(function_line(context, item, function)?),
            TraitItem::Type(ty) => Some(type_line(context, item, ty)?),
            _ => None,
        });
    }
    Ok(lines)
}

fn header(context: &Context<'_>, item: &ItemTrait) -> anyhow::Result<Line> {
    let mut header = item.clone();
    header.items.clear();
    header.attrs.clear();
    header.vis = syn::Visibility::Inherited;
    context.names(&item.generics).visit_item_trait_mut(&mut header);
    let text = text::item(quote!(#header))?;
    Ok(context.line(&context.renamed(&text, "trait", &item.ident.to_string())))
}

fn function_line(context: &Context<'_>, item: &ItemTrait, function: &TraitItemFn) -> anyhow::Result<Line> {
    let name = &function.sig.ident;
    let path = format!("{}::{name}", context.name());
    let text = functions::text(context.names(&item.generics), &function.sig, &path)?;
    line(context, &function.attrs, name, text, function.default.is_some())
}

fn constant_line(context: &Context<'_>, item: &ItemTrait, constant: &TraitItemConst) -> anyhow::Result<Line> {
    let (name, mut ty) = (&constant.ident, constant.ty.clone());
    context.names(&item.generics).visit_type_mut(&mut ty);
    let text = format!("const {}::{name}: {}", context.name(), text::ty(&ty)?);
    line(context, &constant.attrs, name, text, constant.default.is_some())
}

fn type_line(context: &Context<'_>, item: &ItemTrait, ty: &TraitItemType) -> anyhow::Result<Line> {
    let name = &ty.ident;
    let mut written = ty.clone();
    written.attrs.clear();
    let mut names = context.names(&item.generics).with(&ty.generics);
    names.visit_trait_item_type_mut(&mut written);
    let text = within_trait(&quote!(#written))?;
    let text = text.replacen(&format!("type {name}"), &format!("type {}::{name}", context.name()), 1);
    line(context, &ty.attrs, name, text, false)
}

/// The text of what only a trait can hold.
fn within_trait(tokens: &TokenStream) -> anyhow::Result<String> {
    let text = text::item(quote!(trait X { #tokens }))?;
    let text = text.strip_prefix("trait X {").unwrap_or(&text);
    Ok(text.trim_end_matches('}').trim().trim_end_matches(';').to_owned())
}

fn line(
    context: &Context<'_>,
    attributes: &[Attribute],
    name: &Ident,
    mut text: String,
    is_provided: bool,
) -> anyhow::Result<Line> {
    if is_provided {
        text.push_str(PROVIDED);
    }
    let prefix = Attributes::of(attributes)?.prefix();
    Ok(context.part(&name.to_string(), format!("{prefix}{text}")))
}
