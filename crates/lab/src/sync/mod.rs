//! What workers share: cells and locks. A handle is a number that can be
//! copied; the thing itself is made anew for each run, so that no run sees
//! what an earlier one left.

pub(crate) mod cell;
pub(crate) mod lock;

use cell::CellState;
use lock::LockState;

/// What a lab was told to make, and so what each run begins with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blueprint {
    pub(crate) cells: Vec<(String, u64)>,
    pub(crate) locks: Vec<(String, lock::LockKind)>,
}

/// The shared things of one run.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) cells: Vec<CellState>,
    pub(crate) locks: Vec<LockState>,
}

impl Blueprint {
    /// Everything as it is at the beginning.
    pub(crate) fn build(&self) -> Shared {
        Shared {
            cells: self
                .cells
                .iter()
                .map(|(name, bits)| CellState::new(name, *bits))
                .collect(),
            locks: self
                .locks
                .iter()
                .enumerate()
                .map(|(key, (name, kind))| LockState::new(key, name, *kind))
                .collect(),
        }
    }
}
