//! The one direction of the design, read from the sources: no layer names one
//! above it, no two layers beside each other name each other, and no two files
//! do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// From the top down; names on one line stand side by side.
const LAYERS: &[&[&str]] = &[
    &["main"],
    &["protocol", "cli"],
    &["kernel"],
    &["command"],
    &["magic"],
    &["display", "runner", "claim", "rust"],
    &["figure", "run", "twin", "scenario", "notebook", "project"],
    &["real"],
];

const LIBRARY: &[&[&str]] = &[
    &["prelude"],
    &["show"],
    &["lab"],
    &["explore"],
    &["model"],
    &["worker"],
    &["sync", "settings"],
    &["stage"],
    &["recorder"],
    &["gil", "machine"],
    &["trace", "stats"],
    &["memory"],
    &["apart", "value", "clock"],
];

#[test]
fn the_program_names_only_layers_below() {
    check(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), LAYERS);
}

#[test]
fn the_library_names_only_layers_below() {
    check(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/lab/src"),
        LIBRARY,
    );
}

#[test]
fn no_two_files_name_each_other() {
    for root in ["src", "crates/lab/src"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
        let files = sources(&root);
        let named: BTreeMap<&PathBuf, BTreeSet<PathBuf>> = files
            .iter()
            .map(|(file, text)| (file, files_named(file, text, &files)))
            .collect();
        for (file, names) in &named {
            for other in names {
                let back = named.get(other).is_some_and(|names| names.contains(*file));
                assert!(
                    !back,
                    "{} and {} name each other",
                    file.display(),
                    other.display()
                );
            }
        }
    }
}

#[test]
fn the_check_would_find_an_arrow_that_runs_back_up() {
    assert_eq!(modules("use crate::kernel::Kernel;"), ["kernel"]);
    assert_eq!(modules("let x = crate::magic::find(name);"), ["magic"]);
    assert_eq!(
        modules("use crate::{run, scenario::{self, Crew}};"),
        ["run", "scenario"]
    );
    assert_eq!(modules("// crate::kernel\n/// crate::kernel"), [""; 0]);
    let files = BTreeMap::from([("run/mod.rs".into(), ""), ("run/request.rs".into(), "")]);
    let files = files
        .into_iter()
        .map(|(f, t): (PathBuf, &str)| (f, t.to_owned()))
        .collect();
    let named = files_named(
        Path::new("run/request.rs"),
        "use crate::run::Active;",
        &files,
    );
    assert_eq!(named, BTreeSet::from(["run/mod.rs".into()]));
    let files = ["run/mod.rs", "run/a.rs", "run/b.rs"]
        .map(|f| (f.into(), String::new()))
        .into();
    let named = files_named(Path::new("run/a.rs"), "use super::b::Thing;", &files);
    assert_eq!(named, BTreeSet::from(["run/b.rs".into()]));
}

fn check(root: PathBuf, layers: &[&[&str]]) {
    let level = |module: &str| layers.iter().position(|layer| layer.contains(&module));
    let mut wrong = vec![];
    for (file, text) in sources(&root) {
        let own = layer_of(&file);
        let Some(at) = level(&own) else {
            assert_eq!(own, "lib", "{} stands in no layer", file.display());
            continue;
        };
        for named in modules(&text) {
            let Some(below) = level(&named) else {
                wrong.push(format!(
                    "{} names `{named}`, which is no layer",
                    file.display()
                ));
                continue;
            };
            if named != own && below <= at {
                wrong.push(format!("{} ({own}) names {named}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The top-level module that a file belongs to.
fn layer_of(file: &Path) -> String {
    let first = file.iter().next().unwrap_or_default().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Every file below a folder and its text, without its tests.
fn sources(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text
                    .split("#[cfg(test)]")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                all.insert(path.strip_prefix(root).unwrap().to_owned(), text);
            }
        }
    }
    assert!(!all.is_empty(), "no sources below {}", root.display());
    all
}

/// The modules of the crate that a text names, comments left out.
fn modules(text: &str) -> Vec<String> {
    let mut found = vec![];
    for path in paths(text, "crate::") {
        match path.strip_prefix('{') {
            Some(group) => found.extend(heads(group)),
            None => found.push(head(&path)),
        }
    }
    // `crate::Error` and the like are re-exports of the root.
    found.retain(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    found
}

/// What follows each `crate::` or `super::` of a text.
fn paths(text: &str, from: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect();
    code.split(from).skip(1).map(String::from).collect()
}

fn head(path: &str) -> String {
    path.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// The first names inside a `{...}` of a `use`.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut begins) = (0, vec![], true);
    let mut rest = group;
    while let Some(c) = rest.chars().next() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            c if begins && (c.is_alphanumeric() || c == '_') => {
                names.push(head(rest));
                begins = false;
            }
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    names
}

/// The files whose modules a file names by path, its own folder's `mod.rs`
/// through `super` left out.
fn files_named(file: &Path, text: &str, files: &BTreeMap<PathBuf, String>) -> BTreeSet<PathBuf> {
    let mut named = BTreeSet::new();
    // `super::name` in a file is a file beside it; a folder's own `mod` stands
    // above the folder.
    let beside = file
        .parent()
        .filter(|_| !file.ends_with("mod.rs"))
        .unwrap_or(Path::new(""));
    let from_root = paths(text, "crate::")
        .into_iter()
        .map(|path| (PathBuf::new(), path));
    let from_beside = paths(text, "super::")
        .into_iter()
        .map(|path| (beside.to_owned(), path));
    for (base, path) in from_root.chain(from_beside) {
        let parts: Vec<String> = path
            .split("::")
            .map(head)
            .take_while(|part| !part.is_empty())
            .collect();
        // The longest prefix of the path that is a file.
        for end in (1..=parts.len()).rev() {
            let joined = base.join(parts[..end].iter().collect::<PathBuf>());
            let candidates = [joined.with_extension("rs"), joined.join("mod.rs")];
            if let Some(found) = candidates.into_iter().find(|c| files.contains_key(c)) {
                if found != file {
                    named.insert(found);
                }
                break;
            }
        }
    }
    named
}
