//! The child's side of a run: reads a request, carries it out, tells over the
//! channel what happens.
//!
//! It is single-threaded until a model starts its workers, so that it may fork.

mod part;

use crate::run::{CHANNEL, DEADLOCK, Explored, FOLDER, Request};
use crate::scenario::{self, Parameters, Scenario, Site, Surroundings};
use lab::explore::{Search, Verdict};
use lab::trace::Ending;
use lab::trace::channel::{Inherited, Rings};
use lab::trace::event::Event;
use lab::{Alarm, Judge, Lab, Recorder, Settings, Value};
use part::Part;
use serde::Serialize;
use std::io::{self, BufRead};
use std::path::PathBuf;
use std::sync::Arc;

/// Why a runner could not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum RunnerError {
    #[error("this role is for the kernel to start: {CHANNEL} is not set as it sets it")]
    NotStartedByKernel,
    #[error("the channel to the kernel cannot be used: {0}")]
    Channel(#[source] io::Error),
    #[error("the request cannot be read: {0}")]
    Request(#[source] io::Error),
    #[error("what was found cannot be reported: {0}")]
    Report(#[source] io::Error),
    #[error("no scenario is called `{0}` in this build")]
    Unknown(String),
    /// What the run needs around it cannot be had, or failed a worker.
    #[error("{0}")]
    Around(String),
    #[error(transparent)]
    Run(#[from] lab::RunError),
    #[error(
        "in repetition {repetition} of {of}, worker {worker} {ending}; its result counts for nothing, so the run was ended"
    )]
    Repetition {
        repetition: u32,
        of: u32,
        worker: usize,
        ending: String,
    },
}

/// Carries out the request on standard input; the process's exit status.
pub fn main() -> u8 {
    let recorder = match connect() {
        Ok(recorder) => recorder,
        Err(error) => {
            eprintln!("threadlab runner: {error}");
            return 2;
        }
    };
    let done = match Part::from_environment() {
        Some(part) => part.and_then(|part| take_part(&recorder, &part)),
        None => carry_out(&recorder),
    };
    match done {
        Ok(()) => 0,
        Err(error) => {
            recorder.record(Event::Failed {
                message: error.to_string(),
            });
            1
        }
    }
}

fn connect() -> Result<Arc<Recorder>, RunnerError> {
    let value = std::env::var(CHANNEL).map_err(|_| RunnerError::NotStartedByKernel)?;
    let numbers: Option<Vec<i32>> = value.split(' ').map(|n| n.parse().ok()).collect();
    let Some([memory, wake, kernel]) = numbers.as_deref() else {
        return Err(RunnerError::NotStartedByKernel);
    };
    die_with(*kernel);
    allow_files();
    survive_large_files();
    let fds = Inherited {
        memory: *memory,
        wake: *wake,
    };
    // SAFETY: the kernel handed these numbers over for this purpose, and
    // nothing else ran in this process before.
    let rings = unsafe { Rings::inherit(fds) }.map_err(RunnerError::Channel)?;
    let full = || RunnerError::Channel(io::Error::other("no ring is free"));
    Ok(Arc::new(
        Recorder::channel(Arc::new(rings)).ok_or_else(full)?,
    ))
}

/// Asks the system to end this process when the kernel ends, however it ends.
fn die_with(kernel: i32) {
    #[cfg(target_os = "linux")]
    // SAFETY: prctl and getppid take and give plain numbers.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        // The kernel may have ended before this was asked.
        if libc::getppid() != kernel {
            std::process::exit(1);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = kernel;
}

/// Lets a file that grows past a limit of the system be an error of the write,
/// not the end of the process.
fn survive_large_files() {
    // SAFETY: ignores one signal, in a process with one thread.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// Takes as many descriptors as the system allows: each worker process needs
/// three.
fn allow_files() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a valid rlimit that lives across both calls; a limit
    // that cannot be raised stays, and what does not fit is refused later.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        }
    }
}

fn carry_out(recorder: &Arc<Recorder>) -> Result<(), RunnerError> {
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(RunnerError::Request)?;
    let request: Request =
        serde_json::from_str(&line).map_err(|e| RunnerError::Request(e.into()))?;
    let (scenario, parameters) = asked(&request)?;
    let kernel = recorder.clone();
    let settings = |recorder, repetition: u32| Settings {
        on_deadlock: Some(alarm(kernel.clone())),
        // What threads are left end with the process, as they do with a program's.
        on_daemons: Some(Alarm(Arc::new(|| std::process::exit(0)))),
        ..settings(&request, &parameters, recorder, repetition)
    };
    if let Some(search) = &request.explore {
        let lab = Lab::with(settings(recorder.clone(), 0));
        let judge = judge(&lab, scenario, &parameters);
        return report(recorder, &explore(&lab, search, &judge)?);
    }
    if let Some(by_hand) = &request.step {
        let lab = Lab::with(settings(recorder.clone(), 0));
        let judge = judge(&lab, scenario, &parameters);
        return report(recorder, &lab.step(by_hand, &judge)?);
    }
    let around = match request.simulate {
        None => surroundings(scenario, &request, &parameters)?,
        Some(_) => Surroundings::default(),
    };
    let place = around.place().to_owned();
    let parameters = parameters.clone().at(place.clone());
    for repetition in 0..request.repeat.max(1) {
        let traced = repetition == 0;
        let to = if traced {
            recorder.clone()
        } else {
            Arc::new(Recorder::nowhere())
        };
        let part = Part {
            request: request.clone(),
            place: place.clone(),
            repetition,
        };
        let lab = Lab::with(Settings {
            relaunch: Some(part.relaunch()?),
            ..settings(to, repetition)
        });
        let finish = (scenario.tasks)(&lab, &parameters);
        let run = match &request.simulate {
            None => lab.run(request.model)?,
            Some(machine) => lab.simulate_as(request.model, machine)?,
        };
        if around.is_some()
            && let Some(why) = given_up(&run)
        {
            return Err(RunnerError::Around(why));
        }
        if !traced
            && !run.deadlock
            && !scenario.mortal
            && let Some(failed) = failure(&run)
        {
            // The traced repetition shows in its lanes how its workers ended.
            let (worker, ending) = failed;
            let (repetition, of) = (repetition + 1, request.repeat);
            return Err(RunnerError::Repetition {
                repetition,
                of,
                worker,
                ending,
            });
        }
        let (result, line) = match run.deadlock {
            true => (Value::Text(DEADLOCK.into()), DEADLOCK.to_owned()),
            false => finish(&lab, run.elapsed as f64 / 1e9, &run.results()),
        };
        if traced && run.deadlock {
            recorder.say(None, run.elapsed, DEADLOCK);
        } else if traced && (scenario.mortal || run.all_returned()) {
            let at = if request.simulate.is_some() {
                run.elapsed
            } else {
                lab::clock::now()
            };
            recorder.say(None, at, &line);
        }
        recorder.record(Event::Sampled {
            elapsed: run.elapsed,
            cpu: run.cpu,
            result,
        });
    }
    Ok(())
}

/// The scenario that is asked for, and its parameters.
fn asked(request: &Request) -> Result<(&'static Scenario, Parameters), RunnerError> {
    let parameters: Parameters = serde_json::from_value(request.parameters.clone())
        .map_err(|e| RunnerError::Request(e.into()))?;
    let scenario = scenario::find(&request.scenario)
        .ok_or_else(|| RunnerError::Unknown(request.scenario.clone()))?;
    Ok((scenario, parameters.under(request.model)))
}

/// How a repetition is carried out.
fn settings(
    request: &Request,
    parameters: &Parameters,
    recorder: Arc<Recorder>,
    repetition: u32,
) -> Settings {
    Settings {
        recorder: Some(recorder),
        yield_chance: request.yield_chance,
        // Every repetition rolls differently, and the same for the same seed.
        seed: request.seed.wrapping_add(u64::from(repetition)),
        together: request.together,
        gil: request.gil,
        switch_interval: request.switch_interval,
        pace: request.pace,
        start: parameters.start,
        ..Settings::default()
    }
}

/// Takes the part of a worker process in the run of the runner that started
/// this program anew.
fn take_part(recorder: &Arc<Recorder>, part: &Part) -> Result<(), RunnerError> {
    let (scenario, parameters) = asked(&part.request)?;
    let to = match part.repetition {
        0 => recorder.clone(),
        _ => Arc::new(Recorder::nowhere()),
    };
    let lab = Lab::with(settings(&part.request, &parameters, to, part.repetition));
    let parameters = parameters.at(part.place.clone());
    let _finish = (scenario.tasks)(&lab, &parameters);
    Err(RunnerError::Run(lab.take_part()))
}

/// Makes what a measured run needs around it.
fn surroundings(
    scenario: &Scenario,
    request: &Request,
    parameters: &Parameters,
) -> Result<Surroundings, RunnerError> {
    let folder = std::env::var_os(FOLDER).map(PathBuf::from);
    let site = Site {
        model: request.model,
        folder: &folder.unwrap_or_default(),
    };
    (scenario.surroundings)(&site, parameters).map_err(RunnerError::Around)
}

/// Why the first worker that could not go on gave up.
fn given_up(run: &lab::Run) -> Option<String> {
    let given_up = run.endings.iter().filter_map(|(ending, _)| match ending {
        Ending::Panicked(why) => Some(why),
        _ => None,
    });
    // Who did not begin because of another says nothing of what was wrong.
    let (idle, at_fault): (Vec<&String>, Vec<&String>) =
        given_up.partition(|why| *why == scenario::NOT_BEGUN);
    at_fault.into_iter().chain(idle).next().cloned()
}

/// Adds a scenario's tasks to a lab, and gives what says how a schedule of them
/// came out.
fn judge(
    lab: &Lab<'static>,
    scenario: &Scenario,
    parameters: &Parameters,
) -> impl Fn(&Lab<'static>, &[Value]) -> (String, Option<String>) {
    let finish = (scenario.tasks)(lab, parameters);
    move |lab, results| {
        let (result, _) = finish(lab, 0.0, results);
        (result.to_string(), (scenario.wrong)(parameters, &result))
    }
}

/// Tells the kernel what was found.
fn report(recorder: &Recorder, found: &impl Serialize) -> Result<(), RunnerError> {
    let text = serde_json::to_string(found).map_err(|e| RunnerError::Report(e.into()))?;
    recorder.report(&text);
    Ok(())
}

/// Goes through schedules.
fn explore(
    lab: &Lab<'static>,
    search: &Search,
    judge: &Judge<'_, Lab<'static>>,
) -> Result<Explored, RunnerError> {
    let found = lab.explore_with(search, judge)?;
    let (verdict, failure) = match found.verdict {
        Verdict::Holds => ("holds", None),
        Verdict::NoFailure => ("no failure", None),
        Verdict::Fails(failure) => ("fails", Some(failure.to_string())),
    };
    Ok(Explored {
        verdict: verdict.into(),
        failure,
        schedules: found.schedules,
        complete: found.complete,
        policy: found.policy.into(),
        failing: found.failing,
        outcomes: found.outcomes,
        shortest: found.shortest,
        trace: found.trace,
    })
}

/// Ends a measured run that cannot end by itself: the kernel draws what the
/// workers had told, and threads that wait for each other end with the process.
fn alarm(recorder: Arc<Recorder>) -> Alarm {
    let began = lab::clock::now();
    Alarm(Arc::new(move || {
        let now = lab::clock::now();
        recorder.say(None, now, DEADLOCK);
        let result = Value::Text(DEADLOCK.into());
        recorder.record(Event::Sampled {
            elapsed: now - began,
            cpu: 0,
            result,
        });
        std::process::exit(0);
    }))
}

/// The first worker that did not return, by its number from 1, and how it ended.
fn failure(run: &lab::Run) -> Option<(usize, String)> {
    let ends = run.endings.iter().enumerate();
    let mut failed = ends.filter(|(_, (ending, _))| *ending != Ending::Returned);
    failed
        .next()
        .map(|(worker, (ending, _))| (worker + 1, ending.to_string()))
}
