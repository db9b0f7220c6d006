//! The evaluator of Rust cells (role `rust`): takes cells from the kernel, has
//! them compiled, and has its child run them. It keeps what a session knows;
//! the child keeps the values.

mod analysis;
mod building;
mod cargo;
mod child;
mod commands;
mod compile;
mod dependencies;
mod diagnostic;
mod failure;
mod library;
mod names;
mod obey;
mod output;
mod requests;
mod running;
mod toolchain;

use super::source::cell::Cell;
use super::source::naming;
use super::source::session::{Session, Variable};
use super::source::write::declarations;
use super::wire::{Asked, CellError, Completed, Done, Event, Explained, Known, Request};
use crate::run::Program;
pub use analysis::evcxr_child;
use analysis::{Analysis, Place};
use building::{Building, Ready, Unready};
use cargo::BuildError;
use child::Child;
use compile::Against;
use dependencies::Dependencies;
use failure::{Sources, plain};
use library::{Cache, Library};
use requests::{Interrupted, Requests, note, tell};
use running::{Ran, Running};
use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use toolchain::{NoToolchain, Toolchain};

/// Runs in the role until the kernel is gone; gives the exit status.
pub fn main() -> u8 {
    let folder = match tempfile::Builder::new().prefix("threadlab-rust-").tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!(
                "threadlab rust: no temporary folder can be made: {error}; TMPDIR names another place"
            );
            return 1;
        }
    };
    analysis::keep_files_in(&folder.path().join("analysis"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let served = runtime.and_then(|runtime| {
        runtime.block_on(async {
            let mut requests = Requests::listen();
            let mut evaluator = Evaluator::new(folder)?;
            evaluator.prepare(&mut requests).await;
            while let Some(request) = requests.next().await {
                evaluator.answer(request, &mut requests).await;
            }
            Ok(())
        })
    });
    match served {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("threadlab rust: the evaluator of Rust cells cannot start: {error}");
            1
        }
    }
}

/// How long a completion may take, since front ends give up waiting: while the
/// analyser begins, the session's own names have to do.
const PATIENCE: Duration = Duration::from_millis(900);
/// How long an explanation may take.
const LONG_PATIENCE: Duration = Duration::from_secs(5);

/// How cells are optimized where `:opt` says nothing: as evcxr does it.
const OPTIMIZED: &str = "2";

#[derive(Debug)]
struct Evaluator {
    program: Program,
    /// Removed with all that is in it at the end.
    folder: TempDir,
    /// What is found and made once for a session.
    tools: Option<Tools>,
    session: Session,
    sources: Sources,
    dependencies: Dependencies,
    child: Option<Child>,
    /// Crates written so far: names the next one.
    written: usize,
    options: Options,
    analysis: Option<Analysis>,
    /// Codes of the errors of the last cell that did not compile.
    codes: Vec<String>,
    /// The library of workers, being compiled.
    making: Option<tokio::task::JoinHandle<Result<Library, BuildError>>>,
}

/// What commands of evcxr have set.
#[derive(Clone, Debug)]
struct Options {
    /// 0 to 3, s or z.
    optimized: String,
    /// Whether values are shown by `{:#?}`.
    pretty: bool,
    offline: bool,
    timing: bool,
    toolchain: Option<String>,
    /// For the process of cells, from its next start on.
    environment: Vec<(String, String)>,
    /// For cargo.
    build_environment: Vec<(String, String)>,
}

/// What cells are compiled with.
#[derive(Clone, Debug)]
struct Tools {
    toolchain: Toolchain,
    cache: Cache,
    cell: Library,
    lab: Option<Library>,
}

/// Seconds that a cell took, where there was something to be done.
#[derive(Clone, Copy, Debug, Default)]
struct Took {
    compiling: Option<f64>,
    running: Option<f64>,
}

/// Why a cell did not come to its end.
enum Stop {
    Error(CellError),
    Interrupted,
}

