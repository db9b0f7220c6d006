//! Types as a program tells them at run time, as Rust that names them.
//!
//! `std::any::type_name` gives paths as they are inside of the standard
//! library: `alloc::vec::Vec<i32>`, `std::collections::hash::map::HashMap<..>`.
//! Code has to name them as they are published.

/// The name of the crate that every cell is compiled to.
pub(crate) const CRATE: &str = "notebook";

/// How code names the crate that it is in.
const OWN: &str = "crate";

/// The type as code names it, within the crate of a cell; none for a type
/// without a name.
pub(crate) fn nameable(told: &str) -> Option<String> {
    // Closures, `impl Trait` and async blocks.
    if told.contains("{{") || told.contains("{closure") {
        return None;
    }
    Some(paths(told, published))
}

/// The type with its paths into other crates one module shorter: an item may
/// be published further out than where it is defined. None where no path can
/// be shorter.
pub(crate) fn outer(named: &str) -> Option<String> {
    let shorter = paths(named, |path| {
        let foreign = path
            .strip_prefix("::")
            .filter(|rest| !rest.starts_with("std::"));
        let parts: Vec<&str> = foreign.unwrap_or_default().split("::").collect();
        match parts.as_slice() {
            [krate, middle @ .., _, name] => {
                let middle: String = middle.iter().map(|part| format!("{part}::")).collect();
                format!("::{krate}::{middle}{name}")
            }
            _ => path.to_owned(),
        }
    });
    (shorter != named).then_some(shorter)
}

/// The type as a learner reads it: last names only.
pub(crate) fn readable(told: &str) -> String {
    let short = paths(told, |path| {
        path.rsplit("::").next().unwrap_or(path).to_owned()
    });
    short.replace("{{closure}}", "closure")
}

/// Whether the type is or holds the notebook's own item of this name.
pub(crate) fn mentions(told: &str, item: &str) -> bool {
    let mut found = false;
    paths(told, |path| {
        let mut parts = path.split("::");
        if parts.next() == Some(CRATE) && parts.next() == Some(item) {
            found = true;
        }
        String::new()
    });
    found
}

/// Whether the type is or holds one of the crate of this name; a path that is
/// no type may be asked about too.
pub(crate) fn is_of(told: &str, name: &str) -> bool {
    let mut found = false;
    paths(told, |path| {
        let path = path.strip_prefix("::").unwrap_or(path);
        found |= path.split("::").next() == Some(name);
        String::new()
    });
    found
}

/// Replaces each path of a type.
fn paths(told: &str, mut with: impl FnMut(&str) -> String) -> String {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '{' || c == '}';
    let mut text = String::new();
    let mut rest = told;
    while let Some(from) = rest.find(part) {
        text.push_str(&rest[..from]);
        rest = &rest[from..];
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        if word.contains("::") {
            text.push_str(&with(word));
        } else {
            text.push_str(word);
        }
        rest = &rest[end..];
    }
    text + rest
}

/// Modules of the standard library that are published and hold types which
/// variables have; others lie inside of them and publish through them.
const PUBLISHED: &[&str] = &[
    "alloc",
    "any",
    "array",
    "ascii",
    "borrow",
    "boxed",
    "cell",
    "char",
    "clone",
    "cmp",
    "collections",
    "collections::binary_heap",
    "collections::btree_map",
    "collections::btree_set",
    "collections::hash_map",
    "collections::hash_set",
    "collections::linked_list",
    "collections::vec_deque",
    "convert",
    "env",
    "error",
    "ffi",
    "ffi::os_str",
    "fmt",
    "fs",
    "future",
    "hash",
    "io",
    "iter",
    "marker",
    "mem",
    "net",
    "num",
    "ops",
    "option",
    "os::fd",
    "os::unix::net",
    "panic",
    "path",
    "pin",
    "process",
    "ptr",
    "rc",
    "result",
    "slice",
    "str",
    "string",
    "sync",
    "sync::atomic",
    "sync::mpsc",
    "task",
    "thread",
    "time",
    "vec",
];

/// Where the path of a type inside of the standard library differs from its
/// published one by more than modules that are left out.
const MOVED: &[(&str, &str)] = &[
    ("collections::hash::map::HashMap", "collections::HashMap"),
    ("collections::hash::set::HashSet", "collections::HashSet"),
    ("collections::hash::map::", "collections::hash_map::"),
    ("collections::hash::set::", "collections::hash_set::"),
    ("collections::btree::map::BTreeMap", "collections::BTreeMap"),
    ("collections::btree::set::BTreeSet", "collections::BTreeSet"),
    (
        "collections::btree::map::entry::",
        "collections::btree_map::",
    ),
    ("collections::btree::map::", "collections::btree_map::"),
    ("collections::btree::set::", "collections::btree_set::"),
    ("collections::vec_deque::VecDeque", "collections::VecDeque"),
    ("hash::random::", "hash::"),
    ("io::cursor::", "io::"),
    ("os::unix::net::", "os::unix::net::"),
    ("ffi::os_str::OsString", "ffi::OsString"),
    ("ffi::c_str::CString", "ffi::CString"),
];

