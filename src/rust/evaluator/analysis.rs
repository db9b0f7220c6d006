//! evcxr, for what a compiler does not tell: what could stand at a place, and
//! what a name means. It carries rust-analyzer, which takes seconds to begin
//! and hundreds of megabytes: it is started when first asked for, on a thread
//! of its own.

use crate::rust::wire::{Completed, Explained};
use evcxr::{CommandContext, EvalContext};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the analyser waits for the next question before it gives up what it
/// holds.
const IDLE: Duration = Duration::from_secs(300);

/// Code of a session with the place that is asked about at its end or in it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Commands, `use`s, items and variables that stand before the code.
    pub before: String,
    pub code: String,
    /// A byte of `code`.
    pub at: usize,
}

enum Question {
    Complete(Place, oneshot::Sender<Completed>),
    Explain(Place, oneshot::Sender<Option<Explained>>),
}

/// The analyser at work, or about to be.
#[derive(Debug)]
pub(super) struct Analysis {
    questions: mpsc::Sender<Question>,
}

/// Has evcxr keep its files here. To be called before there is any thread.
pub(super) fn keep_files_in(folder: &Path) {
    // SAFETY: this process has no other thread yet, as the caller sees to.
    unsafe { std::env::set_var("EVCXR_TMPDIR", folder) };
}

/// What this program does where evcxr starts it, as its child or as a wrapper
/// of the compiler; comes back where it was started by somebody else.
pub fn evcxr_child() {
    evcxr::runtime_hook();
}

impl Analysis {
    /// Starts it. `program` is this program, which calls [`evcxr_child`] first.
    pub(super) fn start(program: PathBuf) -> Self {
        let (questions, asked) = mpsc::channel();
        std::thread::spawn(move || answer(&program, &asked));
        Analysis { questions }
    }

    /// What could stand at a place; nothing where the analyser is in trouble.
    pub(super) fn complete(&self, place: Place) -> oneshot::Receiver<Completed> {
        let (answer, wait) = oneshot::channel();
        let _ = self.questions.send(Question::Complete(place, answer));
        wait
    }

    /// What is known of the name at a place.
    pub(super) fn explain(&self, place: Place) -> oneshot::Receiver<Option<Explained>> {
        let (answer, wait) = oneshot::channel();
        let _ = self.questions.send(Question::Explain(place, answer));
        wait
    }
}

fn answer(program: &Path, questions: &mpsc::Receiver<Question>) {
    while let Ok(first) = questions.recv() {
        // What it cannot start for, or stumbles over, is one question: the next
        // one finds it begun anew.
        let stumbled = catch_unwind(AssertUnwindSafe(|| {
            if let Some(context) = begin(program) {
                answer_with(context, first, questions);
            }
        }));
        if stumbled.is_err() {
            log::warn!("the analyser of Rust panicked; the next question starts it again");
        }
        // What it held is given back while nobody asks.
        give_back();
    }
}

/// Answers until nobody has asked for long.
fn answer_with(mut context: CommandContext, first: Question, questions: &mpsc::Receiver<Question>) {
    // Even if nobody waits for it any more: it is the first answer that
    // takes seconds, and the next question is to find them spent.
    first.answer(&mut context);
    while let Ok(question) = questions.recv_timeout(IDLE) {
        if question.is_waited_for() {
            question.answer(&mut context);
        }
    }
}

fn begin(program: &Path) -> Option<CommandContext> {
    let mut command = std::process::Command::new(program);
    command.env_remove(crate::rust::frame::DESCRIPTORS);
    match EvalContext::with_subprocess_command(command) {
        // Nobody reads what its cells print: it runs none of the learner's.
        Ok((context, _)) => Some(CommandContext::with_eval_context(context)),
        Err(error) => {
            log::warn!("completion of Rust is not possible: {error}");
            None
        }
    }
}

impl Question {
    fn is_waited_for(&self) -> bool {
        match self {
            Question::Complete(_, answer) => !answer.is_closed(),
            Question::Explain(_, answer) => !answer.is_closed(),
        }
    }

    fn answer(self, context: &mut CommandContext) {
        match self {
            Question::Complete(place, answer) => {
                let _ = answer.send(complete(context, &place).unwrap_or_default());
            }
            Question::Explain(place, answer) => {
                let _ = answer.send(explain(context, &place));
            }
        }
    }
}

/// Gives memory back to the system.
fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: frees nothing that is in use.
    unsafe {
        libc::malloc_trim(0);
    }
}

fn complete(context: &mut CommandContext, place: &Place) -> Option<Completed> {
    let text = format!("{}{}", place.before, place.code);
    let offset = place.before.len();
    let found = match context.completions(&text, offset + place.at) {
        Ok(found) => found,
        Err(error) => {
            log::info!("nothing could be completed: {error}");
            return None;
        }
    };
    let matches = found.completions.into_iter().map(|found| found.code);
    Some(Completed {
        from: found.start_offset.checked_sub(offset)?,
        to: found.end_offset.checked_sub(offset)?,
        matches: matches.collect(),
    })
}

fn explain(context: &mut CommandContext, place: &Place) -> Option<Explained> {
    let text = format!("{}{}", place.before, place.code);
    let found = context.hover_at(&text, place.before.len() + place.at);
    match found {
        Ok((plain, _)) if plain.trim() == "No documentation found" => None,
        Ok((plain, html)) => Some(Explained { plain, html }),
        Err(error) => {
            log::info!("nothing could be explained: {error}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_analyser_that_could_not_start_takes_the_next_question() {
        let analysis = Analysis::start("/no/such/program".into());
        for _ in 0..3 {
            let place = Place {
                before: String::new(),
                code: "Vec".into(),
                at: 3,
            };
            assert!(analysis.complete(place).blocking_recv().is_err());
            // The thread has time to end, if that is what it does.
            std::thread::sleep(Duration::from_millis(10));
            let (answer, _) = oneshot::channel();
            let place = Place {
                before: String::new(),
                code: String::new(),
                at: 0,
            };
            let taken = analysis.questions.send(Question::Complete(place, answer));
            assert!(taken.is_ok());
        }
    }
}
