//! Crates that a notebook asks for by `:dep`: built by cargo, with all that
//! they need, into one shared library that cells find their code in.

use super::cargo::{self, BuildError, Cargo};
use super::library::Cache;
use super::toolchain::Toolchain;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// What cells need of the crates of a session.
#[derive(Clone, Debug, Default)]
pub(super) struct Dependencies {
    /// What to compile against, by the name that code calls it.
    pub crates: Vec<(String, PathBuf)>,
    pub folders: Vec<PathBuf>,
    /// What to load.
    pub shared: Option<PathBuf>,
}

/// `:dep NAME`, `:dep NAME = "1"`, `:dep NAME = { version = "1", features = [..] }`:
/// the name, and what stands right of the `=`.
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
    Ok((name.to_owned(), specification.to_owned()))
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
    let mut code = String::new();
    for (name, specification) in asked {
        let _ = writeln!(manifest, "{name} = {specification}");
        let _ = writeln!(code, "pub extern crate {};", name.replace('-', "_"));
    }
    let folder = folder.join("crates").join(&name);
    cargo::write(&folder.join("Cargo.toml"), &manifest)?;
    cargo::write(&folder.join("lib.rs"), &code)?;
    let target = cache.dependencies();
    let compiling = |line: &str| {
        let line = line.trim();
        let word = line.split_whitespace().next().unwrap_or_default();
        let own = line.contains("notebook-crates");
        if !own && ["Compiling", "Downloading", "Downloaded", "Updating"].contains(&word) {
            told(line);
        }
    };
    let what = asked.keys().cloned().collect::<Vec<_>>().join(", ");
    let mut arguments = vec!["build", "--release"];
    if building.offline {
        arguments.push("--offline");
    }
    let cargo = Cargo {
        toolchain,
        folder: &folder,
        target: &target,
        environment: building.environment,
    };
    let built = cargo.build(&arguments, &what, compiling).await?;
    let mut dependencies = Dependencies {
        folders: vec![target.join("release/deps")],
        shared: built.shared(&name).cloned(),
        ..Dependencies::default()
    };
    for (name, specification) in asked {
        let package = renamed(specification).unwrap_or(name);
        let path = built
            .library(package)
            .ok_or_else(|| BuildError::Nowhere(package.into()))?;
        let called = name.replace('-', "_");
        dependencies.crates.push((called, path.clone()));
    }
    Ok(dependencies)
}

/// The package that a specification gives another name: `{ package = "x" }`.
fn renamed(specification: &str) -> Option<&str> {
    let (_, rest) = specification.split_once("package")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    rest.strip_prefix('"')?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_a_name_and_what_cargo_takes() {
        let is = |name: &str, specification: &str| Ok((name.into(), specification.into()));
        assert_eq!(parse("itoa"), is("itoa", "\"*\""));
        assert_eq!(parse(" itoa = \"1\" "), is("itoa", "\"1\""));
        let table = "{ version = \"1\", features = [\"derive\"] }";
        assert_eq!(parse(&format!("serde = {table}")), is("serde", table));
        assert!(parse("= 1").is_err());
        assert_eq!(
            renamed("{ package = \"rand\", version = \"0.9\" }"),
            Some("rand")
        );
        assert_eq!(renamed("\"1\""), None);
    }
}
