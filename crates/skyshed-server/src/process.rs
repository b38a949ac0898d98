//! What the process takes of its machine, as Linux tells it below `/proc`; nothing elsewhere. The names of the metrics are
//! those that every Prometheus client has.

use std::fs;

use crate::metrics::Text;

/// Clock ticks in a second in `/proc/self/stat`: the same on every Linux that runs Rust (proc(5), USER_HZ).
const TICKS_PER_S: f64 = 100.0;

/// Memory of the process that is in the machine's, bytes.
pub fn resident_memory_bytes() -> Option<u64> {
    kibibytes("VmRSS:")
}

/// A line of `/proc/self/status` in bytes.
fn kibibytes(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}

/// Appends what is known.
pub fn write(text: &mut Text) {
    let mut gauge = |name: &str, help: &str, value: Option<u64>| {
        if let Some(value) = value {
            text.gauge(name, help, value as f64);
        }
    };
    gauge("process_resident_memory_bytes", "Resident memory.", resident_memory_bytes());
    gauge("process_resident_memory_max_bytes", "The most resident memory so far.", kibibytes("VmHWM:"));
    gauge("process_open_fds", "Open file descriptors.", open_files());
    gauge("process_max_fds", "Most file descriptors that may be open.", open_files_max());
    gauge("process_threads", "Threads.", threads());
    if let Some(seconds) = cpu_seconds() {
        text.counter("process_cpu_seconds_total", "Processor time, of the system too.", seconds);
    }
}

fn open_files() -> Option<u64> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count() as u64)
}

/// The soft limit.
pub fn open_files_max() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Fields of `/proc/self/stat` behind the name, which may itself hold spaces: the first is the state (number 3 in proc(5)).
fn stat(number: usize) -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(number - 3)?.parse().ok()
}

fn threads() -> Option<u64> {
    stat(20)
}

fn cpu_seconds() -> Option<f64> {
    Some((stat(14)? + stat(15)?) as f64 / TICKS_PER_S)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_what_the_process_takes() {
        let bytes = resident_memory_bytes().unwrap();
        assert!((1 << 20..1 << 40).contains(&bytes), "{bytes}");
        assert!(open_files().unwrap() >= 3 && open_files_max().unwrap() >= open_files().unwrap());
        assert!(threads().unwrap() >= 1 && cpu_seconds().unwrap() >= 0.0);
        let mut text = Text::default();
        write(&mut text);
        assert!(text.0.contains("# HELP process_resident_memory_bytes "), "{}", text.0);
    }
}
