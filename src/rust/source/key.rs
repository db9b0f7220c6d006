//! What an item is told apart by.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::BTreeSet;
use syn::{ForeignItem, GenericParam, ImplItem, Item, ItemImpl, Macro};

/// What an item is told apart by: one of the same key replaces it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Key {
    /// A function, type, constant, module and so on.
    Named(String),
    /// Several in one: `thread_local!`, `extern "C"`. It takes the place of one
    /// that has something of the same name.
    Names(BTreeSet<String>),
    /// A `macro_rules!`, which has names of its own.
    Macro(String),
    /// An `impl`: what it is for, and, where it is of no trait, what it has. It
    /// takes the place of one for the same that has something of the same name.
    Impl {
        header: String,
        members: BTreeSet<String>,
    },
    /// Something without a name, by its text.
    Text(String),
}

impl Key {
    pub(super) fn of(item: &Item) -> Key {
        let named = |name: &Ident| Key::Named(name.to_string());
        match item {
            Item::Struct(i) => named(&i.ident),
            Item::Enum(i) => named(&i.ident),
            Item::Union(i) => named(&i.ident),
            Item::Trait(i) => named(&i.ident),
            Item::Type(i) => named(&i.ident),
            Item::Mod(i) => named(&i.ident),
            Item::TraitAlias(i) => named(&i.ident),
            Item::Fn(i) => named(&i.sig.ident),
            Item::Const(i) if i.ident != "_" => named(&i.ident),
            Item::Static(i) => named(&i.ident),
            Item::ExternCrate(i) => named(i.rename.as_ref().map_or(&i.ident, |(_, name)| name)),
            Item::Macro(i) if i.ident.is_some() => {
                Key::Macro(i.ident.to_token_stream().to_string())
            }
            Item::ForeignMod(i) => {
                let names = i.items.iter().filter_map(|item| match item {
                    ForeignItem::Fn(f) => Some(f.sig.ident.to_string()),
                    ForeignItem::Static(s) => Some(s.ident.to_string()),
                    ForeignItem::Type(t) => Some(t.ident.to_string()),
                    _ => None,
                });
                Key::Names(names.collect())
            }
            Item::Impl(i) => of_impl(i),
            other => Key::Text(other.to_token_stream().to_string()),
        }
    }

    /// Of a macro that makes statics: `thread_local!`.
    pub(super) fn of_macro(call: &Macro) -> Key {
        let mut names = BTreeSet::new();
        let mut after_static = false;
        for token in call.tokens.clone() {
            let TokenTree::Ident(word) = token else {
                after_static = false;
                continue;
            };
            // `static ref NAME`, of lazy_static.
            if after_static && word != "ref" {
                names.insert(word.to_string());
            }
            after_static = word == "static" || after_static && word == "ref";
        }
        Key::Names(names)
    }

    /// Whether an item of this key takes the place of one of the other.
    pub(crate) fn replaces(&self, other: &Key) -> bool {
        match (self, other) {
            (
                Key::Impl { header, members },
                Key::Impl {
                    header: other,
                    members: theirs,
                },
            ) => {
                header == other
                    && (!members.is_disjoint(theirs) || members.is_empty() || theirs.is_empty())
            }
            (Key::Names(ours), Key::Names(theirs)) => !ours.is_disjoint(theirs),
            (Key::Names(names), Key::Named(name)) | (Key::Named(name), Key::Names(names)) => {
                names.contains(name)
            }
            (a, b) => a == b,
        }
    }
}

/// The members of a trait's `impl` are the trait's: its header alone tells it
/// apart, whatever its parameters are called.
fn of_impl(item: &ItemImpl) -> Key {
    let parameters = item
        .generics
        .params
        .iter()
        .map(|parameter| match parameter {
            GenericParam::Type(t) => t.ident.to_string(),
            GenericParam::Const(c) => c.ident.to_string(),
            GenericParam::Lifetime(l) => l.lifetime.ident.to_string(),
        });
    let parameters: Vec<String> = parameters.collect();
    let told = |part: TokenStream| anonymous(part, &parameters).to_string();
    let of = item.trait_.as_ref().map(|(not, path, _)| {
        let not = if not.is_some() { "!" } else { "" };
        format!("{not}{} for ", told(path.to_token_stream()))
    });
    let header = of.clone().unwrap_or_default() + &told(item.self_ty.to_token_stream());
    let members = item.items.iter().filter_map(|member| match member {
        ImplItem::Fn(f) => Some(f.sig.ident.to_string()),
        ImplItem::Const(c) => Some(c.ident.to_string()),
        ImplItem::Type(t) => Some(t.ident.to_string()),
        _ => None,
    });
    let members = members.filter(|_| of.is_none()).collect();
    Key::Impl { header, members }
}

/// Code with its parameters called by their places.
fn anonymous(tokens: TokenStream, parameters: &[String]) -> TokenStream {
    let renamed = |token| match token {
        TokenTree::Ident(name) => {
            let at = parameters.iter().position(|parameter| name == parameter);
            let called = at.map(|at| Ident::new(&format!("_{at}"), name.span()));
            TokenTree::Ident(called.unwrap_or(name))
        }
        TokenTree::Group(group) => {
            let inside = anonymous(group.stream(), parameters);
            TokenTree::Group(Group::new(group.delimiter(), inside))
        }
        other => other,
    };
    tokens.into_iter().map(renamed).collect()
}

#[cfg(test)]
mod tests {
    use super::super::cell::Cell;
    use super::*;

    fn key(text: &str) -> Key {
        Cell::read(text).items[0].key.clone()
    }

    #[test]
    fn an_impl_replaces_one_that_has_something_of_the_same_name() {
        let first = key("impl P { fn a(&self) {} fn b(&self) {} }");
        assert!(key("impl P { fn b(&self) {} }").replaces(&first));
        assert!(!key("impl P { fn c(&self) {} }").replaces(&first));
        assert!(!key("impl Q { fn a(&self) {} }").replaces(&first));
    }

    #[test]
    fn an_impl_of_a_trait_replaces_one_of_the_same_header() {
        let replaces = |new: &str, old: &str| key(new).replaces(&key(old));
        assert!(replaces(
            "impl Tr for P { fn b() {} }",
            "impl Tr for P { fn a() {} }"
        ));
        assert!(replaces(
            "impl<'a, U> Tr<U> for (&'a [U], u8) {}",
            "impl<'b, T> Tr<T> for (&'b [T], u8) {}"
        ));
        assert!(!replaces("impl Tr<u8> for P {}", "impl Tr<u16> for P {}"));
        assert!(!replaces("impl Tr for P {}", "impl Other for P {}"));
    }

    #[test]
    fn what_makes_several_is_told_apart_by_their_names() {
        let first = key("thread_local! { static A: u8 = 1; pub static B: u8 = const { 2 }; }");
        assert_eq!(first, Key::Names(["A", "B"].map(String::from).into()));
        assert!(key("thread_local! { static B: u16 = 3; }").replaces(&first));
        assert!(key("static A: u8 = 1;").replaces(&first));
        assert!(!key("thread_local! { static C: u8 = 3; }").replaces(&first));
        let library = key("unsafe extern \"C\" { fn abs(n: i32) -> i32; }");
        assert!(key("unsafe extern \"C\" { fn abs(n: i64) -> i64; }").replaces(&library));
    }
}
