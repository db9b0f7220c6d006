//! The libraries that cells link to, which travel inside this program as source
//! and are compiled once for each version and compiler, in a cache.

use super::cargo::{self, BuildError, Built, Cargo};
use super::toolchain::Toolchain;
use include_dir::{Dir, DirEntry, include_dir};
use std::ffi::OsStr;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

static CELL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/crates/cell/src");
static LAB: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/crates/lab/src");
const CELL_MANIFEST: &str = include_str!("../../../crates/cell/Cargo.toml");
const LAB_MANIFEST: &str = include_str!("../../../crates/lab/Cargo.toml");
/// The versions that this program was built and tested with.
const LOCK: &str = include_str!("../../../Cargo.lock");

/// The environment variable that names the cache's folder.
pub(super) const CACHE: &str = "THREADLAB_CACHE";

/// How long a version may lie unused before it is removed.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Where compiled libraries are kept.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// A library that cells link to.
#[derive(Clone, Debug)]
pub(super) struct Library {
    /// The shared library: compiled against, and loaded.
    pub path: PathBuf,
    /// Where the compiler finds what it depends on.
    pub depends: Vec<PathBuf>,
}

impl Cache {
    /// The cache for a compiler.
    pub(super) fn of(toolchain: &Toolchain) -> Self {
        let mut hasher = DefaultHasher::new();
        (&toolchain.version, &toolchain.std, LOCK).hash(&mut hasher);
        (CELL_MANIFEST, LAB_MANIFEST).hash(&mut hasher);
        for dir in [&CELL, &LAB] {
            each_file(dir, &mut |path, text| (path, text).hash(&mut hasher));
        }
        let named = format!("{}-{:016x}", env!("CARGO_PKG_VERSION"), hasher.finish());
        Cache {
            folder: root().join("rust").join(named),
        }
    }

    /// The folder for what `:dep` builds, which sessions share.
    pub(super) fn dependencies(&self) -> PathBuf {
        self.folder.join("dependencies")
    }

