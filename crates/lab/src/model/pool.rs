//! rayon's pool, made for the run and gone with it: threads of its global pool
//! would live for ever, and a fork after them could hang.

use super::task::{End, Running};
use super::watch::{self, Watch};
use super::{Crew, Endings};
use crate::settings::RunError;
use crate::stage::Waits;
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Release},
};
use std::sync::{Mutex, PoisonError};
use std::thread;

pub(super) fn run(crew: &Crew<'_, '_>) -> Result<Endings, RunError> {
    let threads = crew.hands;
    let (done, main) = (AtomicUsize::new(0), thread::current());
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
                        let (endings, done, main) = (&endings, &done, &main);
                        scope.spawn_fifo(move |_| {
                            let worker = crew.worker(id, Waits::Blocking, crew.recorder);
                            let end =
                                Running::begin(task, worker, crew.recorder).finish(crew.recorder);
                            endings.lock().unwrap_or_else(PoisonError::into_inner)[id] = end;
                            done.fetch_add(1, Release);
                            main.unpark();
                        });
                    }
                    let mut watch = Watch::over(crew);
                    while done.load(Acquire) < crew.tasks.len() {
                        thread::park_timeout(watch::PAUSE);
                        crew.let_daemons_go();
                        watch.look();
                    }
                });
            },
        )
        .map_err(|error| {
            RunError::system(
                format!("start a pool of {threads} threads"),
                std::io::Error::other(error),
            )
        })?;
    Ok(endings.into_inner().unwrap_or_else(PoisonError::into_inner))
}