impl From<Interrupted> for Stop {
    fn from(_: Interrupted) -> Self {
        Stop::Interrupted
    }
}

impl From<NoToolchain> for Stop {
    fn from(error: NoToolchain) -> Self {
        Stop::Error(plain("NoRust", error.to_string()))
    }
}

impl From<BuildError> for Stop {
    fn from(error: BuildError) -> Self {
        Stop::Error(plain("BuildError", error.to_string()))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        let what = format!("the process of Rust cells is in trouble: {error}");
        Stop::Error(plain("RustError", what))
    }
}

impl Evaluator {
    fn new(folder: TempDir) -> io::Result<Self> {
        Ok(Evaluator {
            program: Program::this()?,
            folder,
            tools: None,
            session: Session::default(),
            sources: Sources::default(),
            dependencies: Dependencies::default(),
            child: None,
            written: 0,
            options: Options {
                optimized: OPTIMIZED.into(),
                pretty: false,
                offline: false,
                timing: false,
                toolchain: None,
                environment: vec![],
                build_environment: vec![],
            },
            analysis: None,
            codes: vec![],
            making: None,
        })
    }

    async fn answer(&mut self, request: Request, requests: &mut Requests) {
        match request {
            Request::Run(asked) => {
                let ran = self.run(&asked, requests).await;
                self.done(ran);
            }
            Request::Reset => {
                tell(&Event::Text {
                    stderr: false,
                    text: self.session.forgotten(),
                });
                self.forget();
                self.done(Ok(Took::default()));
            }
            Request::Restore(saved) => {
                let restored = self.restore(&saved, requests).await;
                self.done(restored);
            }
            Request::Complete { code, at } => {
                let completed = self.complete(code, at, requests).await;
                tell(&Event::Completed(completed));
            }
            Request::Explain { code, at } => {
                let explained = self.explain(code, at, requests).await;
                tell(&Event::Explained(explained));
            }
            Request::Analyse => {
                self.analysis();
            }
            // There is nothing to interrupt, and nobody has asked.
            Request::Interrupt | Request::Answer(_) => {}
        }
    }

    /// Tells that a request is done, and what is known now.
    fn done(&self, ran: Result<Took, Stop>) {
        let (took, error) = match ran {
            Ok(took) => (took, None),
            Err(Stop::Error(error)) => (Took::default(), Some(error)),
            Err(Stop::Interrupted) => {
                let what = "the cell was interrupted; variables are as they were before it";
                (Took::default(), Some(plain("Interrupted", what)))
            }
        };
        let known = |(name, variable): (&String, &Variable)| Known {
            name: name.clone(),
            of: naming::readable(&variable.told),
            size: variable.size,
            mutable: variable.mutable,
        };
        tell(&Event::Done(Done {
            error,
            seconds: took.running,
            compiled: took.compiling,
            variables: self.session.variables.iter().map(known).collect(),
            saved: serde_json::to_string(&self.session).unwrap_or_default(),
        }));
    }

