//! One task after another on the calling thread.

use super::task::{End, Running, Task};
use super::{Crew, Endings};
use crate::stage::Waits;

pub(super) fn run(crew: &Crew<'_, '_>) -> Endings {
    let carry_out = |(id, task): (usize, &Task<'_>)| {
        // It would keep the others waiting, and is not waited for itself.
        if task.daemon {
            return End::none();
        }
        let worker = crew.worker(id, Waits::Blocking, crew.recorder);
        Running::begin(task, worker, crew.recorder).finish(crew.recorder)
    };
    crew.tasks.iter().enumerate().map(carry_out).collect()
}
