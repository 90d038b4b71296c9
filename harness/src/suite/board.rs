//! What a person at a terminal sees while cases run: all of them, and each that is under way.

use crate::case::Progress;
use crate::console::Console;
use crate::span;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// How often a line moves though nothing is told.
const TICK: Duration = Duration::from_millis(200);

/// The lines.
pub(super) struct Board {
    lines: MultiProgress,
    all: ProgressBar,
}

/// The line of a case; it goes with this value.
pub(super) struct Line(ProgressBar);

impl Board {
    /// Before the first case; nothing is shown unless somebody watches.
    pub(super) fn new(console: &Console, cases: usize) -> Self {
        match console.terminal {
            true => Self::on(ProgressDrawTarget::stderr(), cases),
            false => Self::hidden(),
        }
    }

    /// One that nobody sees.
    pub(super) fn hidden() -> Self {
        Self::on(ProgressDrawTarget::hidden(), 0)
    }

    fn on(target: ProgressDrawTarget, cases: usize) -> Self {
        let lines = MultiProgress::with_draw_target(target);
        let all = lines.add(ProgressBar::new(cases as u64));
        set_style(&all, "{bar:30} {pos}/{len} cases, {elapsed}");
        all.tick();
        Board { lines, all }
    }

    /// A case begins.
    pub(super) fn begin(&self, name: &str) -> Line {
        let bar = self.lines.insert_before(&self.all, ProgressBar::new(0).with_prefix(name.to_owned()));
        set_style(&bar, "{spinner} {prefix} {pos}/{len} {wide_msg}");
        if !self.lines.is_hidden() {
            bar.enable_steady_tick(TICK);
        }
        Line(bar)
    }

    /// A case is done.
    pub(super) fn one_done(&self) {
        self.all.inc(1);
    }

    /// Makes room while something else is written.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        self.lines.suspend(write);
    }

    /// Takes all lines away.
    pub(super) fn finish(&self) {
        self.all.finish_and_clear();
    }
}

impl Line {
    /// Where the case stands.
    pub(super) fn show(&self, progress: Progress) {
        self.0.set_length(progress.of as u64);
        self.0.set_position(progress.done as u64);
        self.0.set_message(format!("{}, at {} of guest time", progress.doing, span::show(progress.now_ns)));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn set_style(bar: &ProgressBar, template: &str) {
    // A template that is wrong would only look plainer.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}
