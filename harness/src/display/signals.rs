//! The signals of job control: what stops relic must find the terminal as it was, and what lets it go on finds it taken by others.

/// Which of them came since they were last asked for.
#[derive(Default)]
pub(super) struct Signals {
    #[cfg(unix)]
    stop: Flag,
    #[cfg(unix)]
    go_on: Flag,
}

#[cfg(unix)]
type Flag = std::sync::Arc<std::sync::atomic::AtomicBool>;

#[cfg(unix)]
impl Signals {
    /// From now on SIGTSTP and SIGCONT are noted, and SIGTSTP does not stop relic by itself.
    ///
    /// # Errors
    /// The host refuses.
    pub(super) fn watch() -> std::io::Result<Signals> {
        let signals = Signals::default();
        for (signal, flag) in
            [(signal_hook::consts::SIGTSTP, &signals.stop), (signal_hook::consts::SIGCONT, &signals.go_on)]
        {
            signal_hook::flag::register(signal, flag.clone())?;
        }
        Ok(signals)
    }

    /// Relic shall stop.
    pub(super) fn must_stop(&self) -> bool {
        self.stop.swap(false, std::sync::atomic::Ordering::Relaxed)
    }

    /// Relic was stopped and goes on.
    pub(super) fn goes_on(&self) -> bool {
        self.go_on.swap(false, std::sync::atomic::Ordering::Relaxed)
    }

    /// Stops relic, and returns when it goes on.
    ///
    /// # Errors
    /// The host refuses.
    pub(super) fn stop(&self) -> std::io::Result<()> {
        let stopped = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP);
        self.goes_on();
        stopped
    }
}

#[cfg(not(unix))]
impl Signals {
    pub(super) fn watch() -> std::io::Result<Signals> {
        Ok(Signals::default())
    }

    pub(super) fn must_stop(&self) -> bool {
        false
    }

    pub(super) fn goes_on(&self) -> bool {
        false
    }

    pub(super) fn stop(&self) -> std::io::Result<()> {
        Ok(())
    }
}
