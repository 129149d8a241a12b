//! What `macro_rules!` of a crate make of their arguments, as far as items are concerned.

mod bindings;
mod matcher;
mod pattern;
mod rule;
mod template;

use anyhow::bail;
use proc_macro2::TokenStream;
use syn::parse::Parser;

use self::rule::Rule;

/// A macro by example.
#[derive(Debug)]
pub(super) struct MacroRules {
    rules: Vec<Rule>,
}

impl MacroRules {
    pub(super) fn parse(tokens: TokenStream) -> anyhow::Result<Self> {
        let rules = Rule::all.parse2(tokens)?;
        Ok(Self { rules })
    }

    /// What the first rule that matches makes of the arguments.
    pub(super) fn expand(&self, arguments: &TokenStream) -> anyhow::Result<TokenStream> {
        for rule in &self.rules {
            if let Ok(bindings) = rule.bindings(arguments) {
                return rule.transcribe(&bindings);
            }
        }
        bail!("no rule matches {arguments}")
    }

    /// The patterns of its arguments.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &TokenStream> {
        self.rules.iter().map(|rule| &rule.pattern_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(rules: &str, arguments: &str) -> anyhow::Result<String> {
        let rules = MacroRules::parse(rules.parse().unwrap())?;
        let tokens = rules.expand(&arguments.parse().unwrap())?;
        Ok(tokens.to_string().replace(' ', ""))
    }

    #[test]
    fn fragments_are_put_in_the_place_of_their_names() {
        let rules = "($(#[$docs:meta])* $name:ident, $type:ty) => { $(#[$docs])* struct $name($crate::A<$type>); }";
        assert_eq!(
            expanded(rules, "#[a] #[b] X, Vec<u8>").unwrap(),
            "#[a]#[b]structX(crate::A<Vec<u8>>);"
        );
    }

    #[test]
    fn repetitions_within_repetitions_keep_what_belongs_together() {
        let rules = "($($name:ident: [$($part:ident),*]);+ $(;)?) => { $($name($($name.$part)+*))|* }";
        let made = expanded(rules, "a: [b, c]; d: [];").unwrap();
        assert_eq!(made, "a(a.b+a.c)|d()");
    }

    #[test]
    fn the_first_rule_that_matches_counts() {
        let rules = "(one $($rest:tt)?) => { first } ; ($any:ident) => { second };";
        assert_eq!(expanded(rules, "one").unwrap(), "first");
        assert_eq!(expanded(rules, "two").unwrap(), "second");
        assert!(expanded(rules, "two three").is_err());
    }
}
