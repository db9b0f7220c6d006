//! A cell's Rust, taken apart: what stays for later cells, what runs, what is
//! shown.

use super::key::Key;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::BTreeSet;
use std::ops::Range;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, ImplItem, Item, Local, Pat, Stmt, UseTree};

/// A cell, taken apart. Ranges are bytes of its text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// `#![...]` lines.
    pub attributes: Vec<Range<usize>>,
    /// `use` items.
    pub uses: Vec<Use>,
    /// All other items.
    pub items: Vec<Defined>,
    /// Statements, without a last expression that is shown.
    pub statements: Vec<Range<usize>>,
    /// The last expression, where no `;` ends it.
    pub value: Option<Range<usize>>,
    /// The part of it that is shown: what it refers to, where it is `&...`.
    pub shown: Option<Range<usize>>,
    /// Variables that its top-level `let`s make.
    pub bindings: Vec<Binding>,
    /// Every name that occurs, in text to be formatted too.
    pub names: BTreeSet<String>,
    /// Whether an `.await` stands outside of everything async.
    pub awaits: bool,
}

/// A variable that a cell makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    pub name: String,
    pub mutable: bool,
    /// The `let` that makes it.
    pub made: Range<usize>,
}

/// A `use` item.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub range: Range<usize>,
    pub imports: Vec<Import>,
}

/// One name that a `use` brings into scope.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Import {
    /// The name; of a glob and of `as _` the whole path.
    pub name: String,
    /// What stands behind `use` to bring it alone.
    pub path: String,
}

/// An item other than `use`.
#[derive(Clone, Debug)]
pub(crate) struct Defined {
    pub range: Range<usize>,
    pub key: Key,
    /// What the layout of values may depend on: all of a type, a constant or a
    /// macro, and of an `impl` what is no function. Empty where nothing does.
    pub shape: String,
    /// Whether its name is a value's alone: of a function, a constant, a static.
    pub is_value: bool,
    /// Every name that occurs in it.
    pub names: BTreeSet<String>,
}

impl Cell {
    /// Takes a cell apart. One whose grammar cannot be read is one statement, for
    /// the compiler to tell what is wrong.
    pub(crate) fn read(text: &str) -> Cell {
        if nests_deeply(text) {
            return Cell::unread(text);
        }
        // A last `let` may do without its semicolon.
        let parsed = parse
            .parse_str(text)
            .or_else(|_| parse.parse_str(&format!("{text}\n;")));
        let cell = match parsed {
            Ok((attributes, statements)) => of(text, &attributes, &statements),
            Err(_) => Cell {
                names: text.parse().map(names).unwrap_or_default(),
                ..Cell::unread(text)
            },
        };
        // Every parsed text is kept for the sake of its spans until this.
        proc_macro2::extra::invalidate_current_thread_spans();
        cell
    }

    /// One of a single statement.
    fn unread(text: &str) -> Cell {
        Cell {
            statements: Vec::from_iter([Range {
                start: 0,
                end: text.len(),
            }]),
            ..Cell::default()
        }
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.attributes.is_empty()
            && self.uses.is_empty()
            && self.items.is_empty()
            && self.statements.is_empty()
            && self.value.is_none()
    }

    /// Whether it has something to be run, rather than only to be known.
    pub(crate) fn runs(&self) -> bool {
        !self.statements.is_empty() || self.value.is_some()
    }
}

/// Brackets within brackets that a text is read through. A parser goes into each
/// by a call, and there is no end to the text but to the stack.
const DEEPEST: usize = 300;

