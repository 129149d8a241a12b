use syn::ItemMacro;

use super::context::Context;
use crate::public_api::line::Line;
use crate::public_api::macro_rules::MacroRules;
use crate::public_api::text;

/// A line for each pattern of a macro; of a hidden one, no more than its name.
pub(super) fn lines(context: &Context<'_>, item: &ItemMacro) -> anyhow::Result<Vec<Line>> {
    let name = format!("macro {}!", context.name());
    if context.attributes.is_hidden {
        return Ok(vec![context.line(&name)]);
    }
    let rules = MacroRules::parse(item.mac.tokens.clone())?;
    let patterns = rules.patterns();
    patterns
        .map(|pattern| Ok(context.line(&format!("{name}{}", text::pattern(pattern)?))))
        .collect()
}
