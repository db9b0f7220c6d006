//! cargo, for what is compiled once: the library, and crates that `:dep` asks
//! for.

use super::toolchain::Toolchain;
use serde::Deserialize;
use std::env::consts::DLL_EXTENSION;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

/// What cargo was to build, and could not.
#[derive(Debug, thiserror::Error)]
pub(super) enum BuildError {
    #[error(
        "{path} cannot be written: {source}. Name another folder for what Rust cells keep in THREADLAB_CACHE"
    )]
    Write { path: String, source: io::Error },
    #[error("cargo cannot be started: {0}")]
    Start(io::Error),
    #[error("{what} cannot be built ({status}):\n{words}")]
    Failed {
        what: String,
        status: ExitStatus,
        words: String,
    },
    #[error("cargo built {0} and did not say where it is")]
    Nowhere(String),
    #[error("{0} has no library, so there is nothing of it that a cell could use")]
    NoLibrary(String),
}

/// What cargo made, in the order in which it did.
#[derive(Debug, Default)]
pub(super) struct Built(Vec<Artifact>);

/// Files that one run of the compiler made.
#[derive(Debug, Deserialize)]
struct Artifact {
    /// The package's identifier: that of `cargo metadata`.
    package_id: String,
    target: Target,
    profile: Profile,
    filenames: Vec<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Profile {
    opt_level: String,
}

impl Artifact {
    /// One of `cargo build`'s messages; none where it is something else, or a
    /// build script.
    fn read(line: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Message {
            reason: String,
        }
        let message: Message = serde_json::from_str(line).ok()?;
        let artifact: Artifact = (message.reason == "compiler-artifact")
            .then(|| serde_json::from_str(line).ok())
            .flatten()?;
        let script = artifact
            .target
            .kind
            .iter()
            .any(|kind| kind == "custom-build");
        (!script).then_some(artifact)
    }

    /// Whether it is for build scripts and macros, which are not optimized: a
    /// package may be built once for them and once for programs.
    fn is_for_building(&self) -> bool {
        self.profile.opt_level == "0"
    }

    fn file(&self, extension: &str) -> Option<&PathBuf> {
        let fits = |file: &&PathBuf| file.extension().is_some_and(|e| e == extension);
        self.filenames.iter().find(fits)
    }
}

impl Built {
    /// The shared library of the package of this name.
    pub(super) fn shared(&self, name: &str) -> Option<&PathBuf> {
        let mut of_it = self.0.iter().filter(|a| package(&a.package_id) == name);
        of_it.find_map(|artifact| artifact.file(DLL_EXTENSION))
    }

    /// What other crates compile against: the library of the package with this
    /// identifier, or its procedural macros.
    pub(super) fn library(&self, id: &str) -> Option<&PathBuf> {
        let of_it = || self.0.iter().filter(|a| a.package_id == id);
        let for_programs = of_it().filter(|a| !a.is_for_building());
        let mut all = for_programs.chain(of_it());
        all.find_map(|artifact| artifact.file("rlib").or(artifact.file(DLL_EXTENSION)))
    }

    /// All libraries of programs: how code names them, and where they are.
    pub(super) fn libraries(&self) -> impl Iterator<Item = (String, &PathBuf)> {
        let for_programs = self.0.iter().filter(|a| !a.is_for_building());
        for_programs.filter_map(|artifact| {
            let called = artifact.target.name.replace('-', "_");
            Some((called, artifact.file("rlib")?))
        })
    }
}

/// Where the compiler finds what a shared library depends on: beside it, and
/// for macros in the build's own folder, which is another one where the learner
/// has told cargo to compile for a platform by name.
pub(super) fn depends(target: &Path, shared: &Path) -> Vec<PathBuf> {
    let own = target.join("release/deps");
    let beside = shared.parent().map(|folder| folder.join("deps"));
    let beside = beside.filter(|beside| *beside != own && beside.is_dir());
    std::iter::once(own).chain(beside).collect()
}

/// A crate that a package asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// How code names it.
    pub called: String,
    /// The package's identifier.
    pub id: String,
}