/// Whether a text has more brackets within each other than can be read.
pub(crate) fn nests_deeply(text: &str) -> bool {
    let mut depth = 0usize;
    text.bytes().any(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

fn parse(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Vec<Stmt>)> {
    Ok((
        input.call(Attribute::parse_inner)?,
        Block::parse_within(input)?,
    ))
}

fn of(text: &str, attributes: &[Attribute], statements: &[Stmt]) -> Cell {
    let mut cell = Cell {
        attributes: attributes.iter().map(range).collect(),
        names: text.parse().map(names).unwrap_or_default(),
        ..Cell::default()
    };
    for (at, statement) in statements.iter().enumerate() {
        let last = at + 1 == statements.len();
        match statement {
            Stmt::Item(Item::Use(item)) => {
                let mut imports = vec![];
                let root = item.leading_colon.map_or("", |_| "::");
                brought(&item.tree, root.to_owned(), &mut imports);
                cell.uses.push(Use {
                    range: range(item),
                    imports,
                });
            }
            Stmt::Item(item) => cell.items.push(defined(item)),
            Stmt::Macro(call) if makes_items(&call.mac.path) => cell.items.push(Defined {
                range: range(call),
                key: Key::of_macro(&call.mac),
                shape: String::new(),
                is_value: false,
                names: names(call.to_token_stream()),
            }),
            Stmt::Local(local) => {
                bindings(local, &mut cell.bindings);
                let Range { start, end } = range(local);
                cell.statements.push(start..end.min(text.len()));
            }
            Stmt::Expr(value, None) if last => {
                cell.value = Some(range(value));
                cell.shown = Some(range(referent(value)));
            }
            Stmt::Macro(value) if last && value.semi_token.is_none() => {
                cell.value = Some(range(value));
                cell.shown = cell.value.clone();
            }
            // The semicolon alone that was added above.
            other if range(other).start >= text.len() => {}
            other => cell.statements.push(range(other)),
        }
    }
    let mut awaits = Awaits(false);
    statements.iter().for_each(|s| awaits.visit_stmt(s));
    cell.awaits = awaits.0;
    cell
}

/// What an expression refers to, where it is a reference.
fn referent(value: &Expr) -> &Expr {
    match value {
        Expr::Reference(to) if to.mutability.is_none() => referent(&to.expr),
        other => other,
    }
}

fn range(of: &impl Spanned) -> Range<usize> {
    of.span().byte_range()
}

/// Macros whose expansion is items.
fn makes_items(path: &syn::Path) -> bool {
    path.segments
        .last()
        .is_some_and(|last| last.ident == "thread_local" || last.ident == "lazy_static")
}

/// What a `use` brings into scope.
fn brought(tree: &UseTree, path: String, into: &mut Vec<Import>) {
    let mut bring = |name: String, path: String| into.push(Import { name, path });
    match tree {
        UseTree::Path(inner) => brought(&inner.tree, format!("{path}{}::", inner.ident), into),
        // `use a::{self}` brings `a`.
        UseTree::Name(name) if name.ident == "self" => {
            let last = path.trim_end_matches("::").rsplit("::").next();
            bring(
                last.unwrap_or_default().to_owned(),
                format!("{path}{{self}}"),
            );
        }
        UseTree::Name(name) => bring(name.ident.to_string(), format!("{path}{}", name.ident)),
        UseTree::Rename(rename) => {
            let whole = format!("{path}{{{} as {}}}", rename.ident, rename.rename);
            if rename.rename == "_" {
                bring(whole.clone(), whole);
            } else {
                bring(rename.rename.to_string(), whole);
            }
        }
        UseTree::Glob(_) => bring(format!("{path}*"), format!("{path}*")),
        UseTree::Group(group) => {
            for inner in &group.items {
                brought(inner, path.clone(), into);
            }
        }
    }
}

fn defined(item: &Item) -> Defined {
    let key = Key::of(item);
    let named = matches!(key, Key::Named(_) | Key::Macro(_));
    Defined {
        range: range(item),
        key,
        is_value: matches!(item, Item::Fn(_) | Item::Const(_) | Item::Static(_)),
        shape: match item {
            Item::Impl(i) => {
                let shaping = |member: &&ImplItem| match member {
                    ImplItem::Fn(f) => f.sig.constness.is_some(),
                    _ => true,
                };
                let members = i.items.iter().filter(shaping);
                members.map(|m| m.to_token_stream().to_string()).collect()
            }
            // The length of an array may be computed by a constant one.
            Item::Fn(i) if i.sig.constness.is_none() => String::new(),
            item if named => item.to_token_stream().to_string(),
            _ => String::new(),
        },
        names: names(item.to_token_stream()),
    }
}

fn bindings(local: &Local, into: &mut Vec<Binding>) {
    struct Names<'a> {
        into: &'a mut Vec<Binding>,
        made: Range<usize>,
        /// Whether the pattern may be refuted, and so hold constants and variants.
        refutable: bool,
    }
    impl<'ast> Visit<'ast> for Names<'_> {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            let name = pattern.ident.to_string();
            // By the language's convention.
            let constant = self.refutable
                && pattern.subpat.is_none()
                && pattern.by_ref.is_none()
                && name.starts_with(|c: char| c.is_uppercase());
            if !constant {
                self.into.retain(|known| known.name != name);
                let mutable = pattern.mutability.is_some();
                let made = self.made.clone();
                self.into.push(Binding {
                    name,
                    mutable,
                    made,
                });
            }
            visit::visit_pat_ident(self, pattern);
        }
        // What stands in a pattern's expressions makes no variables.
        fn visit_expr(&mut self, _: &'ast Expr) {}
    }
    let pattern: &Pat = &local.pat;
    let refutable = (local.init.as_ref()).is_some_and(|init| init.diverge.is_some());
    let mut names = Names {
        into,
        made: range(local),
        refutable,
    };
    names.visit_pat(pattern);
}

