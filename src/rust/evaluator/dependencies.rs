//! Crates that a notebook asks for by `:dep`: built by cargo, with all that
//! they need, into one shared library that cells find their code in.

use super::cargo::{self, Asked, BuildError, Cargo};
use super::library::Cache;
use super::toolchain::Toolchain;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What cells need of the crates of a session.
#[derive(Clone, Debug, Default)]
pub(super) struct Dependencies {
    /// What to compile against, by the name that code calls it.
    pub crates: Vec<(String, PathBuf)>,
    pub folders: Vec<PathBuf>,
    /// What to load.
    pub shared: Option<PathBuf>,
    /// All libraries that were built, by their names in code: where they are, and
    /// when they were made.
    pub made: BTreeMap<String, BTreeMap<PathBuf, Option<SystemTime>>>,
}

impl Dependencies {
    /// Names of crates of which the later ones have other code.
    pub(super) fn replaced_by(&self, later: &Dependencies) -> BTreeSet<String> {
        let stays = |(name, files): &(&String, &BTreeMap<_, _>)| {
            let later = later.made.get(*name);
            files
                .iter()
                .all(|(path, made)| later.and_then(|later| later.get(path)) == Some(made))
        };
        let replaced = self.made.iter().filter(|made| !stays(made));
        replaced.map(|(name, _)| name.clone()).collect()
    }

    /// Whether a file was written anew: a process that has loaded the one before
    /// does not load this one.
    pub(super) fn rewritten_by(&self, later: &Dependencies) -> bool {
        let files = |of: &Dependencies| of.made.values().flatten().map(cloned).collect();
        let later: BTreeMap<PathBuf, Option<SystemTime>> = files(later);
        let own: BTreeMap<PathBuf, Option<SystemTime>> = files(self);
        own.iter()
            .any(|(path, made)| later.get(path).is_some_and(|later| later != made))
    }
}

fn cloned((path, made): (&PathBuf, &Option<SystemTime>)) -> (PathBuf, Option<SystemTime>) {
    (path.clone(), *made)
}

/// Whether a crate lies in a folder: its code may change at any time.
pub(super) fn is_local(specification: &str) -> bool {
    path_of(specification).is_ok_and(|path| path.is_some())
}

/// The place of a specification's `path`, and what it says.
fn path_of(specification: &str) -> Result<Option<(Range<usize>, String)>, String> {
    const BEFORE: &str = "it = ";
    let text = format!("{BEFORE}{specification}");
    let read = toml::de::DeTable::parse(&text).map_err(|error| error.message().to_owned())?;
    let table = read
        .get_ref()
        .get("it")
        .and_then(|it| it.get_ref().as_table());
    let path = table.and_then(|table| table.get("path"));
    Ok(path.and_then(|path| {
        let span = path.span();
        let text = path.get_ref().as_str()?.to_owned();
        Some((span.start - BEFORE.len()..span.end - BEFORE.len(), text))
    }))
}

/// `:dep NAME`, `:dep NAME = "1"`, `:dep NAME = { version = "1", features = [..] }`:
/// the name, and what stands right of the `=`. A path is one from the folder of
/// the notebook on, which this process is in; it is made whole.
///
/// # Errors
/// What it should look like.
pub(super) fn parse(arguments: &str) -> Result<(String, String), String> {
    let (name, specification) = match arguments.split_once('=') {
        Some((name, specification)) => (name.trim(), specification.trim()),
        None => (arguments.trim(), "\"*\""),
    };
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(word) || specification.is_empty() {
        return Err(format!(
            "`:dep {arguments}` names no crate; write :dep NAME = \"VERSION\" or \
             :dep NAME = {{ version = \"VERSION\", features = [\"NAME\"] }}"
        ));
    }
    let path = path_of(specification).map_err(|why| {
        format!("`:dep {arguments}` says nothing that cargo understands: {why}; write :dep {name} = \"VERSION\"")
    })?;
    let mut specification = specification.to_owned();
    if let Some((place, path)) = path {
        let whole = std::fs::canonicalize(&path).or_else(|_| std::path::absolute(&path));
        let whole = whole.map_err(|error| format!("`{path}` is no folder: {error}"))?;
        let whole = whole.display().to_string();
        let escaped = whole.replace('\\', "\\\\").replace('"', "\\\"");
        specification.replace_range(place, &format!("\"{escaped}\""));
    }
    Ok((name.to_owned(), specification))
}

/// What to build.
#[derive(Clone, Copy, Debug)]
pub(super) struct Building<'a> {
    pub toolchain: &'a Toolchain,
    pub cache: &'a Cache,
    /// The session's own folder.
    pub folder: &'a Path,
    pub asked: &'a BTreeMap<String, String>,
    /// Whether cargo must not use the network.
    pub offline: bool,
    pub environment: &'a [(String, String)],
}

impl Building<'_> {
    /// Builds the crates of a session.
    ///
    /// # Errors
    /// What cargo says of the one that cannot be had.
    pub(super) async fn build(self, told: impl FnMut(&str)) -> Result<Dependencies, BuildError> {
        build(self, told).await
    }
}

