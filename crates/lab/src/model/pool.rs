//! rayon's pool, made for the run and gone with it: threads of its global pool
//! would live for ever, and a fork after them could hang.

use super::task::{End, Running};
use super::{Crew, Endings};
use crate::settings::RunError;
use crate::stage::Waits;
use std::sync::{Mutex, PoisonError};

pub(super) fn run(crew: &Crew<'_, '_>) -> Result<Endings, RunError> {
    let threads = crew.hands;
    let endings = Mutex::new(vec![End::none(); crew.tasks.len()]);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("pool {number}"))
        .build_scoped(
            |thread| thread.run(),
            // First in, first out: tasks begin in the order in which they were added.
            |pool| {
                pool.in_place_scope_fifo(|scope| {
                    for (id, task) in crew.tasks.iter().enumerate() {
                        let endings = &endings;
                        scope.spawn_fifo(move |_| {
                            let worker = crew.worker(id, Waits::Blocking, crew.recorder);
                            let end =
                                Running::begin(task, worker, crew.recorder).finish(crew.recorder);
                            endings.lock().unwrap_or_else(PoisonError::into_inner)[id] = end;
                        });
                    }
                });
            },
        )
        .map_err(|error| RunError::System {
            what: format!("start a pool of {threads} threads"),
            source: std::io::Error::other(error),
        })?;
    Ok(endings.into_inner().unwrap_or_else(PoisonError::into_inner))
}
