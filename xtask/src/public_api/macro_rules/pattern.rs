use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, Token, parenthesized, token};

/// A part of a rule, on either side of its arrow.
#[derive(Debug)]
pub(super) enum Pattern {
    Token(TokenTree),
    Group(Delimiter, Vec<Pattern>),
    /// A name, and before the arrow the kind of syntax that it matches.
    Name(String, Option<String>),
    Repetition(Repetition),
}

#[derive(Debug)]
pub(super) struct Repetition {
    pub(super) parts: Vec<Pattern>,
    pub(super) separator: Option<TokenTree>,
    pub(super) is_at_most_once: bool,
}

impl Pattern {
    pub(super) fn all(input: ParseStream<'_>) -> syn::Result<Vec<Self>> {
        let mut patterns = Vec::new();
        while !input.is_empty() {
            patterns.push(input.parse()?);
        }
        Ok(patterns)
    }

    /// The names in the patterns.
    pub(super) fn names(patterns: &[Self]) -> Vec<String> {
        let names = patterns.iter().flat_map(|pattern| match pattern {
            Self::Token(_) => Vec::new(),
            Self::Group(_, parts) => Self::names(parts),
            Self::Name(name, _) => vec![name.clone()],
            Self::Repetition(repetition) => Self::names(&repetition.parts),
        });
        names.collect()
    }

    fn variable(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse::<Token![$]>()?;
        if input.peek(token::Paren) {
            return Ok(Self::Repetition(input.parse()?));
        }
        let name = Ident::parse_any(input)?.to_string();
        if !is_kind_ahead(input) {
            return Ok(Self::Name(name, None));
        }
        input.parse::<Token![:]>()?;
        let kind = Ident::parse_any(input)?.to_string();
        Ok(Self::Name(name, Some(kind)))
    }
}

const KINDS: [&str; 15] = [
    "block",
    "expr",
    "expr_2021",
    "ident",
    "item",
    "lifetime",
    "literal",
    "meta",
    "pat",
    "pat_param",
    "path",
    "stmt",
    "tt",
    "ty",
    "vis",
];

/// After the arrow, a name may be followed by a colon that is just that.
fn is_kind_ahead(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let is_single = ahead.peek(Token![:]) && !ahead.peek(Token![::]);
    is_single
        && ahead.parse::<Token![:]>().is_ok()
        && Ident::parse_any(&ahead).is_ok_and(|kind| KINDS.contains(&&*kind.to_string()))
}

impl Parse for Pattern {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Token![$]) {
            return Self::variable(input);
        }
        match input.parse()? {
            TokenTree::Group(group) => Ok(Self::Group(group.delimiter(), parsed(&group)?)),
            token => Ok(Self::Token(token)),
        }
    }
}

impl Parse for Repetition {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        parenthesized!(content in input);
        let parts = Pattern::all(&content)?;
        let mut separator = None;
        if !is_operator(input) {
            separator = Some(input.parse()?);
        }
        let operator: TokenTree = input.parse()?;
        Ok(Self {
            parts,
            separator,
            is_at_most_once: operator.to_string() == "?",
        })
    }
}

/// A `+` or `*` may also be a separator, but then an operator follows.
fn is_operator(input: ParseStream<'_>) -> bool {
    let is_one = |input: ParseStream<'_>| input.peek(Token![*]) || input.peek(Token![+]) || input.peek(Token![?]);
    let ahead = input.fork();
    is_one(input) && !(ahead.parse::<TokenTree>().is_ok() && is_one(&ahead) && input.peek(Token![+]))
}

fn parsed(group: &Group) -> syn::Result<Vec<Pattern>> {
    let tokens: TokenStream = group.stream();
    syn::parse::Parser::parse2(Pattern::all, tokens)
}