/// Private modules of `lab`.
const OF_LAB: &[&str] = &["apart", "lab", "recorder", "settings", "sync", "worker"];

fn published(path: &str) -> String {
    let Some((root, rest)) = path.split_once("::") else {
        return path.to_owned();
    };
    if root == CRATE {
        return format!("{OWN}::{rest}");
    }
    // All that a variable holds of a private module is published at the top. What
    // cells link to goes by another name there.
    if root == "cell" {
        let name = rest.rsplit("::").next().unwrap_or(rest);
        return format!("::threadlab_cell::{name}");
    }
    if root == "lab"
        && let Some((module, name)) = rest.split_once("::")
        && OF_LAB.contains(&module)
    {
        let name = name.rsplit("::").next().unwrap_or(name);
        return format!("::lab::{name}");
    }
    if !["std", "core", "alloc"].contains(&root) {
        return format!("::{path}");
    }
    for (inside, outside) in MOVED {
        if let Some(rest) = rest.strip_prefix(inside) {
            return format!("::std::{outside}{rest}");
        }
    }
    let (mut modules, name) = rest.rsplit_once("::").unwrap_or(("", rest));
    loop {
        if PUBLISHED.contains(&modules) {
            return format!("::std::{modules}::{name}");
        }
        match modules.rsplit_once("::") {
            Some((outer, _)) => modules = outer,
            None => return format!("::std::{rest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_standard_library_are_named_as_they_are_published() {
        for (told, named) in [
            ("i32", "i32"),
            ("&str", "&str"),
            (
                "alloc::vec::Vec<alloc::string::String>",
                "::std::vec::Vec<::std::string::String>",
            ),
            (
                "std::collections::hash::map::HashMap<&str, [i32; 3]>",
                "::std::collections::HashMap<&str, [i32; 3]>",
            ),
            (
                "alloc::sync::Arc<std::sync::poison::mutex::Mutex<(i32, f64)>>",
                "::std::sync::Arc<::std::sync::Mutex<(i32, f64)>>",
            ),
            ("core::ops::range::Range<usize>", "::std::ops::Range<usize>"),
            (
                "core::sync::atomic::AtomicU64",
                "::std::sync::atomic::AtomicU64",
            ),
            (
                "alloc::boxed::Box<dyn core::ops::function::Fn(i32) -> i32>",
                "::std::boxed::Box<dyn ::std::ops::Fn(i32) -> i32>",
            ),
            ("notebook::Point<u8>", "crate::Point<u8>"),
            (
                "lab::sync::cell::Cell<lab::trace::Model>",
                "::lab::Cell<::lab::trace::Model>",
            ),
            ("lab::lab::Run", "::lab::Run"),
        ] {
            assert_eq!(nameable(told).as_deref(), Some(named));
        }
    }

    #[test]
    fn a_closure_has_no_name() {
        assert_eq!(nameable("notebook::threadlab_cell::{{closure}}"), None);
        assert_eq!(
            readable(
                "core::iter::adapters::map::Map<core::ops::range::Range<i32>, notebook::f::{{closure}}>"
            ),
            "Map<Range<i32>, closure>"
        );
    }

    #[test]
    fn a_type_of_another_crate_is_looked_for_further_out() {
        let first = outer("::std::vec::Vec<::rand::rngs::thread::ThreadRng>").unwrap();
        assert_eq!(first, "::std::vec::Vec<::rand::rngs::ThreadRng>");
        let second = outer(&first).unwrap();
        assert_eq!(second, "::std::vec::Vec<::rand::ThreadRng>");
        assert_eq!(outer(&second), None);
        assert_eq!(outer("crate::a::B"), None);
    }

    #[test]
    fn types_of_the_notebook_are_found_in_others() {
        assert!(mentions("alloc::vec::Vec<notebook::Point>", "Point"));
        assert!(!mentions("alloc::vec::Vec<notebook::Points>", "Point"));
        assert!(!mentions("notebook::geometry::Point", "Point"));
    }

    #[test]
    fn a_type_is_of_the_crates_that_its_paths_begin_with() {
        let told = "alloc::vec::Vec<mine::deep::Cup>";
        assert!(is_of(told, "mine") && is_of(told, "alloc"));
        assert!(!is_of(told, "deep") && !is_of(told, "Cup") && !is_of("u8", "u8"));
        assert!(is_of("::mine::Cup", "mine"));
    }
}
