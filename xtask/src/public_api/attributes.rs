use std::collections::BTreeSet;

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, MetaList, Path, Token};

use super::conditions::Conditions;
use super::derive::Derive;
use super::text;

/// The attributes that are a part of what something promises. Their messages are not.
const MARKS: [&str; 5] = ["must_use", "non_exhaustive", "deprecated", "repr", "async_trait"];

/// What the attributes of an item say about it.
#[derive(Debug, Clone, Default)]
pub(super) struct Attributes {
    pub(super) conditions: Conditions,
    pub(super) derives: Vec<Derive>,
    pub(super) is_hidden: bool,
    pub(super) is_test: bool,
    pub(super) is_exported_macro: bool,
    marks: BTreeSet<String>,
}

impl Attributes {
    pub(super) fn of(attributes: &[Attribute]) -> anyhow::Result<Self> {
        let mut found = Self::default();
        for attribute in attributes {
            found.take(None, &attribute.meta)?;
        }
        Ok(found)
    }

    /// The same within what has other attributes.
    #[must_use]
    pub(super) fn within(mut self, outer: &Conditions) -> Self {
        self.conditions = self.conditions.and(outer);
        self
    }

    /// The text before the item.
    pub(super) fn prefix(&self) -> String {
        let marks = self.marks.iter().map(|mark| format!("{mark} "));
        let hidden = if self.is_hidden { "#[doc(hidden)] " } else { "" };
        format!("{}{hidden}{}", self.conditions, marks.collect::<String>())
    }

    fn take(&mut self, predicate: Option<&Meta>, meta: &Meta) -> anyhow::Result<()> {
        let name = last_of(meta.path());
        match (name.as_str(), meta) {
            ("cfg", Meta::List(list)) => self.take_condition(list)?,
            ("cfg_attr", Meta::List(list)) => self.take_conditional(list)?,
            ("derive", Meta::List(list)) => self.take_derives(predicate, list)?,
            ("doc", Meta::List(list)) => self.is_hidden |= list.tokens.to_string() == "hidden",
            ("macro_export", _) => self.is_exported_macro = true,
            ("test", _) => self.is_test = true,
            (mark, _) if MARKS.contains(&mark) => self.take_mark(predicate, mark, meta)?,
            _ => {}
        }
        Ok(())
    }

    fn take_condition(&mut self, list: &MetaList) -> anyhow::Result<()> {
        let predicate = list.parse_args::<Meta>()?;
        self.is_test |= asks_for_test(&predicate)?;
        self.conditions.add(text::meta(&predicate)?);
        Ok(())
    }

    fn take_conditional(&mut self, list: &MetaList) -> anyhow::Result<()> {
        let metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
        let mut metas = metas.iter();
        let Some(predicate) = metas.next() else {
            return Ok(());
        };
        if asks_for_test(predicate)? {
            return Ok(());
        }
        metas.try_for_each(|meta| self.take(Some(predicate), meta))
    }

    fn take_derives(&mut self, predicate: Option<&Meta>, list: &MetaList) -> anyhow::Result<()> {
        let mut conditions = Conditions::default();
        if let Some(predicate) = predicate {
            conditions.add(text::meta(predicate)?);
        }
        let paths = list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)?;
        self.derives.extend(paths.into_iter().map(|path| Derive {
            path,
            conditions: conditions.clone(),
        }));
        Ok(())
    }

    fn take_mark(&mut self, predicate: Option<&Meta>, name: &str, meta: &Meta) -> anyhow::Result<()> {
        let mark = match meta {
            Meta::List(list) if name != "deprecated" => format!("{name}({})", list.tokens),
            _ => name.to_owned(),
        };
        self.marks.insert(match predicate {
            Some(predicate) => format!("#[cfg_attr({}, {mark})]", text::meta(predicate)?),
            None => format!("#[{mark}]"),
        });
        Ok(())
    }
}

fn last_of(path: &Path) -> String {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default()
}

/// Whether the predicate holds in tests only.
fn asks_for_test(predicate: &Meta) -> syn::Result<bool> {
    match predicate {
        Meta::Path(path) => Ok(path.is_ident("test") || path.is_ident("doctest")),
        Meta::List(list) if list.path.is_ident("all") => {
            let all = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
            all.iter()
                .try_fold(false, |found, part| Ok(found || asks_for_test(part)?))
        }
        _ => Ok(false),
    }
}
