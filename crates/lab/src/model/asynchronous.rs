//! All tasks on one thread, under tokio: a task that computes keeps the others
//! waiting, as it would in asyncio.

use super::task::{End, Running};
use super::{Crew, Endings};
use crate::settings::{Alarm, RunError};
use crate::stage::Waits;
use crate::trace::Ending;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

pub(super) fn run(crew: &Crew<'_, '_>) -> Result<Endings, RunError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        // Time, and sockets where whoever links this has them in its tokio.
        .enable_all()
        .build()
        .map_err(|source| RunError::system("start tokio", source))?;
    Ok(runtime.block_on(all(crew)))
}

/// Polls every task that was woken, in the order of their waking. tokio's own
/// local tasks would have to be `'static`, and a lab's tasks borrow.
async fn all(crew: &Crew<'_, '_>) -> Endings {
    let bell = Arc::new(Bell::default());
    let tickets: Vec<Waker> = (0..crew.tasks.len())
        .map(|task| {
            Waker::from(Arc::new(Ticket {
                task,
                bell: bell.clone(),
            }))
        })
        .collect();
    let mut running: Vec<Option<Running<'_>>> = crew.tasks.iter().map(|_| None).collect();
    let mut endings = vec![End::none(); crew.tasks.len()];
    let mut awaited = crew.tasks.iter().filter(|task| !task.daemon).count();
    bell.lock().woken.extend(0..crew.hands);
    let mut next = crew.hands;
    poll_fn(|context| {
        bell.lock().parent = Some(context.waker().clone());
        // Those woken meanwhile have their turn after tokio's timers had theirs.
        let turn = std::mem::take(&mut bell.lock().woken);
        let mut begins = false;
        for id in turn {
            if endings[id].ending != Ending::Running {
                continue;
            }
            let task = running[id].get_or_insert_with(|| {
                let worker = crew.worker(id, Waits::Tokio, crew.recorder);
                Running::begin(&crew.tasks[id], worker, crew.recorder)
            });
            if let Poll::Ready(end) =
                task.step(&mut Context::from_waker(&tickets[id]), crew.recorder)
            {
                running[id] = None;
                endings[id] = end;
                awaited -= usize::from(!crew.tasks[id].daemon);
                if next < crew.tasks.len() {
                    bell.lock().woken.push_back(next);
                    next += 1;
                    begins = true;
                }
            }
        }
        // Daemons that are left are dropped where they wait.
        if awaited == 0 {
            return Poll::Ready(());
        }
        if begins {
            context.waker().wake_by_ref();
        }
        // On one thread, who was not woken by now is woken by nobody any more.
        if bell.lock().woken.is_empty()
            && crew.shared.waiting.all_wait(crew.hands).is_some()
            && let Some(Alarm(alarm)) = &crew.alarm
        {
            alarm();
        }
        Poll::Pending
    })
    .await;
    endings
}

/// Which tasks were woken, and whom to tell.
#[derive(Default)]
struct Bell(Mutex<Woken>);

#[derive(Default)]
struct Woken {
    woken: VecDeque<usize>,
    parent: Option<Waker>,
}

impl Bell {
    fn lock(&self) -> std::sync::MutexGuard<'_, Woken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Ticket {
    task: usize,
    bell: Arc<Bell>,
}

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {
        let parent = {
            let mut bell = self.bell.lock();
            bell.woken.push_back(self.task);
            bell.parent.take()
        };
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}
