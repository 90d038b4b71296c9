//! What a process costs: CPU time of its threads, as the scheduler counts it.

/// CPU seconds of all threads of a process, from /proc.
///
/// # Panics
/// Where there is no /proc, or no such process.
pub fn cpu_seconds(process: u32) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("/proc is there");
    let nanoseconds = |thread: std::fs::DirEntry| -> Option<f64> {
        let line = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        line.split_whitespace().next()?.parse().ok()
    };
    threads.filter_map(Result::ok).filter_map(nanoseconds).sum::<f64>() / 1e9
}

/// The middle one of `values`.
///
/// # Panics
/// Without values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The geometric mean of positive numbers; 1 of none.
pub fn geometric_mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value.ln(), count + 1));
    (sum / f64::from(count.max(1))).exp()
}
