use proc_macro2::{Group, TokenStream, TokenTree};
use syn::Token;
use syn::parse::{ParseStream, Parser};

use super::bindings::Bindings;
use super::pattern::Pattern;
use super::{matcher, template};

/// One arm of a macro.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pattern_text: TokenStream,
    pattern: Vec<Pattern>,
    template: TokenStream,
}

impl Rule {
    pub(super) fn all(input: ParseStream<'_>) -> syn::Result<Vec<Self>> {
        let mut rules = Vec::new();
        while !input.is_empty() {
            let pattern = group(input)?;
            input.parse::<Token![=>]>()?;
            let template = group(input)?;
            input.parse::<Option<Token![;]>>()?;
            rules.push(Self {
                pattern: Pattern::all.parse2(pattern.stream())?,
                pattern_text: pattern.stream(),
                template: template.stream(),
            });
        }
        Ok(rules)
    }

    pub(super) fn bindings(&self, arguments: &TokenStream) -> syn::Result<Bindings> {
        let take = |input: ParseStream<'_>| matcher::take(&self.pattern, input);
        take.parse2(arguments.clone())
    }

    pub(super) fn transcribe(&self, bindings: &Bindings) -> anyhow::Result<TokenStream> {
        template::write(&Pattern::all.parse2(self.template.clone())?, bindings)
    }
}

fn group(input: ParseStream<'_>) -> syn::Result<Group> {
    match input.parse()? {
        TokenTree::Group(group) => Ok(group),
        _ => Err(input.error("neither a pattern nor what it makes")),
    }
}