    /// Runs a cell.
    async fn run(&mut self, asked: &Asked, requests: &mut Requests) -> Result<Took, Stop> {
        let (commands, text) = commands::split(&asked.text);
        for command in &commands {
            self.obey(command, requests).await?;
        }
        let cell = Cell::read(&text);
        if cell.is_empty() && asked.after.is_empty() {
            return Ok(Took::default());
        }
        let mut tools = self.tools(requests).await?;
        let lab = self.names_lab(&cell) || !asked.after.is_empty();
        if lab && tools.lab.is_none() {
            tools.lab = Some(self.lab(&tools, requests).await?);
            self.tools = Some(tools.clone());
        }
        self.lose_the_gone();

        let began = Instant::now();
        let redefined = self.session.redefined(&cell, &asked.text);
        let mut session = self.session.clone();
        let lost = session.forget_of(&redefined);
        self.written += 1;
        let name = format!("cell_{}", self.written);
        let against = self.against(&tools);
        let building = Building {
            toolchain: &tools.toolchain,
            against: &against,
            folder: self.folder.path(),
            name: &name,
            asked,
            text: &text,
            cell: &cell,
            lab,
            pretty: self.options.pretty,
        };
        let built = building.build(&mut session, &mut self.sources);
        let ready = match requests.unless_interrupted(built).await? {
            Ok(ready) => ready,
            Err(Unready::Cell(error, codes)) => {
                self.codes = codes;
                return Err(Stop::Error(error));
            }
            Err(Unready::Machine(error)) => {
                return Err(Stop::Error(plain("CompileError", error.to_string())));
            }
        };
        let compiling = began.elapsed().as_secs_f64();
        if !ready.warnings.is_empty() {
            let text = ready.warnings.clone();
            tell(&Event::Text { stderr: true, text });
        }
        let running = match &ready.shared {
            Some(shared) => {
                tell_of_threads(&cell);
                let libraries = self.libraries(&tools, lab);
                let ran = self.enter(shared, &libraries, requests).await?;
                self.take_variables(&mut session, &cell, ran.variables);
                Some(ran.seconds)
            }
            None => None,
        };
        if asked.timed.is_none() {
            session.take(asked.number, &cell, &asked.text);
        }
        self.session = session;
        for (name, of) in lost {
            note(&format!(
                "`{name}` is gone: its type `{of}` was defined anew"
            ));
        }
        self.tell_of_unkept(&ready, &cell);
        if self.options.timing {
            let ran = running.unwrap_or_default() * 1e3;
            note(&format!(
                "compiled in {:.0} ms, ran for {ran:.3} ms",
                compiling * 1e3
            ));
        }
        Ok(Took {
            compiling: Some(compiling),
            running,
        })
    }

