//! What a worker is about to do, and what it waits for, in words.

use crate::stage::board::{Ask, Board, Point, Sign};
use crate::sync::Shared;

/// What a worker does at its next turn: `reads total`, `takes lock`, `sleeps`.
pub(super) fn about_to(board: &Board, shared: &Shared, worker: u32) -> String {
    if let Some(lock) = board.next_release(worker as usize) {
        return at(Point::Release(lock), shared, worker);
    }
    match board.asked(worker as usize) {
        Some(Ask::Point(point)) => at(point, shared, worker),
        Some(Ask::Sleep(_)) => "sleeps".into(),
        // Something has changed since it began to wait.
        Some(Ask::Blocked(key)) => match shared.locks.get(key) {
            Some(_) => at(Point::Acquire(key), shared, worker),
            None => format!("looks at {} again", shared.waited_for(key)),
        },
        Some(Ask::Compute(_) | Ask::Move(_)) | None => "goes on".into(),
    }
}

/// What a worker waits for, by its number among all that can be waited for, and
/// who of the workers that are called so has it.
pub(super) fn waits_for(key: usize, shared: &Shared, worker: u32, names: &[&str]) -> String {
    let holder = shared.locks.get(key).and_then(|lock| lock.holder());
    let name = shared.waited_for(key);
    match holder {
        Some(holder) if holder == worker => format!("waits for {name}, which it holds itself"),
        Some(holder) => format!("waits for {name}, which {} holds", names[holder as usize]),
        None => format!("waits for {name}"),
    }
}

fn at(point: Point, shared: &Shared, worker: u32) -> String {
    match point {
        Point::Load(cell) => format!("reads {}", shared.cells[cell].name),
        Point::Store(cell) => format!("writes {}", shared.cells[cell].name),
        Point::Update(cell) => format!("changes {} at once", shared.cells[cell].name),
        Point::Acquire(lock) => {
            let lock = &shared.locks[lock];
            unless_waits(lock.lets_in(worker), "takes", &lock.name)
        }
        Point::Release(lock) => format!("lets {} go", shared.locks[lock].name),
        Point::Signal(sign, index) => signal(sign, index, shared),
        Point::Function => "calls a function".into(),
    }
}

fn signal(sign: Sign, index: usize, shared: &Shared) -> String {
    let event = || &shared.events[index];
    let queue = || &shared.queues[index];
    match sign {
        Sign::Wait => unless_waits(event().is_set(), "need not wait for", &event().name),
        Sign::Set => format!("sets {}", event().name),
        Sign::Clear => format!("takes {} back", event().name),
        Sign::Look => format!("looks whether {} is set", event().name),
        Sign::Notify => format!("notifies {}", shared.conditions[index].name),
        Sign::Meet => format!("comes to {}", shared.barriers[index].name),
        Sign::Put => unless_waits(queue().has_room(), "puts into", &queue().name),
        Sign::Get => unless_waits(queue().is_ready(), "gets from", &queue().name),
        Sign::Close => format!("closes {}", queue().name),
        Sign::Join => format!("joins {}", shared.ends[index].name),
    }
}

fn unless_waits(goes_on: bool, does: &str, name: &str) -> String {
    let does = if goes_on { does } else { "begins to wait for" };
    format!("{does} {name}")
}
