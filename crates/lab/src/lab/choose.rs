//! How a lab's runs are carried out, said in a chain: `lab.seed(7).threads()`.
//! What is said stays with the lab, as an argument does with a `Command`, until
//! it is said otherwise; only a schedule is replayed once.

use super::Lab;
use crate::explore::Search;
use crate::gil::Version;
use crate::settings::Start;
use crate::trace::Model;
use std::time::Duration;

impl Lab<'_> {
    /// Takes an interpreter lock of this version in measured runs; none with
    /// `None`.
    ///
    /// ```
    /// # use lab::{Lab, gil::Version, secs};
    /// let lab = Lab::new();
    /// lab.task("waits", async |w| w.sleep(secs(0.001)).await);
    /// let run = lab.gil(Version::NEWEST).threads()?;
    /// assert_eq!(run.trace.header.gil.as_deref(), Some(Version::NEWEST.name()));
    /// # Ok::<(), lab::RunError>(())
    /// ```
    pub fn gil(&self, version: impl Into<Option<Version>>) -> &Self {
        self.own.settings.borrow_mut().gil = version.into();
        self
    }

    /// How long a waiter for that lock waits before it asks; 5 ms where nothing is
    /// said.
    pub fn switch_interval(&self, time: Duration) -> &Self {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.own.settings.borrow_mut().switch_interval = nanos;
        self
    }

    /// Nanoseconds of one loop iteration, which measured runs work off. Native
    /// pace where nothing is said, and with 0.
    pub fn pace(&self, nanos: f64) -> &Self {
        self.own.settings.borrow_mut().pace = Some(nanos).filter(|nanos| *nanos > 0.0);
        self
    }

    /// The seed of all that is drawn by lot.
    pub fn seed(&self, seed: u64) -> &Self {
        self.own.settings.borrow_mut().seed = seed;
        self
    }

    /// Chance to give the processor away before each store, from 0 to 1.
    pub fn yield_chance(&self, chance: f64) -> &Self {
        self.own.settings.borrow_mut().yield_chance = chance.clamp(0.0, 1.0);
        self
    }

    /// How worker processes come about.
    pub fn start(&self, start: Start) -> &Self {
        self.own.settings.borrow_mut().start = start;
        self
    }

    /// How often a run is carried out: the first is told of, all are counted.
    /// Where nothing is said once, in [`compare`](Self::compare) 5 times, in
    /// [`race`](Self::race) 30 times.
    pub fn repeat(&self, times: u32) -> &Self {
        self.own.repeat.set(times.max(1));
        self
    }

    pub(super) fn repetitions(&self) -> Option<u32> {
        Some(self.own.repeat.get()).filter(|times| *times > 0)
    }

    /// Keeps what workers say to the trace, in a cell too.
    pub fn quiet(&self) -> &Self {
        self.own.quiet.set(true);
        self
    }

    /// Models to [compare](Self::compare); all of them where nothing is said.
    pub fn models(&self, models: impl IntoIterator<Item = Model>) -> &Self {
        *self.own.models.borrow_mut() = Some(models.into_iter().collect());
        self
    }

    /// How [`explore`](Self::explore) chooses schedules; all of them, if there are
    /// not too many, where nothing is said.
    pub fn search(&self, search: Search) -> &Self {
        *self.own.search.borrow_mut() = Some(search);
        self
    }

    /// Lets the next [`explore`](Self::explore) take just this schedule, as an
    /// earlier search printed it.
    pub fn replay(&self, schedule: impl Into<String>) -> &Self {
        *self.own.replay.borrow_mut() = Some(schedule.into());
        self
    }
}
