//! How long a worker that could go on is kept waiting for its turn, and when a
//! schedule is given up as one without an end.

/// Turns in a row that a worker could have had, none of which it got and none of
/// which anything came of, after which it starves.
pub const PATIENCE: u32 = 100;

/// Turns after which a schedule has no end.
pub const LONGEST: usize = 100_000;

/// Why a schedule was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// This worker starves.
    Starved(u32),
    /// It has no end.
    Endless,
}

/// How many turns each worker has been kept waiting for.
#[derive(Debug)]
pub(crate) struct Patience {
    waited: Vec<u32>,
    /// Turns in a row that nothing came of: nobody has waited for more.
    idle: u32,
}

impl Patience {
    pub(crate) fn of(workers: usize) -> Self {
        Patience {
            waited: vec![0; workers],
            idle: 0,
        }
    }

    /// A worker had its turn while these could have had it.
    pub(crate) fn took(&mut self, worker: u32, ready: &[u32], came_of_it: bool) {
        if came_of_it {
            if self.idle > 0 {
                self.waited.fill(0);
                self.idle = 0;
            }
            return;
        }
        self.idle += 1;
        for other in ready {
            self.waited[*other as usize] += 1;
        }
        self.waited[worker as usize] = 0;
    }

    /// The first worker that has been kept waiting for too long.
    pub(crate) fn starved(&self) -> Option<u32> {
        if self.idle < PATIENCE {
            return None;
        }
        let starved = self.waited.iter().position(|waited| *waited >= PATIENCE);
        starved.map(|worker| worker as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(patience: &mut Patience, turns: u32) {
        (0..turns).for_each(|_| patience.took(0, &[0, 1], false));
    }

    #[test]
    fn a_worker_starves_that_is_passed_over_while_nothing_comes_of_it() {
        let mut patience = Patience::of(3);
        idle(&mut patience, PATIENCE - 1);
        assert_eq!(patience.starved(), None);
        idle(&mut patience, 1);
        assert_eq!(
            patience.starved(),
            Some(1),
            "and not 2, which could not go on"
        );
    }

    #[test]
    fn a_turn_of_its_own_or_one_that_something_came_of_ends_the_wait() {
        for (worker, came_of_it) in [(1, false), (0, true)] {
            let mut patience = Patience::of(2);
            idle(&mut patience, PATIENCE - 1);
            patience.took(worker, &[0, 1], came_of_it);
            idle(&mut patience, PATIENCE - 1);
            assert_eq!(patience.starved(), None);
        }
    }
}