/// What `cargo metadata` says of the package in its folder.
fn asked(metadata: &str) -> Option<Vec<Asked>> {
    #[derive(Deserialize)]
    struct Metadata {
        resolve: Resolve,
    }
    #[derive(Deserialize)]
    struct Resolve {
        nodes: Vec<Node>,
        root: String,
    }
    #[derive(Deserialize)]
    struct Node {
        id: String,
        deps: Vec<Dependency>,
    }
    #[derive(Deserialize)]
    struct Dependency {
        name: String,
        pkg: String,
    }
    let Metadata { resolve } = serde_json::from_str(metadata).ok()?;
    let root = resolve.nodes.into_iter().find(|n| n.id == resolve.root)?;
    let asked = root.deps.into_iter().map(|dependency| Asked {
        called: dependency.name,
        id: dependency.pkg,
    });
    Some(asked.collect())
}

/// Ends cargo and the compilers below it when it is dropped.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(process) = self.0.id() {
            // SAFETY: the group was made for this child, which has not been
            // waited for: its number is still its own.
            unsafe { libc::killpg(process as libc::pid_t, libc::SIGKILL) };
        }
    }
}

/// Where and how cargo runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cargo<'a> {
    pub toolchain: &'a Toolchain,
    /// The folder of the manifest.
    pub folder: &'a Path,
    /// The folder of what is built.
    pub target: &'a Path,
    pub environment: &'a [(String, String)],
}

impl Cargo<'_> {
    /// Builds. Each line of what it does is given to `told`.
    ///
    /// # Errors
    /// When it cannot be started or fails; with the compiler's words then.
    pub(super) async fn build(
        self,
        arguments: &[&str],
        what: &str,
        told: impl FnMut(&str),
    ) -> Result<Built, BuildError> {
        let arguments = [arguments, &["--message-format=json-render-diagnostics"]].concat();
        let messages = self.run(&arguments, what, told).await?;
        Ok(Built(messages.lines().filter_map(Artifact::read).collect()))
    }

    /// Chooses versions, and says what the package in its folder asks for.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub(super) async fn asked(
        self,
        arguments: &[&str],
        what: &str,
        told: impl FnMut(&str),
    ) -> Result<Vec<Asked>, BuildError> {
        let host = self.toolchain.host();
        let own = ["metadata", "--format-version=1", "--filter-platform", host];
        let metadata = self.run(&[&own, arguments].concat(), what, told).await?;
        asked(&metadata).ok_or_else(|| BuildError::Nowhere(what.into()))
    }

    /// Runs it; what it prints.
    async fn run(
        self,
        arguments: &[&str],
        what: &str,
        mut told: impl FnMut(&str),
    ) -> Result<String, BuildError> {
        let mut command = Command::new(&self.toolchain.cargo);
        command
            .args(arguments)
            .current_dir(self.folder)
            .env("CARGO_TARGET_DIR", self.target)
            .env("CARGO_BUILD_BUILD_DIR", self.target)
            .env("RUSTC", &self.toolchain.rustc)
            .env("RUSTFLAGS", "-Cprefer-dynamic")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET")
            .env_remove("RUSTC_WRAPPER")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut cargo = Group(command.spawn().map_err(BuildError::Start)?);
        let (Some(mut stdout), Some(stderr)) = (cargo.0.stdout.take(), cargo.0.stderr.take())
        else {
            return Err(BuildError::Start(io::ErrorKind::BrokenPipe.into()));
        };
        let (mut printed, mut words) = (vec![], String::new());
        // Not `lines()`: what build scripts and linkers say need not be UTF-8.
        let mut lines = BufReader::new(stderr).split(b'\n');
        let hearing = async {
            while let Ok(Some(line)) = lines.next_segment().await {
                let line = String::from_utf8_lossy(&line);
                told(&line);
                words.push_str(&line);
                words.push('\n');
            }
        };
        let (read, ()) = tokio::join!(stdout.read_to_end(&mut printed), hearing);
        read.map_err(BuildError::Start)?;
        let status = cargo.0.wait().await.map_err(BuildError::Start)?;
        if status.success() {
            return Ok(String::from_utf8_lossy(&printed).into_owned());
        }
        Err(BuildError::Failed {
            what: what.into(),
            status,
            words: words.trim().to_owned(),
        })
    }
}

