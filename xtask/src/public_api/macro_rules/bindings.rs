use std::collections::BTreeMap;

use proc_macro2::TokenStream;

/// What the names of a pattern have matched.
#[derive(Debug, Clone, Default)]
pub(super) struct Bindings {
    values: BTreeMap<String, Binding>,
}

#[derive(Debug, Clone)]
enum Binding {
    One(TokenStream),
    Many(Vec<Binding>),
}

impl Bindings {
    pub(super) fn bind(&mut self, name: &str, tokens: TokenStream) {
        self.values.insert(name.to_owned(), Binding::One(tokens));
    }

    /// Binds the names of a repetition to what they stood for each time.
    pub(super) fn bind_repetition(&mut self, names: &[String], times: &[Self]) {
        for name in names {
            let each = times.iter().filter_map(|time| time.values.get(name).cloned());
            self.values.insert(name.clone(), Binding::Many(each.collect()));
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&TokenStream> {
        match self.values.get(name)? {
            Binding::One(tokens) => Some(tokens),
            Binding::Many(_) => None,
        }
    }

    /// The bindings for each time that a repetition of these names is written.
    pub(super) fn times(&self, names: &[String]) -> Vec<Self> {
        let count = names.iter().filter_map(|name| self.count(name)).max().unwrap_or(0);
        (0..count).map(|index| self.at(index, names)).collect()
    }

    fn count(&self, name: &str) -> Option<usize> {
        match self.values.get(name)? {
            Binding::One(_) => None,
            Binding::Many(each) => Some(each.len()),
        }
    }

    fn at(&self, index: usize, names: &[String]) -> Self {
        let mut bindings = self.clone();
        for name in names {
            if let Some(Binding::Many(each)) = self.values.get(name)
                && let Some(binding) = each.get(index)
            {
                bindings.values.insert(name.clone(), binding.clone());
            }
        }
        bindings
    }
}
