//! The BitBLT engine.
//!
//! A job runs at once when it is started, in no time of the guest's: blits and direct writes then come in the order
//! in which the guest asked for them (CIR-08). Only a job whose data pass through the CPU stays: the blitter is busy
//! until the last dword, and every access to video memory is data of the job, wherever in the apertures it goes
//! (CIR-06). Bytes of an access beyond the last one that the job needs are dropped with it.
//!
//! Deviations: both ends in system memory, and data to the CPU with expansion or pattern, are no jobs; the manual
//! forbids them. The key of transparent copies is compared after the raster operation, without a mask. Data to the
//! CPU pass no raster operation.

mod job;
mod line;
mod rop;

use super::regs::{BltExtensions, BltMode, BltStatus, graphics as r};
use crate::vga::vram::Vram;
use job::{Job, PATTERN};
use line::Line;
use serde::{Deserialize, Serialize};

/// What a read finds where the CPU has nothing to fetch.
const NO_DATA: u8 = 0xFF;
/// Bytes in a dword: lines to and from the CPU are whole ones.
const DWORD: u32 = 4;

/// The engine: idle, or in the middle of a job whose data pass through the CPU.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Blitter {
    transfer: Option<Transfer>,
}

/// A job whose data pass through the CPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Transfer {
    job: Job,
    /// Lines done.
    lines: u32,
    /// What the CPU has written of the present line, or is to read of it.
    buffer: Vec<u8>,
    /// How much of the buffer the CPU has read.
    given: u32,
}

impl Blitter {
    /// Whether accesses to video memory are data of a job.
    pub(super) fn waits(&self) -> bool {
        self.transfer.is_some()
    }

    /// Writes a graphics register of the blitter, where it is more than storage. Returns whether a job ran or began.
    pub(super) fn written(&mut self, index: usize, regs: &mut [u8; r::COUNT], old: u8, vram: Vram) -> bool {
        let [_, _, last_of_target] = r::TARGET;
        let status = BltStatus::from_bits_retain(regs[r::BLT_STATUS]);
        match index {
            r::BLT_STATUS if status.contains(BltStatus::RESET) => {
                self.transfer = None;
                self.show_status(regs);
                false
            }
            r::BLT_STATUS => {
                let was = BltStatus::from_bits_retain(old);
                let rises = status.contains(BltStatus::START) && !was.contains(BltStatus::START);
                let starts = rises && !self.waits();
                if starts {
                    self.start(regs, vram);
                }
                self.show_status(regs);
                starts
            }
            _ if index == last_of_target && status.contains(BltStatus::AUTOSTART) && !self.waits() => {
                self.start(regs, vram);
                self.show_status(regs);
                true
            }
            _ => false,
        }
    }

    fn show_status(&self, regs: &mut [u8; r::COUNT]) {
        let mut status = BltStatus::from_bits_retain(regs[r::BLT_STATUS]);
        status.set(BltStatus::BUSY | BltStatus::PROGRESS, self.waits());
        if !self.waits() {
            status.remove(BltStatus::START);
        }
        regs[r::BLT_STATUS] = status.bits();
    }

    fn start(&mut self, regs: &[u8; r::COUNT], vram: Vram) {
        let job = Job::new(regs);
        let from_cpu = job.mode.contains(BltMode::FROM_SYSTEM) && !job.solid();
        let to_cpu = job.mode.contains(BltMode::TO_SYSTEM);
        if to_cpu && job.mode.intersects(BltMode::FROM_SYSTEM | BltMode::PATTERN | BltMode::EXPAND) {
            return;
        }
        if from_cpu || to_cpu {
            let buffer = if to_cpu { job.fetched(vram, 0) } else { Vec::new() };
            self.transfer = Some(Transfer { job, lines: 0, buffer, given: 0 });
        } else {
            job.run(vram);
        }
    }

    /// Takes a byte that the CPU wrote to video memory. Returns whether there was a job to take it.
    pub(super) fn take(&mut self, value: u8, regs: &mut [u8; r::COUNT], vram: Vram) -> bool {
        let Some(transfer) = &mut self.transfer else { return false };
        if transfer.take(value, vram) {
            self.transfer = None;
            self.show_status(regs);
        }
        true
    }

    /// Gives the CPU a byte of its read; `None` when no job waits.
    pub(super) fn give(&mut self, regs: &mut [u8; r::COUNT], vram: Vram) -> Option<u8> {
        let transfer = self.transfer.as_mut()?;
        let (value, last) = transfer.give(vram);
        if last {
            self.transfer = None;
            self.show_status(regs);
        }
        Some(value)
    }
}

