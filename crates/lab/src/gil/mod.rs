//! The interpreter lock, by CPython's rules.
//!
//! Up to 2.7 nobody asks: the holder lets go after so many instructions and wants
//! the lock again at once, and whoever is first has it. From 3.2 on a waiter asks.
//! `State` is the algorithm, once: what taking, timing out and dropping do
//! (`take_gil` and `drop_gil` of Python/ceval_gil.c in 3.9 to 3.13). It waits
//! for nothing itself. `real` waits with a mutex and conditions, the virtual
//! stage in virtual time.

pub(crate) mod real;
mod version;

pub use version::Version;

/// How long a waiter waits before it asks the holder to let go
/// (`sys.getswitchinterval()`), in nanoseconds.
pub const INTERVAL: u64 = 5_000_000;

/// Instructions of a loop iteration `x += 1`: FOR_ITER, LOAD_GLOBAL, LOAD_CONST,
/// INPLACE_ADD, STORE_GLOBAL, JUMP_ABSOLUTE.
pub(crate) const INSTRUCTIONS: f64 = 6.0;

/// The lock's state: everything that is decided from.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    locked: bool,
    last_holder: Option<u32>,
    /// How often the lock went from one holder to another.
    switches: u64,
    /// A waiter has asked the holder to let go.
    requested: bool,
}

impl State {
    /// Whether the holder is asked to let go at its next check point.
    pub(crate) fn is_requested(&self) -> bool {
        self.requested
    }

    /// What a waiter notes before it waits, to tell a switch from none.
    pub(crate) fn switches(&self) -> u64 {
        self.switches
    }

    /// Takes the lock if it is free.
    pub(crate) fn try_take(&mut self, me: u32) -> bool {
        if self.locked {
            return false;
        }
        self.locked = true;
        if self.last_holder != Some(me) {
            self.last_holder = Some(me);
            self.switches += 1;
        }
        self.requested = false;
        true
    }

    /// A waiter waited one full interval, having noted `switches` before it.
    /// It asks the holder to let go, unless the lock has changed hands since.
    pub(crate) fn timed_out(&mut self, noted: u64) {
        if self.locked && self.switches == noted {
            self.requested = true;
        }
    }

    /// Lets the lock go. True when this was asked for: the releaser must then
    /// wait until somebody else [has taken it](Self::has_switched_from).
    pub(crate) fn let_go(&mut self, me: u32) -> bool {
        self.last_holder = Some(me);
        self.locked = false;
        std::mem::take(&mut self.requested)
    }

    /// Whether somebody else has held the lock since `me` dropped it.
    pub(crate) fn has_switched_from(&self, me: u32) -> bool {
        self.last_holder != Some(me)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_asked_only_if_the_lock_stayed_with_it() {
        let mut gil = State::default();
        assert!(gil.try_take(0) && !gil.try_take(1));
        let noted = gil.switches();
        gil.timed_out(noted + 1);
        assert!(!gil.is_requested(), "it changed hands meanwhile");
        gil.timed_out(noted);
        assert!(gil.is_requested());
        assert!(gil.let_go(0), "so the releaser waits for a switch");
        assert!(!gil.has_switched_from(0));
        assert!(gil.try_take(1) && gil.has_switched_from(0) && !gil.is_requested());
    }

    #[test]
    fn a_voluntary_release_forces_nothing_and_may_be_won_back() {
        let mut gil = State::default();
        assert!(gil.try_take(0));
        let switches = gil.switches();
        assert!(!gil.let_go(0));
        assert!(gil.try_take(0));
        assert_eq!(
            gil.switches(),
            switches,
            "the same holder again is no switch"
        );
    }
}
