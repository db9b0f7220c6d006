//! Virtual time beside wall time: by how much the elapsed time of each scenario
//! differs. At most 5 % for those that wait, on an idle machine.

use lab::{Described, Lab};
use threadlab::run::machine;
use threadlab::scenario;

/// Waits long enough that starting workers is little beside them.
const SCALE: f64 = 0.1;

fn main() {
    let here = Described::here(machine::cores().ceil() as u32, Described::native_pace());
    println!(
        "{:40} {:>12} {:>12} {:>9}",
        "scenario and model, at scale 0.1", "wall, ms", "virtual, ms", "differs"
    );
    let waiting = scenario::ALL.iter().filter(|s| {
        let computes = (s.estimate)(&s.defaults()).computes;
        // What needs something around it is measured by runs, not here.
        let around = [
            "downloads",
            "files",
            "queries",
            "hybrid",
            "daemon",
            "fork-lock",
        ];
        let ends = !["deadlock", "reentry", "convoy"].contains(&s.name);
        !s.hidden && computes.is_empty() && ends && !around.contains(&s.name)
    });
    for scenario in waiting {
        let parameters = scenario.defaults().scaled(SCALE).with_seed(7);
        // A fork needs a process with one thread, which this one is.
        for &model in scenario.models {
            let lab = || {
                let lab = Lab::new();
                let _ = (scenario.tasks)(&lab, &parameters);
                lab
            };
            let wall = lab().run(model).map(|run| run.elapsed as f64 / 1e6);
            let simulated = lab()
                .simulate_as(model, &here)
                .map(|run| run.elapsed as f64 / 1e6);
            match (wall, simulated) {
                (Ok(wall), Ok(simulated)) => println!(
                    "{:40} {wall:12.2} {simulated:12.2} {:8.2} %",
                    format!("{} {model}", scenario.name),
                    100.0 * (wall / simulated - 1.0)
                ),
                (wall, simulated) => println!("{} {model}: {wall:?} {simulated:?}", scenario.name),
            }
        }
    }
}
