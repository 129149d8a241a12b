use std::path::{Component, Path};

use anyhow::Context;
use syn::{Attribute, Expr, Item, ItemFn, Lit, Meta, Visibility};

use super::number::Number;

/// What a paragraph of a doc comment begins with that names the behaviors a test holds.
const MARK: &str = "Behaviours:";

/// Where the cases of the conformance suite are written.
const CONFORMANCE_SOURCES: &str = "eventstore-testkit/src/conformance";
const CONFORMANCE: &str = "conformance";

/// A test that says which behaviors it holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Annotation {
    /// The crate of the test, or `conformance` for a case of the suite.
    pub(super) suite: String,
    /// Its name there, as the test runner tells it.
    pub(super) name: String,
    pub(super) numbers: Vec<Number>,
}

/// What was found in a file: tests with their behaviors, and what is wrong with others.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) annotations: Vec<Annotation>,
    pub(super) findings: Vec<String>,
}

impl Found {
    /// Looks through a source file; the path is relative to the workspace.
    pub(super) fn in_file(path: &Path, text: &str) -> anyhow::Result<Self> {
        let mut found = Self::default();
        if text.contains(MARK) {
            let file = syn::parse_file(text).with_context(|| format!("cannot parse {}", path.display()))?;
            let source = Source {
                path,
                names_in_macros: names_in_macros(&file.items),
            };
            found.collect(&source, &Scope::of(path), &file.items);
        }
        Ok(found)
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.annotations.extend(other.annotations);
        self.findings.extend(other.findings);
    }

    fn collect(&mut self, source: &Source<'_>, scope: &Scope, items: &[Item]) {
        for item in items {
            match item {
                Item::Fn(function) => self.take(source, scope, function),
                Item::Mod(module) => {
                    let items = module.content.as_ref().map_or(&[][..], |(_, items)| items);
                    self.collect(source, &scope.within(&module.ident.to_string()), items);
                }
                _ => {}
            }
        }
    }

    fn take(&mut self, source: &Source<'_>, scope: &Scope, function: &ItemFn) {
        let Some(list) = paragraph(&function.attrs) else {
            return;
        };
        let name = scope.name_of(&function.sig.ident.to_string());
        if !source.is_test(scope, function) {
            self.findings
                .push(format!("{}: {name} is no test", source.path.display()));
        }
        let (numbers, wrong): (Vec<_>, Vec<_>) = list.into_iter().partition(Result::is_ok);
        let wrong = wrong.into_iter().filter_map(Result::err);
        self.findings
            .extend(wrong.map(|error| format!("{}: {name}: {error}", source.path.display())));
        self.annotations.push(Annotation {
            suite: scope.suite.clone(),
            name,
            numbers: numbers.into_iter().flatten().collect(),
        });
    }
}

struct Source<'a> {
    path: &'a Path,
    /// Functions that a macro of the file makes tests of are named in it.
    names_in_macros: Vec<String>,
}

impl Source<'_> {
    fn is_test(&self, scope: &Scope, function: &ItemFn) -> bool {
        let has_attribute = function.attrs.iter().any(|attribute| {
            let last = attribute.path().segments.last();
            last.is_some_and(|segment| segment.ident == "test")
        });
        let is_public = matches!(function.vis, Visibility::Public(_));
        let is_case = scope.is_conformance() && is_public && function.sig.asyncness.is_some();
        let name = function.sig.ident.to_string();
        has_attribute || is_case || self.names_in_macros.contains(&name)
    }
}

/// Where the functions of a file or module belong.
#[derive(Debug, PartialEq, Eq)]
struct Scope {
    suite: String,
    modules: Vec<String>,
}

impl Scope {
    fn of(path: &Path) -> Self {
        let package = parts(path).next().unwrap_or_default();
        if let Ok(within) = path.strip_prefix(CONFORMANCE_SOURCES) {
            // The files of a group only divide it.
            let group = parts(&within.with_extension("")).next();
            return Self {
                suite: CONFORMANCE.to_owned(),
                modules: group.into_iter().collect(),
            };
        }
        // After the package comes `src`, or `tests` and the name of the test program.
        let is_unit = parts(path).nth(1).is_some_and(|part| part == "src");
        let path = path.with_extension("");
        let modules = parts(&path).skip(if is_unit { 2 } else { 3 });
        Self {
            suite: package,
            modules: modules
                .filter(|module| !["lib", "main", "mod"].contains(&module.as_str()))
                .collect(),
        }
    }

    fn within(&self, module: &str) -> Self {
        let mut modules = self.modules.clone();
        modules.push(module.to_owned());
        Self {
            suite: self.suite.clone(),
            modules,
        }
    }