    /// The compiler and what every cell links to; found when first asked for.
    async fn tools(&mut self, requests: &mut Requests) -> Result<Tools, Stop> {
        if let Some(tools) = &self.tools {
            return Ok(tools.clone());
        }
        let toolchain = Toolchain::find(self.options.toolchain.as_deref())?;
        let cache = Cache::of(&toolchain);
        if !cache.has_cell() {
            toolchain.check()?;
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
    async fn prepare(&mut self, requests: &mut Requests) {
        let Ok(tools) = self.tools(requests).await else {
            return;
        };
        if !tools.cache.has_lab() {
            self.make_lab(&tools);
        }
        tools.cache.tidy();
        self.child = Child::start(&self.program, &self.options.environment).ok();
    }

    /// Begins to compile the library of workers.
    fn make_lab(&mut self, tools: &Tools) {
        let Tools {
            toolchain, cache, ..
        } = tools.clone();
        let making = async move { cache.lab(&toolchain, |_| {}).await };
        self.making = Some(tokio::spawn(making));
    }

    /// The library of workers, compiled where this machine has it not yet.
    async fn lab(&mut self, tools: &Tools, requests: &mut Requests) -> Result<Library, Stop> {
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

    /// Forgets all that cells have made.
    fn forget(&mut self) {
        self.session = Session::default();
        self.dependencies = Dependencies::default();
        self.child = None;
    }

    /// The analyser, started when first asked for.
    fn analysis(&mut self) -> &Analysis {
        let program = &self.program.path;
        self.analysis
            .get_or_insert_with(|| Analysis::start(program.clone()))
    }

    /// A place in code, with the session before it.
    fn place(&self, code: String, at: usize) -> Place {
        let mut before = String::new();
        for (name, specification) in &self.session.dependencies {
            before += &format!(":dep {name} = {specification}\n");
        }
        let cell = Cell::read(&code);
        let lab = self.names_lab(&cell);
        if let (true, Some(tools)) = (lab, &self.tools) {
            before += &format!(":dep {}\n", tools.cache.lab_source());
        }
        before += &declarations(&self.session, lab);
        Place { before, code, at }
    }

    /// What could stand at a place: of the session at once, of all else where
    /// the analyser is ready in time.
    async fn complete(&mut self, code: String, at: usize, requests: &mut Requests) -> Completed {
        let own = names::complete(&self.session, &code, at);
        let place = self.place(code, at);
        let asked = self.analysis().complete(place);
        let asked = tokio::time::timeout(PATIENCE, asked);
        match requests.unless_interrupted(asked).await {
            Ok(Ok(Ok(found))) if !found.matches.is_empty() => names::merged(found, own),
            _ => own,
        }
    }

    async fn explain(
        &mut self,
        code: String,
        at: usize,
        requests: &mut Requests,
    ) -> Option<Explained> {
        let own = names::explain(&self.session, &code, at);
        let end = names::word(&code, at).end;
        let place = self.place(code, end);
        let asked = self.analysis().explain(place);
        let patience = if own.is_some() {
            PATIENCE
        } else {
            LONG_PATIENCE
        };
        let asked = tokio::time::timeout(patience, asked);
        match requests.unless_interrupted(asked).await {
            Ok(Ok(Ok(Some(found)))) => Some(found),
            _ => own,
        }
    }

    /// Whether something of `lab` is named by a cell, or by what it builds on.
    fn names_lab(&self, cell: &Cell) -> bool {
        let named = |names: &BTreeSet<String>| lab_names().any(|name| names.contains(name));
        named(&cell.names)
            || self.session.items.iter().any(|item| named(&item.names))
            || self.session.variables.iter().any(|(name, variable)| {
                cell.names.contains(name) && variable.named.contains("::lab::")
            })
    }

    fn against(&self, tools: &Tools) -> Against {
        let mut crates = vec![("threadlab_cell".to_owned(), tools.cell.path.clone())];
        let mut folders = vec![tools.cell.depends.clone()];
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
    fn libraries(&self, tools: &Tools, lab: bool) -> Vec<String> {
        let lab = tools.lab.as_ref().filter(|_| lab).map(|lab| &lab.path);
        [Some(&tools.toolchain.std), Some(&tools.cell.path), lab]
            .into_iter()
            .chain([self.dependencies.shared.as_ref()])
            .flatten()
            .map(|path| path.display().to_string())
            .collect()
    }

    /// Has the child run a cell.
    async fn enter(
        &mut self,
        shared: &std::path::Path,
        libraries: &[String],
        requests: &mut Requests,
    ) -> Result<Ran, Stop> {
        if self.child.is_none() {
            self.child = Some(Child::start(&self.program, &self.options.environment)?);
        }
        let Some(child) = &mut self.child else {
            return Err(io::Error::from(io::ErrorKind::NotConnected).into());
        };
        let ended = Running::new(child, &self.sources)
            .run(&shared.display().to_string(), libraries, requests)
            .await?;
        match ended {
            running::Ended::Ran(ran) => Ok(ran),
            running::Ended::Failed(error) => Err(Stop::Error(error)),
            running::Ended::InPlace { error, left } => {
                let lost = self.lose(
                    |name| !left.contains(name),
                    "a cell that was not protected failed",
                );
                Err(Stop::Error(with_lost(error, &lost)))
            }
            running::Ended::Gone(error) => {
                self.child = None;
                let lost = self.lose(|_| true, "the process that held it is gone");
                Err(Stop::Error(with_lost(error, &lost)))
            }
        }
    }

    /// Finds out whether the child was lost between two cells.
    fn lose_the_gone(&mut self) {
        if self.child.as_ref().is_some_and(|child| !child.is_there()) {
            self.child = None;
            let lost = self.lose(|_| true, "the process that held it was ended from outside");
            note(&format!(
                "the process of Rust cells was ended from outside: {}; functions and types are as before",
                failure::gone(&lost)
            ));
        }
    }

    /// Strikes variables out; their names.
    fn lose(&mut self, which: impl Fn(&str) -> bool, why: &str) -> Vec<String> {
        let names = self.session.variables.keys().filter(|name| which(name));
        let names: Vec<String> = names.cloned().collect();
        for name in &names {
            self.session.variables.remove(name);
            self.session.gone.insert(name.clone(), why.to_owned());
        }
        names
    }

    /// Takes over what variables there are after a cell.
    fn take_variables(&self, session: &mut Session, cell: &Cell, told: Vec<running::Told>) {
        let before = std::mem::take(&mut session.variables);
        for running::Told { name, of, size } in told {
            let bound = cell.bindings.iter().find(|binding| binding.name == name);
            let known = before.get(&name).filter(|known| known.told == of);
            let mutable = match bound {
                Some(binding) => binding.mutable,
                None => before.get(&name).is_some_and(|known| known.mutable),
            };
            let named = match known {
                Some(known) => Some(known.named.clone()),
                None => naming::nameable(&of),
            };
            let Some(named) = named else {
                let why = format!(
                    "its type {} has no name; put a closure into a Box<dyn Fn()>",
                    naming::readable(&of)
                );
                // Told where a later cell asks for it.
                session.gone.insert(name, why);
                continue;
            };
            session.gone.remove(&name);
            let variable = Variable {
                told: of,
                named,
                mutable,
                size,
            };
            session.variables.insert(name, variable);
        }
        for name in before.keys() {
            if !session.variables.contains_key(name) && !session.gone.contains_key(name) {
                session
                    .gone
                    .insert(name.clone(), "it was moved away".into());
            }
        }
    }

    fn tell_of_unkept(&mut self, ready: &Ready, cell: &Cell) {
        for name in &ready.borrowing {
            let why = "it borrows, and what a cell keeps has to own what it holds";
            // Told where a later cell asks for it.
            self.session.gone.insert(name.clone(), why.into());
        }
        let main = cell
            .items
            .iter()
            .any(|item| item.key == super::source::cell::Key::Named("main".into()));
        if main && !cell.runs() {
            note("`main` is defined, not run: main() runs it");
        }
    }

    /// Builds the crates that are asked for.
    async fn depend(
        &mut self,
        asked: std::collections::BTreeMap<String, String>,
        requests: &mut Requests,
    ) -> Result<(), Stop> {
        if asked == self.session.dependencies {
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
            folder: self.folder.path(),
            asked: &asked,
            offline: self.options.offline,
            environment: &self.options.build_environment,
        };
        let building = building.build(told);
        self.dependencies = requests.unless_interrupted(building).await??;
        self.session.dependencies = asked;
        Ok(())
    }

    /// Knows again what an evaluator before this one knew.
    async fn restore(&mut self, saved: &str, requests: &mut Requests) -> Result<Took, Stop> {
        let saved: Session = serde_json::from_str(saved)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.session = saved;
        let asked = std::mem::take(&mut self.session.dependencies);
        let lost = self.lose(|_| true, "the process that held it was ended from outside");
        note(&format!(
            "the evaluator of Rust cells was ended: {}; functions, types and dependencies are as before",
            failure::gone(&lost)
        ));
        if !asked.is_empty() {
            self.depend(asked, requests).await?;
        }
        Ok(Took::default())
    }
}

fn with_lost(mut error: CellError, lost: &[String]) -> CellError {
    let lost = failure::gone(lost);
    error.value += &format!("; {lost}");
    error.traceback.push(lost);
    error
}

/// Names that call for the library.
fn lab_names() -> impl Iterator<Item = &'static str> {
    lab::prelude::NAMES.iter().copied().chain(["lab"])
}

/// Says of threads of the learner's own making that nobody looks at them.
fn tell_of_threads(cell: &Cell) {
    let has = |name: &str| cell.names.contains(name);
    let threads = has("thread") && (has("spawn") || has("scope"));
    let processes = has("process") && has("Command");
    let rayon = has("par_iter") || has("into_par_iter") || has("rayon");
    let lab = has("Lab") || has("lab");
    if (threads || processes || rayon) && !lab {
        note(
            "threads and processes of your own are neither traced nor explored; tasks of a Lab are",
        );
    }
}