/// Every name in some code, and in its text where that may be formatted.
fn names(tokens: TokenStream) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    gather(tokens, &mut all);
    all
}

fn gather(tokens: TokenStream, into: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                into.insert(name.to_string().trim_start_matches("r#").to_owned());
            }
            TokenTree::Group(group) => gather(group.stream(), into),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if !text.contains('{') {
                    continue;
                }
                let word = |c: char| c.is_alphanumeric() || c == '_';
                let words = text.split(|c| !word(c)).filter(|w| !w.is_empty());
                into.extend(words.map(String::from));
            }
            TokenTree::Punct(_) => {}
        }
    }
}

/// Finds an `.await` outside of async blocks, closures and functions.
struct Awaits(bool);

impl<'ast> Visit<'ast> for Awaits {
    fn visit_expr_await(&mut self, _: &'ast syn::ExprAwait) {
        self.0 = true;
    }
    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_item(&mut self, _: &'ast Item) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Vec<&str>, Vec<&str>, Option<&str>, Vec<String>) {
        let cell = Cell::read(text);
        let at = |range: &Range<usize>| &text[range.clone()];
        (
            cell.items.iter().map(|item| at(&item.range)).collect(),
            cell.statements.iter().map(at).collect(),
            cell.value.as_ref().map(at),
            cell.bindings.iter().map(|b| b.name.clone()).collect(),
        )
    }

    #[test]
    fn items_statements_value_and_variables_are_told_apart() {
        let text =
            "// ü\n#[derive(Debug)]\nstruct P(i32);\nlet (a, mut b) = (P(1), 2);\nb += 1;\na";
        let (items, statements, value, bindings) = parts(text);
        assert_eq!(items, ["#[derive(Debug)]\nstruct P(i32);"]);
        assert_eq!(statements, ["let (a, mut b) = (P(1), 2);", "b += 1;"]);
        assert_eq!((value, bindings), (Some("a"), vec!["a".into(), "b".into()]));
    }

    #[test]
    fn a_last_let_may_do_without_its_semicolon() {
        let (_, statements, _, bindings) = parts("let x = 1");
        assert_eq!(
            (statements, bindings),
            (vec!["let x = 1"], vec!["x".into()])
        );
    }

    #[test]
    fn a_constant_in_a_pattern_is_no_variable() {
        let (.., bindings) =
            parts("let Some(x) = y else { panic!() };\nlet None = z else { return };");
        assert_eq!(bindings, ["x"]);
        let (.., bindings) = parts("let N = 10;");
        assert_eq!(bindings, ["N"]);
    }

    #[test]
    fn names_in_formatted_text_count() {
        assert!(
            Cell::read("println!(\"{cups} {0}\", 1);")
                .names
                .contains("cups")
        );
        assert!(!Cell::read("println!(\"cups\");").names.contains("cups"));
    }

    #[test]
    fn what_a_use_brings_is_known() {
        let cell = Cell::read("use std::{fmt::{self, Write as _}, sync::*, rc::Rc as R};");
        let imports = cell.uses[0].imports.iter();
        let told: Vec<_> = imports.map(|i| (&*i.name, &*i.path)).collect();
        assert_eq!(
            told,
            [
                ("fmt", "std::fmt::{self}"),
                ("std::fmt::{Write as _}", "std::fmt::{Write as _}"),
                ("std::sync::*", "std::sync::*"),
                ("R", "std::rc::{Rc as R}"),
            ]
        );
    }

    #[test]
    fn an_await_counts_outside_of_what_is_async() {
        assert!(Cell::read("f().await").awaits);
        assert!(!Cell::read("let f = async || g().await;").awaits);
        assert!(!Cell::read("async fn f() { g().await }").awaits);
    }

    #[test]
    fn what_cannot_be_read_is_left_to_the_compiler() {
        let cell = Cell::read("let = 3;");
        let all = &cell.statements[0];
        assert_eq!((cell.statements.len(), all.clone()), (1, 0..8));
    }
}
