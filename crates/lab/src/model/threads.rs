//! A thread of the operating system for each task, or so many threads that
//! take one task after another.

use super::gate::Gate;
use super::task::{End, Running};
use super::watch::{self, Watch};
use super::{Crew, Endings};
use crate::settings::RunError;
use crate::stage::Waits;
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Release},
};
use std::thread::{self, Thread};

/// Counts a thread that is done, and wakes the one that waits for all of them.
struct Done<'t>(&'t AtomicUsize, &'t Thread);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Release);
        self.1.unpark();
    }
}

pub(super) fn run(crew: &Crew<'_, '_>) -> Result<Endings, RunError> {
    let gate = Gate::new(crew);
    let (done, main) = (AtomicUsize::new(0), thread::current());
    thread::scope(|scope| {
        let mut started = Vec::with_capacity(crew.hands);
        for (hand, task) in crew.tasks.iter().enumerate().take(crew.hands) {
            let (gate, done, main) = (&gate, &done, main.clone());
            let carry_out = move || {
                gate.pass();
                let _done = Done(done, &main);
                let mut ends = vec![];
                let mut id = hand;
                while let Some(task) = crew.tasks.get(id) {
                    let worker = crew.worker(id, Waits::Blocking, crew.recorder);
                    let end = Running::begin(task, worker, crew.recorder).finish(crew.recorder);
                    ends.push((id, end));
                    id = gate.next_task();
                }
                ends
            };
            match thread::Builder::new()
                .name(task.name.to_owned())
                .spawn_scoped(scope, carry_out)
            {
                Ok(thread) => started.push(thread),
                Err(source) => {
                    gate.give_up();
                    let what = format!("start thread {} of {}", hand + 1, crew.hands);
                    return Err(RunError::system(what, source));
                }
            }
        }
        let mut watch = Watch::over(crew);
        while done.load(Acquire) < started.len() {
            thread::park_timeout(watch::PAUSE);
            crew.let_daemons_go();
            watch.look();
        }
        let mut endings = vec![End::none(); crew.tasks.len()];
        for thread in started {
            // A task's panic is caught inside; one outside would be the lab's own.
            for (id, end) in thread.join().unwrap_or_default() {
                endings[id] = end;
            }
        }
        Ok(endings)
    })
}
