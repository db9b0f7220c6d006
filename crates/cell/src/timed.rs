//! Code that is run again and again, and how long it takes.

use crate::enter::Failure;
use crate::show::shown;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A sample lasts at least so long: next to it, reading the clock is nothing.
const SAMPLE: Duration = Duration::from_millis(10);

/// Samples that are wanted,
const MOST: usize = 30;
/// and fewer, where they take longer than this together;
const BUDGET: Duration = Duration::from_secs(3);
/// but at least these.
const FEWEST: usize = 7;

/// Runs `code` in samples of many runs each, and tells the evaluator what one run
/// took in each of them: a content block of the type
/// `application/vnd.threadlab.timings+json`, an object of `loops` and `seconds`.
///
/// Without `loops` a sample has as many as take 10 ms. Without `repeats` there are
/// 30 samples, or as many as fit into three seconds, and no fewer than 7.
///
/// # Errors
/// The first that the code ends with.
pub fn timed(
    loops: Option<u64>,
    repeats: Option<u64>,
    mut code: impl FnMut() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (loops, seconds) = samples(loops, repeats, &mut code)?;
    let seconds: Vec<String> = seconds.iter().map(|s| format!("{s:e}")).collect();
    let seconds = seconds.join(",");
    let _shown = shown(false);
    println!(
        "EVCXR_BEGIN_CONTENT application/vnd.threadlab.timings+json\n\
         {{\"loops\":{loops},\"seconds\":[{seconds}]}}\nEVCXR_END_CONTENT"
    );
    Ok(())
}

/// Runs in each sample, and seconds that one run took in each.
fn samples(
    loops: Option<u64>,
    repeats: Option<u64>,
    code: &mut impl FnMut() -> Result<(), Failure>,
) -> Result<(u64, Vec<f64>), Failure> {
    let loops = match loops {
        Some(loops) => loops.max(1),
        None => enough(code)?,
    };
    let begun = Instant::now();
    let wanted = |taken: usize| match repeats {
        Some(repeats) => (taken as u64) < repeats,
        None => taken < FEWEST || taken < MOST && begun.elapsed() < BUDGET,
    };
    let mut seconds = vec![];
    while wanted(seconds.len()) {
        seconds.push(sample(loops, code)?.as_secs_f64() / loops as f64);
    }
    Ok((loops, seconds))
}

/// The first of 1, 2, 5, 10, 20 ... runs that last as long as a sample should.
fn enough(code: &mut impl FnMut() -> Result<(), Failure>) -> Result<u64, Failure> {
    let mut power = 1;
    loop {
        for factor in [1, 2, 5] {
            let loops = factor * power;
            if sample(loops, code)? >= SAMPLE {
                return Ok(loops);
            }
        }
        power *= 10;
    }
}

/// How long so many runs take.
#[inline(never)]
fn sample(loops: u64, code: &mut impl FnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let begun = Instant::now();
    for _ in 0..loops {
        // The compiler cannot know that a run finds its variables as the run
        // before it did, and so cannot do once what is to be done each time.
        black_box(&mut *code)()?;
        black_box(());
    }
    Ok(begun.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_runs_as_often_as_is_asked_for() {
        let mut runs = 0;
        let mut code = || {
            runs += 1;
            Ok(())
        };
        let (loops, seconds) = samples(Some(3), Some(2), &mut code).ok().unwrap();
        assert_eq!((loops, seconds.len(), runs), (3, 2, 6));
    }

    #[test]
    fn a_sample_has_as_many_runs_as_make_it_long_enough() {
        let mut code = || {
            std::thread::sleep(SAMPLE / 3);
            Ok(())
        };
        let (loops, seconds) = samples(None, Some(1), &mut code).ok().unwrap();
        assert!((1..=5).contains(&loops));
        assert!(seconds[0] >= (SAMPLE / 3).as_secs_f64());
    }

    #[test]
    fn an_error_ends_it() {
        let mut runs = 0;
        let ended = timed(None, None, || {
            runs += 1;
            "z".parse::<i32>()?;
            Ok(())
        });
        assert!(ended.is_err());
        assert_eq!(runs, 1);
    }
}