    /// The library of workers as `:dep` of evcxr has it: as source, to be looked
    /// into.
    pub(super) fn lab_source(&self) -> String {
        let path = self.folder.join("source/crates/lab");
        let path = path.display();
        format!(
            "lab = {{ path = \"{path}\", package = \"threadlab-lab\", features = [\"async\", \"pool\"] }}"
        )
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Notes that this version is in use, and removes those that nobody has used
    /// for long. What cannot be removed stays, and so does all that is not told
    /// to be a version by its name and by the note in it: the folder may be the
    /// learner's own.
    pub(super) fn tidy(&self) {
        let note = self.note("cell");
        let touched = File::options().append(true).open(&note);
        let _ = touched.and_then(|file| file.set_modified(SystemTime::now()));
        let siblings = self.folder.parent().map(std::fs::read_dir);
        for version in siblings.into_iter().flatten().flatten().flatten() {
            if version.path() == self.folder || !is_version(&version.file_name()) {
                continue;
            }
            let used = std::fs::metadata(version.path().join("cell.path"))
                .and_then(|metadata| metadata.modified());
            let age = used.ok().and_then(|used| used.elapsed().ok());
            if age.is_some_and(|age| age > UNUSED) {
                let _ = std::fs::remove_dir_all(version.path());
            }
        }
    }

    /// What every cell links to.
    pub(super) async fn cell(
        &self,
        toolchain: &Toolchain,
        told: impl FnMut(&str),
    ) -> Result<Library, BuildError> {
        self.library(toolchain, "threadlab-cell", "cell", &[], told)
            .await
    }

    /// The library of workers.
    pub(super) async fn lab(
        &self,
        toolchain: &Toolchain,
        told: impl FnMut(&str),
    ) -> Result<Library, BuildError> {
        let how = ["--crate-type=dylib", "--features=async,pool,serde,cell"];
        self.library(toolchain, "threadlab-lab", "lab", &how, told)
            .await
    }

    /// Whether what every cell links to is there already.
    pub(super) fn has_cell(&self) -> bool {
        self.made("cell").is_some()
    }

    /// Whether the library of workers is there already.
    pub(super) fn has_lab(&self) -> bool {
        self.made("lab").is_some()
    }

    /// A library that was built before.
    fn made(&self, name: &str) -> Option<Library> {
        let noted = std::fs::read_to_string(self.note(name)).ok()?;
        let path = PathBuf::from(noted);
        let depends = cargo::depends(&self.target(), &path);
        path.is_file().then_some(Library { path, depends })
    }

    /// The file that tells where a library is, written once it is whole.
    fn note(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.path"))
    }

    async fn library(
        &self,
        toolchain: &Toolchain,
        package: &str,
        name: &str,
        how: &[&str],
        told: impl FnMut(&str),
    ) -> Result<Library, BuildError> {
        if let Some(made) = self.made(name) {
            return Ok(made);
        }
        let source = self.folder.join("source");
        unpack(&source)?;
        let mut arguments = vec!["rustc", "--release", "--lib", "--package", package];
        arguments.extend(how);
        let target = self.target();
        let cargo = Cargo {
            toolchain,
            folder: &source,
            target: &target,
            environment: &[],
        };
        let built: Built = cargo.build(&arguments, package, told).await?;
        let path = built
            .shared(package)
            .ok_or_else(|| BuildError::Nowhere(package.into()))?;
        cargo::write(&self.note(name), &path.to_string_lossy())?;
        Ok(Library {
            path: path.clone(),
            depends: cargo::depends(&target, path),
        })
    }
}

/// Whether a folder has a name as [`Cache::of`] gives it: `0.1.0-`, and a number.
fn is_version(name: &OsStr) -> bool {
    let parts = name.to_str().and_then(|name| name.rsplit_once('-'));
    parts.is_some_and(|(version, number)| {
        version.starts_with(|c: char| c.is_ascii_digit())
            && number.len() == 16
            && number.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// The folder for all that is kept between sessions.
fn root() -> PathBuf {
    let named = std::env::var_os(CACHE).map(PathBuf::from);
    let user = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    named
        .or_else(|| Some(user.or(home)?.join("threadlab")))
        .unwrap_or_else(|| std::env::temp_dir().join("threadlab"))
}

/// Writes the sources out, as a workspace of their own.
fn unpack(folder: &Path) -> Result<(), BuildError> {
    let workspace = format!(
        "[workspace]\nmembers = [\"crates/cell\", \"crates/lab\"]\nresolver = \"3\"\n\
         [workspace.package]\nversion = \"{}\"\nedition = \"2024\"\nrust-version = \"{}\"\nlicense = \"{}\"\n\
         [workspace.lints]\n[profile.release]\ndebug = false\nincremental = false\n",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_RUST_VERSION"),
        env!("CARGO_PKG_LICENSE"),
    );
    cargo::write(&folder.join("Cargo.toml"), &workspace)?;
    cargo::write(&folder.join("Cargo.lock"), LOCK)?;
    for (name, manifest, dir) in [("cell", CELL_MANIFEST, &CELL), ("lab", LAB_MANIFEST, &LAB)] {
        let folder = folder.join("crates").join(name);
        // Tests and what they need stay at home.
        let manifest = manifest.split("[[test]]").next().unwrap_or(manifest);
        let manifest = manifest
            .split("[dev-dependencies]")
            .next()
            .unwrap_or(manifest);
        cargo::write(&folder.join("Cargo.toml"), manifest)?;
        let mut failed = None;
        each_file(dir, &mut |path, text| {
            if failed.is_none() {
                failed = cargo::write(&folder.join("src").join(path), text).err();
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
    }
    Ok(())
}

fn each_file(dir: &Dir<'_>, with: &mut impl FnMut(&Path, &str)) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(inner) => each_file(inner, with),
            DirEntry::File(file) => with(file.path(), file.contents_utf8().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_that_lie_unused_are_removed() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let make = |name: &str, note: bool, old: bool| {
            std::fs::create_dir(at(name)).unwrap();
            let set = |path: &Path| {
                let then = SystemTime::now() - 2 * UNUSED;
                File::open(path).unwrap().set_modified(then).unwrap();
            };
            if note {
                std::fs::write(at(name).join("cell.path"), "").unwrap();
                old.then(|| set(&at(name).join("cell.path")));
            }
            old.then(|| set(&at(name)));
        };
        make("0.1.0-0000000000000001", true, true);
        make("0.1.0-0000000000000002", true, false);
        make("0.1.0-0000000000000003", false, true);
        make("my-project", true, true);
        make("0.1.0-0000000000000004", true, true);
        let folder = at("0.1.0-0000000000000004");
        Cache { folder }.tidy();
        let there = std::fs::read_dir(root.path()).unwrap();
        let mut there: Vec<_> = there.map(|e| e.unwrap().file_name()).collect();
        there.sort();
        let stays = [
            "0.1.0-0000000000000002",
            "0.1.0-0000000000000003",
            "0.1.0-0000000000000004",
            "my-project",
        ];
        assert_eq!(there, stays);
    }
}
