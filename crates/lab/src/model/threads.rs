//! A thread of the operating system for each task, or so many threads that
//! take one task after another.

use super::gate::Gate;
use super::task::{End, Running};
use super::{Crew, Endings};
use crate::settings::RunError;
use crate::stage::Waits;
use std::thread;

pub(super) fn run(crew: &Crew<'_, '_>) -> Result<Endings, RunError> {
    let gate = Gate::new(crew)?;
    thread::scope(|scope| {
        let mut started = Vec::with_capacity(crew.hands);
        for (hand, task) in crew.tasks.iter().enumerate().take(crew.hands) {
            let gate = &gate;
            let carry_out = move || {
                gate.pass();
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
                .name(task.name.clone())
                .spawn_scoped(scope, carry_out)
            {
                Ok(thread) => started.push(thread),
                Err(source) => {
                    gate.give_up();
                    let what = format!("start thread {} of {}", hand + 1, crew.hands);
                    return Err(RunError::System { what, source });
                }
            }
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