async fn build(
    building: Building<'_>,
    mut told: impl FnMut(&str),
) -> Result<Dependencies, BuildError> {
    let Building {
        toolchain,
        cache,
        folder,
        asked,
        ..
    } = building;
    let mut hasher = DefaultHasher::new();
    asked.hash(&mut hasher);
    let name = format!("notebook-crates-{:016x}", hasher.finish());
    let mut manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [lib]\npath = \"lib.rs\"\ncrate-type = [\"dylib\"]\n[workspace]\n[dependencies]\n"
    );
    for (name, specification) in asked {
        let _ = writeln!(manifest, "{name} = {specification}");
    }
    let folder = folder.join("crates").join(&name);
    cargo::write(&folder.join("Cargo.toml"), &manifest)?;
    let target = cache.dependencies();
    let mut telling = |line: &str| {
        let line = line.trim();
        let word = line.split_whitespace().next().unwrap_or_default();
        let own = line.contains("notebook-crates");
        if !own && ["Compiling", "Downloading", "Downloaded", "Updating"].contains(&word) {
            told(line);
        }
    };
    let what = asked.keys().cloned().collect::<Vec<_>>().join(", ");
    let offline: &[&str] = if building.offline {
        &["--offline"]
    } else {
        &[]
    };
    let cargo = Cargo {
        toolchain,
        folder: &folder,
        target: &target,
        environment: building.environment,
    };
    let crates = cargo.asked(offline, &what, &mut telling).await?;
    let mut code = String::new();
    for Asked { called, id } in &crates {
        if called.is_empty() {
            return Err(BuildError::NoLibrary(cargo::package(id).into()));
        }
        let _ = writeln!(code, "pub extern crate {called};");
    }
    cargo::write(&folder.join("lib.rs"), &code)?;
    let arguments = [&["build", "--release"], offline].concat();
    let built = cargo.build(&arguments, &what, &mut telling).await?;
    let shared = built
        .shared(&name)
        .ok_or_else(|| BuildError::Nowhere(what.clone()))?;
    let mut dependencies = Dependencies {
        folders: cargo::depends(&target, shared),
        shared: Some(shared.clone()),
        ..Dependencies::default()
    };
    for Asked { called, id } in crates {
        let path = built
            .library(&id)
            .ok_or_else(|| BuildError::Nowhere(called.clone()))?;
        dependencies.crates.push((called, path.clone()));
    }
    for (called, path) in built.libraries() {
        let made = std::fs::metadata(path).and_then(|about| about.modified());
        let files = dependencies.made.entry(called).or_default();
        files.insert(path.clone(), made.ok());
    }
    Ok(dependencies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_dependency_is_a_name_and_what_cargo_takes() {
        let is = |name: &str, specification: &str| Ok((name.into(), specification.into()));
        assert_eq!(parse("itoa"), is("itoa", "\"*\""));
        assert_eq!(parse(" itoa = \"1\" "), is("itoa", "\"1\""));
        let table = "{ version = \"1\", features = [\"derive\"] }";
        assert_eq!(parse(&format!("serde = {table}")), is("serde", table));
        assert!(parse("= 1").is_err());
        let error = parse("itoa = { version = ").unwrap_err();
        assert!(error.contains("nothing that cargo understands"), "{error}");
    }

    #[test]
    fn a_path_is_one_from_the_folder_of_the_notebook_on() {
        let here = std::env::current_dir().unwrap();
        let (_, of) = parse("mine = { path = 'crates/../src', features = [\"a\"] }").unwrap();
        let whole = here.join("src").display().to_string();
        assert_eq!(of, format!("{{ path = \"{whole}\", features = [\"a\"] }}"));
        let (_, of) = parse("mine = { path = \"no-such-folder\" }").unwrap();
        assert!(of.contains(&here.join("no-such-folder").display().to_string()));
        assert!(is_local(&of) && !is_local("\"1\""));
    }

    #[test]
    fn code_is_replaced_where_a_file_is_written_anew_or_another_is_taken() {
        let with = |made: &[(&str, &str, u64)]| {
            let mut dependencies = Dependencies::default();
            for (name, path, seconds) in made {
                let files = dependencies.made.entry((*name).into()).or_default();
                let made = SystemTime::UNIX_EPOCH + Duration::from_secs(*seconds);
                files.insert(path.into(), Some(made));
            }
            dependencies
        };
        let before = with(&[("tea", "tea-1", 1), ("pot", "pot-1", 1)]);
        let more = with(&[
            ("tea", "tea-1", 1),
            ("pot", "pot-1", 1),
            ("tea", "tea-2", 2),
        ]);
        assert_eq!(before.replaced_by(&more), [].into());
        assert!(!before.rewritten_by(&more));
        let other = with(&[("tea", "tea-2", 2), ("pot", "pot-1", 1)]);
        assert_eq!(before.replaced_by(&other), ["tea".to_owned()].into());
        assert!(!before.rewritten_by(&other));
        let anew = with(&[("tea", "tea-1", 1), ("pot", "pot-1", 2)]);
        assert_eq!(before.replaced_by(&anew), ["pot".to_owned()].into());
        assert!(before.rewritten_by(&anew));
    }
}
