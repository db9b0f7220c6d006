//! The clocks that stamps are taken from, and durations as one says them.

use std::time::Duration;

/// Nanoseconds of CLOCK_MONOTONIC. It is one clock for all processes of a
/// machine, so stamps of different workers compare.
pub fn now() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// Processor time in nanoseconds that this process and its children that
/// have been waited for have used so far (getrusage(2)).
pub fn cpu() -> u64 {
    usage(libc::RUSAGE_SELF) + usage(libc::RUSAGE_CHILDREN)
}

/// A duration of so many seconds; negative or not a number counts as none.
pub fn secs(seconds: impl Into<f64>) -> Duration {
    Duration::try_from_secs_f64(seconds.into()).unwrap_or_default()
}

/// A duration of so many milliseconds; negative or not a number counts as none.
pub fn millis(milliseconds: impl Into<f64>) -> Duration {
    secs(milliseconds.into() / 1e3)
}

/// A seed by lot that a person can type again.
pub fn any_seed() -> u64 {
    now() / 1_000 % 1_000_000
}

/// The moment as RFC 3339 has it, in UTC and whole seconds.
pub fn date() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    written(since.map_or(0, |since| since.as_secs()))
}

/// Seconds since 1970 as a date: Howard Hinnant's days to civil, whose year
/// begins in March.
fn written(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec that lives across the call; an
    // unknown clock would leave it zero.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn usage(who: libc::c_int) -> u64 {
    // SAFETY: all-zero bytes are a valid rusage, which consists of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is a valid rusage that lives across the call.
    unsafe { libc::getrusage(who, &mut usage) };
    let nanos = |t: libc::timeval| t.tv_sec as u64 * 1_000_000_000 + t.tv_usec as u64 * 1_000;
    nanos(usage.ru_utime) + nanos(usage.ru_stime)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_clock_never_goes_back() {
        let stamps: Vec<u64> = (0..1000).map(|_| super::now()).collect();
        assert!(stamps.is_sorted());
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
        ] {
            assert_eq!(super::written(seconds), date);
        }
    }

    #[test]
    fn computing_uses_processor_time() {
        let computed = super::cpu();
        let mut x = 0u64;
        for _ in 0..100_000_000u64 {
            x = std::hint::black_box(x + 1);
        }
        assert!(super::cpu() > computed, "{x} steps took no time");
    }
}