    /// Whether what is public and asynchronous is a case.
    fn is_conformance(&self) -> bool {
        self.suite == CONFORMANCE
    }

    fn name_of(&self, function: &str) -> String {
        let mut parts: Vec<_> = self.modules.iter().map(String::as_str).collect();
        parts.push(function);
        parts.join("::")
    }
}

fn parts(path: &Path) -> impl Iterator<Item = String> {
    path.components().filter_map(|component| match component {
        Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
        _ => None,
    })
}

/// The numbers in the marked paragraph of a doc comment, if there is one.
fn paragraph(attributes: &[Attribute]) -> Option<Vec<anyhow::Result<Number>>> {
    let lines: Vec<_> = attributes.iter().filter_map(doc_line).collect();
    let start = lines.iter().position(|line| line.trim().starts_with(MARK))?;
    let paragraph: Vec<_> = lines[start..]
        .iter()
        .map(|line| line.trim())
        .take_while(|line| !line.is_empty())
        .collect();
    let paragraph = paragraph.join(" ");
    let list = paragraph.trim_start_matches(MARK).trim().trim_end_matches('.');
    Some(list.split(',').map(|number| number.trim().parse()).collect())
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn names_in_macros(items: &[Item]) -> Vec<String> {
    let macros = items.iter().filter_map(|item| match item {
        Item::Macro(item) => Some(item.mac.tokens.to_string()),
        _ => None,
    });
    let is_in_name = |character: char| character.is_alphanumeric() || character == '_';
    macros
        .flat_map(|tokens| {
            let names = tokens.split(|character| !is_in_name(character));
            names.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Found {
        Found::in_file(Path::new(path), text).unwrap()
    }

    fn annotations(path: &str, text: &str) -> Vec<(String, String, String)> {
        let found = found(path, text);
        assert_eq!(found.findings, [""; 0]);
        let line = |annotation: Annotation| {
            let numbers: Vec<_> = annotation.numbers.iter().map(Number::to_string).collect();
            (annotation.suite, annotation.name, numbers.join(" "))
        };
        found.annotations.into_iter().map(line).collect()
    }

    fn expected(suite: &str, name: &str, numbers: &str) -> Vec<(String, String, String)> {
        vec![(suite.to_owned(), name.to_owned(), numbers.to_owned())]
    }

    #[test]
    fn a_case_of_the_suite_is_named_by_its_group() {
        let text = "/// It works.\n///\n/// Behaviours: R1.1,\n/// T7.\npub async fn works(harness: &dyn Harness) {}";
        for file in ["append.rs", "append/names.rs"] {
            let path = format!("eventstore-testkit/src/conformance/{file}");
            assert_eq!(
                annotations(&path, text),
                expected("conformance", "append::works", "R1.1 T7")
            );
        }
    }

    #[test]
    fn other_tests_are_named_as_the_runner_names_them() {
        let text = "mod tests { /// Behaviours: R1.3.\n#[test] fn refuses() {} }";
        let path = "eventstore-core/src/stream/name.rs";
        assert_eq!(
            annotations(path, text),
            expected("eventstore-core", "stream::name::tests::refuses", "R1.3")
        );
        let text = "/// Behaviours: R1.3\n#[tokio::test] async fn refuses() {}";
        let path = "eventstore-postgres/tests/postgres/races.rs";
        assert_eq!(
            annotations(path, text),
            expected("eventstore-postgres", "races::refuses", "R1.3")
        );
        let path = "eventstore-serde/tests/serializers.rs";
        assert_eq!(annotations(path, text), expected("eventstore-serde", "refuses", "R1.3"));
    }

    #[test]
    fn a_function_that_a_macro_makes_a_test_of_is_one() {
        let text = "in_both_layouts! { waits, }\n/// Behaviours: R1.3\nasync fn waits(layout: Layout) {}";
        let path = "eventstore-postgres/tests/postgres/races.rs";
        assert_eq!(
            annotations(path, text),
            expected("eventstore-postgres", "races::waits", "R1.3")
        );
    }

    #[test]
    fn whatever_is_no_test_or_no_number_is_found() {
        let text = "in_both_layouts! { waits_longer, }\n/// Behaviours: R1.3, R1\nasync fn waits(layout: Layout) {}";
        let found = found("eventstore-postgres/tests/postgres/races.rs", text);
        assert_eq!(found.findings.len(), 2, "{:?}", found.findings);
        assert!(found.findings[0].ends_with("races::waits is no test"));
        assert!(found.findings[1].contains("\"R1\" is no number"));
    }
}