/// The name in a package's identifier: `registry+https://...#itoa@1.0.15`,
/// `path+file:///home/me/thing#0.1.0`, `path+file:///x#name@0.1.0`.
pub(super) fn package(id: &str) -> &str {
    let (place, end) = id.rsplit_once('#').unwrap_or((id, ""));
    match end.split_once('@') {
        Some((name, _)) => name,
        None => place.rsplit('/').next().unwrap_or(place),
    }
}

/// A file with this text, written only where it has another.
pub(super) fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    let failed = |source| BuildError::Write {
        path: path.display().to_string(),
        source,
    };
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    // By way of a file of its own: two kernels may write the same one.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    std::fs::write(&beside, text).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_package_is_read_from_its_identifier() {
        assert_eq!(package("registry+https://x.org/index#itoa@1.0.15"), "itoa");
        assert_eq!(package("path+file:///home/me/thing#0.1.0"), "thing");
        assert_eq!(package("path+file:///home/me/x#thing@0.1.0"), "thing");
    }

    #[test]
    fn crates_that_are_asked_for_have_the_names_of_the_one_who_asks() {
        let metadata = r#"{"packages": [], "resolve": {"root": "path+file:///x#0.0.0", "nodes": [
            {"id": "registry+y#tea@1.0.0", "deps": [{"name": "leaf", "pkg": "registry+y#leaf@1.0.0"}]},
            {"id": "path+file:///x#0.0.0", "deps": [
                {"name": "old_tea", "pkg": "registry+y#tea@1.0.0", "dep_kinds": []}]}]}}"#;
        let (called, id) = ("old_tea".into(), "registry+y#tea@1.0.0".into());
        assert_eq!(asked(metadata), Some(vec![Asked { called, id }]));
    }

    #[test]
    fn of_two_versions_and_of_two_builds_the_right_one_is_taken() {
        let artifact = |version: &str, level: &str, file: &str| {
            format!(
                r#"{{"reason": "compiler-artifact", "package_id": "registry+y#tea@{version}",
                "target": {{"name": "tea", "kind": ["lib"]}}, "profile": {{"opt_level": "{level}"}},
                "filenames": ["/{file}.rlib", "/{file}.rmeta"]}}"#
            )
        };
        let messages = [
            artifact("1.0.0", "0", "for-macros"),
            artifact("1.0.0", "3", "one"),
            artifact("2.0.0", "3", "two"),
        ];
        let built = Built(messages.iter().filter_map(|m| Artifact::read(m)).collect());
        let library = |id: &str| built.library(id).map(|path| path.display().to_string());
        assert_eq!(library("registry+y#tea@1.0.0"), Some("/one.rlib".into()));
        assert_eq!(library("registry+y#tea@2.0.0"), Some("/two.rlib".into()));
        assert_eq!(built.libraries().count(), 2);
    }

    #[tokio::test]
    async fn what_is_no_utf_8_on_its_standard_error_is_told_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let toolchain = Toolchain {
            rustc: "rustc".into(),
            cargo: "sh".into(),
            std: "".into(),
            version: "".into(),
        };
        let cargo = Cargo {
            toolchain: &toolchain,
            folder: folder.path(),
            target: folder.path(),
            environment: &[],
        };
        let mut told = vec![];
        let says = ["-c", "printf 'one\\n\\377\\nthree\\n' >&2; echo out"];
        let printed = cargo.run(&says, "it", |line| told.push(line.to_owned()));
        assert_eq!(printed.await.unwrap(), "out\n");
        assert_eq!(told, ["one", "\u{fffd}", "three"]);
    }
}
