//! The evaluator of Rust cells (role `rust`): takes cells from the kernel, has
//! them compiled, and has its child run them. It keeps what a session knows;
//! the child keeps the values.

mod analysis;
mod asking;
mod building;
mod cargo;
mod child;
mod commands;
mod compile;
mod dependencies;
mod diagnostic;
mod failure;
mod lab_hints;
mod library;
mod names;
mod obey;
mod output;
mod requests;
mod running;
mod toolchain;
mod tools;
mod variables;

use super::source::cell::Cell;
use super::source::naming;
use super::source::session::{Session, Variable};
use super::wire::{Asked, CellError, Done, Event, Known, Request};
use crate::run::Program;
use analysis::Analysis;
pub use analysis::evcxr_child;
use building::{Building, Unready};
use cargo::BuildError;
use child::Child;
use dependencies::Dependencies;
use failure::{Sources, plain};
use library::Library;
use requests::{Interrupted, Requests, note, tell};
use running::{Ran, Running};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;
use toolchain::NoToolchain;
use tools::Tools;
use variables::with_lost;

/// Runs in the role until the kernel is gone; gives the exit status. The folder
/// to write into is the program's second argument, and removed at the end.
pub fn main() -> u8 {
    let Some(folder) = std::env::args_os().nth(2).map(PathBuf::from) else {
        eprintln!("threadlab rust: the kernel starts this with a folder to write into");
        return 2;
    };
    analysis::keep_files_in(&folder.join("analysis"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let served = runtime.and_then(|runtime| {
        runtime.block_on(async {
            let mut requests = Requests::listen();
            let mut evaluator = Evaluator::new(&folder)?;
            evaluator.prepare(&mut requests).await;
            while let Some(request) = requests.next().await {
                evaluator.answer(request, &mut requests).await;
            }
            Ok(())
        })
    });
    // What cannot be removed is the kernel's to remove, if it is still there.
    let _ = std::fs::remove_dir_all(&folder);
    match served {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("threadlab rust: the evaluator of Rust cells cannot start: {error}");
            1
        }
    }
}

/// How cells are optimized where `:opt` says nothing: as evcxr does it.
const OPTIMIZED: &str = "2";

#[derive(Debug)]
struct Evaluator {
    program: Program,
    /// Where it writes.
    folder: PathBuf,
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
    /// Whether something of `lab` was named in code that was asked about.
    names_lab_when_asked: bool,
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

/// Seconds that a cell took, where there was something to be done.
#[derive(Clone, Copy, Debug, Default)]
struct Took {
    compiling: Option<f64>,
    running: Option<f64>,
}

/// Why a cell did not come to its end.
enum Stop {
    Error(CellError),
    /// The process of cells was gone before it had heard of this one.
    NotBegun,
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
    fn new(folder: &Path) -> io::Result<Self> {
        Ok(Evaluator {
            program: Program::this()?,
            folder: folder.to_owned(),
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
            names_lab_when_asked: false,
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
            // There is nothing to interrupt, and nobody has asked.
            Request::Interrupt | Request::Answer(_) => {}
        }
    }

    /// Tells that a request is done, and what is known now.
    fn done(&self, ran: Result<Took, Stop>) {
        let (took, error) = match ran {
            Ok(took) => (took, None),
            Err(Stop::Error(error)) => (Took::default(), Some(error)),
            Err(Stop::NotBegun) => (Took::default(), Some(running::gone())),
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
        let number = self.session.key(asked.number, &asked.text);
        let asked = &Asked {
            number,
            ..asked.clone()
        };
        match self.carry_out(asked, &text, requests).await {
            // With another one, that has no variables.
            Err(Stop::NotBegun) => self.carry_out(asked, &text, requests).await,
            ran => ran,
        }
    }

    /// Runs a cell without its commands.
    async fn carry_out(
        &mut self,
        asked: &Asked,
        text: &str,
        requests: &mut Requests,
    ) -> Result<Took, Stop> {
        let cell = Cell::read(text);
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
        // Somebody may have tidied up among the temporary files.
        std::fs::create_dir_all(&self.folder)?;

        let began = Instant::now();
        let redefined = self.session.redefined(&cell);
        let mut session = self.session.clone();
        let mut lost = session.forget_of(&redefined);
        session.end_variables(&cell);
        self.written += 1;
        let name = format!("cell_{}", self.written);
        let against = self.against(&tools);
        let building = Building {
            toolchain: &tools.toolchain,
            against: &against,
            folder: &self.folder,
            name: &name,
            asked,
            text,
            cell: &cell,
            lab,
            pretty: self.options.pretty,
        };
        let built = building.build(&mut session, &mut self.sources);
        let mut ready = match requests.unless_interrupted(built).await? {
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
                tell_of_its_own(&cell);
                let libraries = self.libraries(&tools, lab);
                let ran = self.enter(shared, &libraries, requests).await?;
                self.take_variables(&mut session, &cell, &ready.unkept, ran.variables);
                Some(ran.seconds)
            }
            None => None,
        };
        if asked.timed.is_none() {
            session.take(asked.number, &cell, &asked.text);
        }
        self.session = session;
        for what in &ready.left_out {
            note(&building::does_not_go(what));
        }
        lost.append(&mut ready.lost);
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

    /// Forgets all that cells have made.
    fn forget(&mut self) {
        self.session = Session::default();
        self.dependencies = Dependencies::default();
        self.child = None;
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
            running::Ended::NotBegun => {
                self.lose_child();
                Err(Stop::NotBegun)
            }
            running::Ended::Gone(error) => {
                self.child = None;
                let lost = self.lose(|_| true, "the process that held it is gone");
                Err(Stop::Error(with_lost(error, &lost)))
            }
        }
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

/// Names that call for the library.
fn lab_names() -> impl Iterator<Item = &'static str> {
    lab::prelude::NAMES.iter().copied().chain(["lab"])
}

/// Says of what a cell of the learner's does by itself how it stands with it here:
/// of threads that nobody looks at them, of the keyboard that it is elsewhere.
fn tell_of_its_own(cell: &Cell) {
    let has = |name: &str| cell.names.contains(name);
    let threads = has("thread") && (has("spawn") || has("scope"));
    let processes = has("process") && has("Command");
    let rayon = has("par_iter") || has("into_par_iter") || has("rayon");
    if threads || processes || rayon {
        note(
            "threads and processes of your own are neither traced nor explored; tasks of a Lab are",
        );
    }
    if has("stdin") {
        note(
            "standard input is empty here: lab::input(\"name? \") asks for a line in the notebook",
        );
    }
}
