//! `relic run --trace FILE`: the executed instructions, one a line.

use crate::failure::{Failure, Result};
use hypervisor::Executed;
use iced_x86::{Decoder, DecoderOptions, Formatter as _, NasmFormatter};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// A trace under way.
pub(crate) struct Trace {
    path: PathBuf,
    out: BufWriter<File>,
    formatter: NasmFormatter,
}

impl Trace {
    /// Begins a trace in a new file.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(crate) fn create(path: &Path) -> Result<Trace> {
        let file = File::create(path).map_err(|e| Failure::write(path, &e))?;
        Ok(Trace { path: path.to_owned(), out: BufWriter::new(file), formatter: NasmFormatter::new() })
    }

    /// Writes instructions: how many were retired before, CS:EIP, the bytes, and what they mean.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&mut self, executed: &[Executed]) -> Result<()> {
        let mut text = String::new();
        for one in executed {
            let bytes = &one.bytes[..usize::from(one.len).min(one.bytes.len())];
            let bitness = if one.code32 { 32 } else { 16 };
            let ins = Decoder::with_ip(bitness, bytes, u64::from(one.eip), DecoderOptions::NONE).decode();
            text.clear();
            self.formatter.format(&ins, &mut text);
            let code: String =
                bytes.iter().take(ins.len().max(1)).map(|byte| format!("{byte:02X}")).collect();
            writeln!(self.out, "{} {:04X}:{:08X} {code:<16} {text}", one.retired, one.cs, one.eip)
                .map_err(|e| Failure::write(&self.path, &e))?;
        }
        Ok(())
    }

    /// Ends the trace.
    ///
    /// # Errors
    /// The rest cannot be written.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.out.flush().map_err(|e| Failure::write(&self.path, &e))
    }
}
