//! Looks from time to time whether the workers of a measured run can still go
//! on.

use super::Crew;
use crate::settings::Alarm;
use std::time::{Duration, Instant};

/// Time between two looks.
pub(super) const PAUSE: Duration = Duration::from_millis(100);
/// Everybody has to wait for so long before nobody is thought to have been woken.
const PATIENCE: Duration = Duration::from_millis(250);

/// Watches over one run.
pub(super) struct Watch<'c, 'run, 'env> {
    crew: &'c Crew<'run, 'env>,
    /// Since when everybody waits, and how often anybody had waited by then.
    since: Option<(u64, Instant)>,
}

impl<'c, 'run, 'env> Watch<'c, 'run, 'env> {
    pub(super) fn over(crew: &'c Crew<'run, 'env>) -> Self {
        Watch { crew, since: None }
    }

    /// Looks once. When everybody waits for somebody else, and has done so for a
    /// while, it raises the alarm, where there is one. Workers in each other's
    /// way find that out themselves, at once, also while others go on.
    pub(super) fn look(&mut self) {
        if let Some(Alarm(alarm)) = &self.crew.alarm
            && !self.crew.shared.waiting.is_to_end()
            && self.is_stuck()
        {
            alarm();
        }
    }

    fn is_stuck(&mut self) -> bool {
        let shared = self.crew.shared;
        let Some(waits) = shared.waiting.all_wait(self.crew.hands) else {
            self.since = None;
            return false;
        };
        match self.since {
            Some((before, since)) if before == waits => since.elapsed() >= PATIENCE,
            _ => {
                self.since = Some((waits, Instant::now()));
                false
            }
        }
    }
}
