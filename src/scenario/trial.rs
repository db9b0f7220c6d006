//! What a scenario comes to, for the tests beside the scenarios: run here, in
//! real time or in virtual time. Nothing forks: a test has threads.

use super::{Parameters, Scenario};
use lab::trace::Model;
use lab::{Described, Lab, Run, RunError, Value};

/// The result of a run in real time.
pub(super) fn measured(scenario: &Scenario, p: &Parameters, model: Model) -> Value {
    finished(scenario, p, |lab| lab.run(model))
}

/// The result of a run in virtual time, on the guide's machine.
pub(super) fn simulated(scenario: &Scenario, p: &Parameters, model: Model) -> Value {
    finished(scenario, p, |lab| {
        lab.simulate_as(model, Described::guide())
    })
}

fn finished(
    scenario: &Scenario,
    p: &Parameters,
    run: impl FnOnce(&Lab<'static>) -> Result<Run, RunError>,
) -> Value {
    let lab = Lab::new();
    let finish = (scenario.tasks)(&lab, p);
    let run = run(&lab).expect("the run is carried out");
    assert!(run.all_returned(), "{:?}", run.endings);
    finish(&lab, run.elapsed as f64 / 1e9, &run.results()).0
}
