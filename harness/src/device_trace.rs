//! `relic run --device-trace FILE`: what passes between the guest and its chips, a line each (`docs/device-traces.md`).

use crate::failure::{Failure, Result};
use crate::prepare::Prepared;
use crate::replay::Head;
use crate::session::Session;
use backplane::bench::trace::TRACE_HEAD;
use clap::Args;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// What the second line says before the machine.
pub(crate) const MACHINE: &str = "# machine ";

/// Options of `relic run` for a device trace.
#[derive(Args)]
pub(crate) struct DeviceTraceArgs {
    /// Write what passes between the guest and its chips into a file: accesses with their answers, DMA, interrupts, virtual times
    #[arg(long, value_name = "FILE", conflicts_with = "gdb")]
    device_trace: Option<PathBuf>,
    /// Only this chip, as `relic fuzz` calls it (video, com1 and com2 for those that go by several names); may be given several times
    #[arg(long, value_name = "CHIP", requires = "device_trace")]
    trace_chip: Vec<String>,
}

impl DeviceTraceArgs {
    /// The file that is written.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.device_trace.iter()
    }

    /// Begins the trace of a guest that was just switched on, or went on `from` a snapshot.
    ///
    /// # Errors
    /// The file cannot be written, a medium not be read; there is no such chip.
    pub(crate) fn begin(&self, session: &mut Session, guest: &Prepared, from: Option<&Path>) -> Result<()> {
        let Some(path) = &self.device_trace else { return Ok(()) };
        let machine = session.guest().machine();
        let machine = machine.ok_or_else(|| Failure::bad("--device-trace: this guest has no chips"))?;
        machine.begin_device_trace(&self.trace_chip).map_err(Failure::bad)?;
        session.set_device_trace(DeviceTrace::create(path, &Head::of(guest, from)?)?);
        Ok(())
    }
}

/// A trace under way.
pub(crate) struct DeviceTrace {
    path: PathBuf,
    out: BufWriter<File>,
}

impl DeviceTrace {
    /// Begins a trace in a new file.
    fn create(path: &Path, head: &Head) -> Result<DeviceTrace> {
        let file = File::create(path).map_err(|error| Failure::write(path, &error))?;
        let mut trace = DeviceTrace { path: path.to_owned(), out: BufWriter::new(file) };
        let head = serde_json::to_string(head).map_err(Failure::bad)?;
        trace.write(&format!("{TRACE_HEAD}\n{MACHINE}{head}\n"))?;
        Ok(trace)
    }

    /// Writes lines.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&mut self, lines: &str) -> Result<()> {
        self.out.write_all(lines.as_bytes()).map_err(|error| Failure::write(&self.path, &error))
    }

    /// Ends the trace.
    ///
    /// # Errors
    /// The rest cannot be written.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.out.flush().map_err(|error| Failure::write(&self.path, &error))
    }
}