impl Transfer {
    /// Takes a byte; whether it was the job's last.
    fn take(&mut self, value: u8, vram: Vram) -> bool {
        let job = &self.job;
        if job.mode.contains(BltMode::TO_SYSTEM) {
            return false;
        }
        self.buffer.push(value);
        if (self.buffer.len() as u32) < job.line_from_cpu() {
            return false;
        }
        let mut line = Line::new(job);
        if job.mode.contains(BltMode::PATTERN) {
            job.draw_pattern(vram, &self.buffer);
            return true;
        }
        let data = self.buffer.get(job.unused_of_line() as usize..).unwrap_or(&[]);
        if job.mode.contains(BltMode::EXPAND) {
            line.expand(job, |n| data.get(n as usize / 8).is_some_and(|bits| bits >> (7 - n % 8) & 1 != 0));
        } else {
            line.copy(data);
        }
        line.draw(job, vram, job.line(job.target, job.target_pitch, self.lines));
        self.buffer.clear();
        self.lines += 1;
        self.lines == job.height
    }

    /// Gives a byte, and whether it was the job's last.
    fn give(&mut self, vram: Vram) -> (u8, bool) {
        if self.job.mode.contains(BltMode::FROM_SYSTEM) {
            return (NO_DATA, false);
        }
        let value = self.buffer.get(self.given as usize).copied().unwrap_or(NO_DATA);
        self.given += 1;
        if (self.given as usize) < self.buffer.len() {
            return (value, false);
        }
        self.lines += 1;
        if self.lines == self.job.height {
            return (value, true);
        }
        (self.buffer, self.given) = (self.job.fetched(vram, self.lines), 0);
        (value, false)
    }
}

impl Job {
    /// Does a job between places in video memory.
    fn run(&self, vram: Vram) {
        if self.mode.contains(BltMode::PATTERN) {
            let (_, pitch) = self.pattern_line();
            let mut pattern = vec![0; (pitch * PATTERN) as usize];
            vram.read_row(self.source & !(PATTERN - 1), &mut pattern);
            self.draw_pattern(vram, &pattern);
            return;
        }
        let mut line = Line::new(self);
        // The bits of an expanded source are consecutive bytes, each line beginning with a new one.
        let bytes_of_bits = self.pixels().div_ceil(8);
        for y in 0..self.height {
            let target = self.line(self.target, self.target_pitch, y);
            if self.mode.contains(BltMode::EXPAND) {
                let bits = self.source.wrapping_add(y * bytes_of_bits);
                line.expand(self, |n| vram.byte(bits.wrapping_add(n / 8)) >> (7 - n % 8) & 1 != 0);
                line.draw(self, vram, target);
            } else {
                let source = self.line(self.source, self.source_pitch, y);
                line.draw_copy(self, vram, source, target);
            }
        }
    }

    fn draw_pattern(&self, vram: Vram, pattern: &[u8]) {
        let mut lines = Vec::new();
        for y in 0..PATTERN.min(self.height) {
            let mut line = Line::new(self);
            line.pattern(self, pattern, y);
            lines.push(line);
        }
        for (y, n) in (0..self.height).zip((0..lines.len()).cycle()) {
            lines[n].draw(self, vram, self.line(self.target, self.target_pitch, y));
        }
    }

    /// Line `y` of the source as the CPU reads it, in whole dwords.
    fn fetched(&self, vram: Vram, y: u32) -> Vec<u8> {
        let mut line = vec![0; self.width as usize];
        vram.read_row(self.line(self.source, self.source_pitch, y), &mut line);
        line.resize(self.width.next_multiple_of(DWORD) as usize, 0);
        line
    }

    /// Bytes that the CPU writes for a line, or for a pattern.
    fn line_from_cpu(&self) -> u32 {
        if self.mode.contains(BltMode::PATTERN) {
            return self.pattern_line().1 * PATTERN;
        }
        if !self.mode.contains(BltMode::EXPAND) {
            return (self.unused_of_line() + self.width).next_multiple_of(DWORD);
        }
        let bytes = self.pixels().div_ceil(8);
        // The bits are not in dwords unless asked for (CIR-02).
        if self.extensions.contains(BltExtensions::DWORDS) {
            (self.unused_of_line() + bytes).next_multiple_of(DWORD)
        } else {
            bytes
        }
    }

    fn unused_of_line(&self) -> u32 {
        let bytewise =
            self.mode.contains(BltMode::EXPAND) && !self.extensions.contains(BltExtensions::DWORDS);
        if bytewise { 0 } else { self.unused() }
    }
}
