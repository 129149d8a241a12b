use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Field, Fields, Generics, ItemStruct, Visibility};

use super::context::Context;
use super::derives;
use crate::public_api::attributes::Attributes;
use crate::public_api::line::Line;
use crate::public_api::text;

pub(super) fn lines(context: &Context<'_>, item: &ItemStruct) -> anyhow::Result<Vec<Line>> {
    let mut lines = vec![header(context, item)?];
    for (index, field) in item.fields.iter().enumerate().filter(|(_, field)| is_public(field)) {
        lines.push(field_line(context, &item.generics, index, field)?);
    }
    lines.extend(derives::lines(context, &item.generics, item.fields.iter())?);
    Ok(lines)
}

fn header(context: &Context<'_>, item: &ItemStruct) -> anyhow::Result<Line> {
    let (name, mut generics) = (&item.ident, item.generics.clone());
    context.names(&item.generics).visit_generics_mut(&mut generics);
    let bounds = &generics.where_clause;
    let text = text::item(quote!(struct #name #generics #bounds;))?;
    let text = context.renamed(&text, "struct", &name.to_string());
    Ok(context.line(&format!("{text}{}", shape(&item.fields))))
}

/// Tells what can be constructed and what can be matched completely.
fn shape(fields: &Fields) -> &'static str {
    match (fields, fields.iter().all(is_public)) {
        (Fields::Unit, _) => "",
        (Fields::Named(_), true) => " {}",
        (Fields::Named(_), false) => " { .. }",
        (Fields::Unnamed(_), true) => "()",
        (Fields::Unnamed(_), false) => "(..)",
    }
}

fn is_public(field: &Field) -> bool {
    matches!(field.vis, Visibility::Public(_))
}

fn field_line(context: &Context<'_>, generics: &Generics, index: usize, field: &Field) -> anyhow::Result<Line> {
    let name = field
        .ident
        .as_ref()
        .map_or_else(|| index.to_string(), ToString::to_string);
    let mut ty = field.ty.clone();
    context.names(generics).visit_type_mut(&mut ty);
    let prefix = Attributes::of(&field.attrs)?.prefix();
    let text = format!("{prefix}pub {}::{name}: {}", context.name(), text::ty(&ty)?);
    Ok(context.part(&name, text))
}
