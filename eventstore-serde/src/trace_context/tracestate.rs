use std::collections::HashSet;

/// How many members a list may have.
const MOST_MEMBERS: usize = 32;
const LONGEST: usize = 256;

/// Checks a list of `key=value`, as section 3.3 of the recommendation says; keys may also be what [level
/// 2](https://www.w3.org/TR/trace-context-2/) allows. Returns `None` if the list has no members.
pub(super) fn parse(text: &str) -> Result<Option<Box<str>>, &'static str> {
    let mut keys = HashSet::new();
    // An empty member is allowed.
    for member in text.split(',').map(trim).filter(|member| !member.is_empty()) {
        if !keys.insert(key_of(member)?) {
            return Err("two of its members have the same key");
        }
    }
    if keys.len() > MOST_MEMBERS {
        return Err("it has more than 32 members");
    }
    Ok((!keys.is_empty()).then(|| trim(text).into()))
}

/// White space around a member is spaces and tabs.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn key_of(member: &str) -> Result<&str, &'static str> {
    let (key, value) = member.split_once('=').ok_or("a member has no `=`")?;
    if !is_key(key) {
        return Err("a key is not valid");
    }
    if !is_value(value) {
        return Err("a value is not valid");
    }
    Ok(key)
}

fn is_key(key: &str) -> bool {
    let begins = key.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    let may_hold = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
    begins && key.len() <= LONGEST && key.bytes().all(may_hold)
}

/// The member is trimmed, so a value never ends with a space.
fn is_value(value: &str) -> bool {
    let may_hold = |byte| matches!(byte, b' '..=b'~') && byte != b'=';
    !value.is_empty() && value.len() <= LONGEST && value.bytes().all(may_hold)
}
