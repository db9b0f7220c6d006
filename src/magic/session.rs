//! What magics keep between cells, and what they are given to work with.

use super::MagicError;
use super::record::Shown;
use super::turns::Turns;
use crate::display::Screen;
use crate::run::Program;
use crate::run::pace::{self, PythonPace};
use crate::rust::Cells;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use tokio::sync::Notify;

/// What stays from cell to cell.
#[derive(Debug)]
pub struct Session {
    /// The program that carries out runs.
    pub program: Program,
    /// Options that `%defaults` set, as they would be typed.
    pub defaults: Vec<String>,
    /// Factor that the environment puts on every scale.
    pub scale: f64,
    /// What the last chart was drawn from, for `%redraw last`.
    pub(super) last: Option<Shown>,
    /// The Rust cells.
    pub rust: Cells,
    /// The schedule that `%step` has begun.
    pub(super) turns: Option<Turns>,
    /// Charts so far: names the next display.
    displays: u64,
    /// Measured when it is first asked for: one number for all of a session.
    native_pace: OnceCell<f64>,
    /// The same of the Python on PATH.
    python_pace: OnceCell<Result<PythonPace, String>>,
}

impl Session {
    /// A fresh session. `THREADLAB_SCALE` multiplies every scale; what is not
    /// a positive number is reported and passed over.
    pub fn new(program: Program) -> Self {
        let scale = match std::env::var("THREADLAB_SCALE") {
            Err(_) => 1.0,
            Ok(text) => match text.parse::<f64>() {
                Ok(scale) if scale.is_finite() && scale > 0.0 => scale,
                _ => {
                    log::warn!("THREADLAB_SCALE=`{text}` is not a positive number: taken as 1");
                    1.0
                }
            },
        };
        Session {
            rust: Cells::new(&program.path),
            program,
            defaults: vec![],
            scale,
            last: None,
            turns: None,
            displays: 0,
            native_pace: OnceCell::new(),
            python_pace: OnceCell::new(),
        }
    }

    /// Nanoseconds that a step of computing takes on this machine.
    pub(super) fn native_pace(&self) -> f64 {
        *self.native_pace.get_or_init(lab::Described::native_pace)
    }

    /// The pace of the Python on PATH.
    ///
    /// # Errors
    /// When none can be measured; what to type then.
    pub(super) fn python_pace(&self) -> Result<&PythonPace, MagicError> {
        let measured = self.python_pace.get_or_init(pace::of_python);
        measured.as_ref().map_err(|why| {
            MagicError::usage(
                format!("--pace cpython: {why}"),
                "Give a time, for example --pace 25ns, or start the kernel where python3 is on PATH",
            )
        })
    }

    /// Letters of the workers that `%step` can give the next turn to.
    pub fn ready(&self) -> Vec<String> {
        self.turns.as_ref().map_or(vec![], Turns::ready)
    }

    /// A name for a display that will be replaced, unique in this kernel.
    pub(super) fn next_display(&mut self) -> crate::display::DisplayId {
        self.displays += 1;
        crate::display::DisplayId(format!(
            "threadlab-{}-{}",
            std::process::id(),
            self.displays
        ))
    }
}

/// What a magic is given.
pub struct Context<'a> {
    /// What stays from cell to cell.
    pub session: &'a mut Session,
    /// Where output goes.
    pub screen: &'a mut dyn Screen,
    /// Whether the learner has interrupted.
    pub cancel: Cancel,
    /// The cell's number, which its errors name.
    pub number: usize,
}

/// An interrupt, which anybody may ask for and a run waits for.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Rc<(Cell<bool>, Notify)>);

impl Cancel {
    /// Asks.
    pub fn cancel(&self) {
        self.0.0.set(true);
        self.0.1.notify_waiters();
    }

    /// Forgets what was asked: a new cell begins.
    pub fn reset(&self) {
        self.0.0.set(false);
    }

    /// Whether it was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.0.get()
    }

    /// Waits until it is asked for.
    pub async fn cancelled(&self) {
        // A notification between the check and the wait cannot come: this
        // thread is the only one.
        while !self.is_cancelled() {
            self.0.1.notified().await;
        }
    }
}
