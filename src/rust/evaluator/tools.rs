//! What cells are compiled with, found and made once for a session.

use super::child::Child;
use super::compile::Against;
use super::dependencies::{self, Dependencies};
use super::library::{Cache, Library};
use super::requests::{Requests, note, tell};
use super::toolchain::Toolchain;
use super::{Evaluator, Stop};
use crate::rust::source::naming;
use crate::rust::wire::{Event, Request};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What cells are compiled with.
#[derive(Clone, Debug)]
pub(super) struct Tools {
    pub toolchain: Toolchain,
    pub cache: Cache,
    pub cell: Library,
    pub lab: Option<Library>,
}

impl Tools {
    fn are_there(&self) -> bool {
        let lab = self.lab.as_ref().is_none_or(|lab| lab.path.is_file());
        lab && self.cell.path.is_file()
    }
}

impl Evaluator {
    /// The compiler and what every cell links to; found when first asked for.
    pub(super) async fn tools(&mut self, requests: &mut Requests) -> Result<Tools, Stop> {
        // The cache may be deleted at any time.
        if let Some(tools) = self.tools.as_ref().filter(|tools| tools.are_there()) {
            return Ok(tools.clone());
        }
        let found = Toolchain::find(self.options.toolchain.as_deref());
        let toolchain = requests.unless_interrupted(found).await??;
        let cache = Cache::of(&toolchain);
        if !cache.has_cell() {
            requests.unless_interrupted(toolchain.check()).await??;
        }
        let made = cache.cell(&toolchain, |_| {});
        let cell = requests.unless_interrupted(made).await??;
        let tools = Tools {
            toolchain,
            cache,
            cell,
            lab: None,
        };
        self.tools = Some(tools.clone());
        Ok(tools)
    }

    /// Makes ready what the first cell needs, before it comes. What fails here
    /// fails there again, and is told there.
    pub(super) async fn prepare(&mut self, requests: &mut Requests) {
        let tools = match self.tools(requests).await {
            Ok(tools) => tools,
            Err(Stop::Error(_) | Stop::NotBegun) => return,
            Err(Stop::Interrupted) => {
                // The learner means the cell that waits for this.
                for request in requests.put_off_so_far() {
                    match request {
                        Request::Run(_) => self.done(Err(Stop::Interrupted)),
                        other => self.answer(other, requests).await,
                    }
                }
                return;
            }
        };
        if !tools.cache.has_lab() {
            self.make_lab(&tools);
        }
        tools.cache.tidy();
        self.child = Child::start(&self.program, &self.options.environment).ok();
    }

    /// Begins to compile the library of workers.
    pub(super) fn make_lab(&mut self, tools: &Tools) {
        let Tools {
            toolchain, cache, ..
        } = tools.clone();
        let making = async move { cache.lab(&toolchain, |_| {}).await };
        self.making = Some(tokio::spawn(making));
    }

    /// The library of workers, compiled where this machine has it not yet.
    pub(super) async fn lab(
        &mut self,
        tools: &Tools,
        requests: &mut Requests,
    ) -> Result<Library, Stop> {
        if !tools.cache.has_lab() {
            note(
                "the library `lab` is compiled for Rust cells, once on this machine; this takes a while",
            );
            if self.making.is_none() {
                self.make_lab(tools);
            }
        }
        if let Some(making) = &mut self.making {
            let made = requests.unless_interrupted(making).await?;
            self.making = None;
            return Ok(made.map_err(io::Error::other)??);
        }
        Ok(tools.cache.lab(&tools.toolchain, |_| {}).await?)
    }

    pub(super) fn against(&self, tools: &Tools) -> Against {
        let mut crates = vec![("threadlab_cell".to_owned(), tools.cell.path.clone())];
        let mut folders = tools.cell.depends.clone();
        if let Some(lab) = &tools.lab {
            crates.push(("lab".to_owned(), lab.path.clone()));
        }
        crates.extend(self.dependencies.crates.iter().cloned());
        folders.extend(self.dependencies.folders.iter().cloned());
        Against {
            crates,
            folders,
            optimized: self.options.optimized.clone(),
        }
    }

    /// What a cell finds its symbols in, in the order of loading.
    pub(super) fn libraries(&self, tools: &Tools, lab: bool) -> Vec<String> {
        let lab = tools.lab.as_ref().filter(|_| lab).map(|lab| &lab.path);
        [Some(&tools.toolchain.std), Some(&tools.cell.path), lab]
            .into_iter()
            .chain([self.dependencies.shared.as_ref()])
            .flatten()
            .map(|path| path.display().to_string())
            .collect()
    }

    /// Builds the crates that are asked for.
    pub(super) async fn depend(
        &mut self,
        asked: BTreeMap<String, String>,
        requests: &mut Requests,
    ) -> Result<(), Stop> {
        // What lies in a folder may have been edited since.
        let local = asked.values().any(|of| dependencies::is_local(of));
        if asked == self.session.dependencies && !local {
            return Ok(());
        }
        let tools = self.tools(requests).await?;
        let told = |line: &str| {
            tell(&Event::Text {
                stderr: false,
                text: format!("{line}\n"),
            });
        };
        let building = dependencies::Building {
            toolchain: &tools.toolchain,
            cache: &tools.cache,
            folder: &self.folder,
            asked: &asked,
            offline: self.options.offline,
            environment: &self.options.build_environment,
        };
        let building = building.build(told);
        let built = requests.unless_interrupted(building).await??;
        self.let_go_of_replaced(&built);
        self.dependencies = built;
        self.session.dependencies = asked;
        Ok(())
    }

    /// Lets go of variables that hold what crates have made which are now others.
    fn let_go_of_replaced(&mut self, later: &Dependencies) {
        let replaced = self.dependencies.replaced_by(later);
        if replaced.is_empty() {
            return;
        }
        // A process keeps the file that it has loaded.
        let rewritten = self.dependencies.rewritten_by(later);
        if rewritten {
            self.child = None;
        }
        // How code names them: a package may have been given another name.
        let is_one = |path| {
            let files = replaced
                .iter()
                .filter_map(|name| self.dependencies.made.get(name));
            files.into_iter().any(|files| files.contains_key(path))
        };
        let crates = self.dependencies.crates.iter();
        let called = crates.filter(|(_, path)| is_one(path));
        let called: BTreeSet<String> = called.map(|(name, _)| name.clone()).collect();
        // A type of the notebook's own may hold one of theirs.
        let begins = |path: &str| called.iter().any(|name| naming::is_of(path, name));
        let session = &self.session;
        let may_hold = session.imports.iter().any(|import| begins(&import.path))
            || (session.items.iter()).any(|i| !i.shape.is_empty() && !i.names.is_disjoint(&called));
        let holds = |told: &str| {
            replaced.iter().any(|name| naming::is_of(told, name))
                || (may_hold && naming::is_of(told, naming::CRATE))
        };
        let held = session.variables.iter();
        let held = held.filter(|(_, variable)| rewritten || holds(&variable.told));
        let held: BTreeSet<String> = held.map(|(name, _)| name.clone()).collect();
        let names = if called.is_empty() {
            &replaced
        } else {
            &called
        };
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let mut why = format!("the code of {} has changed", names.join(", "));
        if rewritten {
            why = format!("its process was ended, since {why}");
        }
        let lost = self.lose(|name| held.contains(name), &why);
        if !lost.is_empty() {
            let lost = super::failure::gone(&lost);
            note(&format!(
                "the code of {} has changed: {lost}",
                names.join(", ")
            ));
        }
    }
}
