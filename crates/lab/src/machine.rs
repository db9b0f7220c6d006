//! What machine this is, as far as a figure's stamp and an estimate need it.

use crate::trace::Machine;
use std::fs::read_to_string;

/// This machine, now.
pub fn here() -> Machine {
    Machine {
        cpu: cpu(),
        cores: cores(),
        load: load(),
        system: system(),
    }
}

/// Cores that this process may use: those of its affinity, or of its control
/// group's quota where that is less.
pub fn cores() -> f64 {
    let affinity = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    affinity.min(quota().unwrap_or(f64::INFINITY))
}

/// Processor time per time that the control group allows (cgroup v2 `cpu.max`).
fn quota() -> Option<f64> {
    let groups = read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let limits = read_to_string(format!("/sys/fs/cgroup{group}/cpu.max")).ok()?;
    let (quota, period) = limits.trim().split_once(' ')?;
    Some(quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?)
}

fn cpu() -> String {
    let info = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| {
        line.strip_prefix("model name")?
            .split_once(':')
            .map(|(_, name)| name.trim().to_owned())
    });
    name.unwrap_or_else(|| format!("{} processor", std::env::consts::ARCH))
}

fn load() -> f64 {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|load| load.parse().ok())
        .unwrap_or(0.0)
}

fn system() -> String {
    let release = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let name = if cfg!(target_os = "macos") {
        "macOS"
    } else {
        "Linux"
    };
    format!("{name} {}", release.trim()).trim().to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_at_least_a_part_of_a_core() {
        let machine = super::here();
        assert!(machine.cores > 0.0 && machine.load >= 0.0);
        assert!(!machine.cpu.is_empty() && !machine.system.is_empty());
    }
}
