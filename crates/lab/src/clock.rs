//! The clocks that stamps are taken from.

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
    fn computing_uses_processor_time() {
        let computed = super::cpu();
        let mut x = 0u64;
        for _ in 0..100_000_000u64 {
            x = std::hint::black_box(x + 1);
        }
        assert!(super::cpu() > computed, "{x} steps took no time");
    }
}
