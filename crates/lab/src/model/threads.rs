//! A thread of the operating system for each task.

use super::gate::Gate;
use super::task::Running;
use super::{Crew, Endings};
use crate::settings::RunError;
use crate::stage::Waits;
use crate::trace::Ending;
use crate::value::Value;
use std::thread;

pub(super) fn run(crew: &Crew<'_, '_>) -> Result<Endings, RunError> {
    let gate = Gate::new(crew)?;
    thread::scope(|scope| {
        let mut started = Vec::with_capacity(crew.tasks.len());
        for (id, task) in crew.tasks.iter().enumerate() {
            let gate = &gate;
            let carry_out = move || {
                gate.pass();
                let worker = crew.worker(id, Waits::Blocking, crew.recorder);
                Running::begin(task, worker, crew.recorder).finish(crew.recorder)
            };
            match thread::Builder::new()
                .name(task.name.clone())
                .spawn_scoped(scope, carry_out)
            {
                Ok(thread) => started.push(thread),
                Err(source) => {
                    gate.open();
                    let what = format!("start thread {} of {}", id + 1, crew.tasks.len());
                    return Err(RunError::System { what, source });
                }
            }
        }
        let end = |thread: thread::ScopedJoinHandle<'_, _>| {
            // A task's panic is caught inside; this one would be the lab's own.
            thread
                .join()
                .unwrap_or((Ending::Panicked("outside the task".into()), Value::None))
        };
        Ok(started.into_iter().map(end).collect())
    })
}
