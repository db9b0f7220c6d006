//! One task after another on the calling thread.

use super::task::Running;
use super::{Crew, Endings};
use crate::stage::Waits;

pub(super) fn run(crew: &Crew<'_, '_>) -> Endings {
    let carry_out = |(id, task)| {
        let worker = crew.worker(id, Waits::Blocking, crew.recorder);
        Running::begin(task, worker, crew.recorder).finish(crew.recorder)
    };
    crew.tasks.iter().enumerate().map(carry_out).collect()
}
