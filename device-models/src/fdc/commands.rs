//! The command phase, and the commands that move no data.

use super::drive::Seek;
use super::regs::{self, Configure, St0, St3, command};
use super::{Fdc, NAME, Phase};
use backplane::{Refusal, Wires};

/// Bytes of a command, by its first; `None` for an invalid one.
fn length(first: u8) -> Option<usize> {
    let flags = first & !command::CODE;
    let only = |allowed: u8| flags & !allowed == 0;
    let (len, valid) = match first & command::CODE {
        command::READ | command::READ_DELETED | command::VERIFY => (9, true),
        command::SCAN_EQUAL | command::SCAN_LOW | command::SCAN_HIGH => (9, true),
        command::WRITE | command::WRITE_DELETED => (9, only(command::MULTI_TRACK | command::MFM)),
        command::READ_TRACK => (9, only(command::MFM | command::SKIP)),
        command::READ_ID => (2, only(command::MFM)),
        command::FORMAT => (6, only(command::MFM)),
        command::SEEK => (3, flags == 0 || flags | command::MFM == command::MULTI_TRACK | command::MFM),
        command::RECALIBRATE | command::SENSE_DRIVE | command::PERPENDICULAR => (2, flags == 0),
        command::SPECIFY => (3, flags == 0),
        command::CONFIGURE => (4, flags == 0),
        command::LOCK => (1, only(command::MULTI_TRACK)),
        command::SENSE_INTERRUPT | command::DUMPREG | command::VERSION => (1, flags == 0),
        _ => (1, false),
    };
    valid.then_some(len)
}

impl Fdc {
    pub(super) fn take_command_byte(&mut self, value: u8, w: &mut Wires) {
        self.command.push(value);
        let first = self.command[0];
        let Some(len) = length(first) else {
            w.note(NAME, Refusal::Command(first.into()));
            self.command.clear();
            return self.show_results(&[St0::INVALID.bits()], false);
        };
        if self.command.len() >= len {
            let bytes = std::mem::take(&mut self.command);
            self.execute(&bytes, w);
        }
    }

    fn execute(&mut self, bytes: &[u8], w: &mut Wires) {
        let parameter = |n: usize| bytes.get(n).copied().unwrap_or(0);
        match bytes[0] & command::CODE {
            command::SPECIFY => self.settings.specify = [parameter(1), parameter(2)],
            command::CONFIGURE => {
                self.settings.configure = Configure::from_bits_truncate(parameter(2));
                self.settings.precompensation_track = parameter(3);
            }
            command::PERPENDICULAR => self.settings.perpendicular = self.perpendicular(parameter(1)),
            command::LOCK => {
                self.settings.lock = bytes[0] & command::MULTI_TRACK != 0;
                self.show_results(&[u8::from(self.settings.lock) << 4], false);
            }
            command::VERSION => self.show_results(&[regs::VERSION], false),
            command::DUMPREG => self.dump_registers(),
            command::SENSE_INTERRUPT => self.sense_interrupt(),
            command::SENSE_DRIVE => self.sense_drive(parameter(1), w),
            command::RECALIBRATE => self.recalibrate(parameter(1), w),
            command::SEEK => self.seek(bytes[0], parameter(1), parameter(2), w),
            _ => self.begin_transfer(bytes, w),
        }
    }

    /// OW (bit 7) lets the drive bits be overwritten.
    fn perpendicular(&self, value: u8) -> u8 {
        let keep = if value & 0x80 != 0 { 0 } else { 0x3C };
        self.settings.perpendicular & keep | value & 0x3F & !keep
    }

    fn dump_registers(&mut self) {
        let s = self.settings;
        let [a, b] = [self.drives[0].counter, self.drives[1].counter];
        let results = [
            a,
            b,
            0,
            0,
            s.specify[0],
            s.specify[1],
            self.last_sectors,
            u8::from(s.lock) << 7 | s.perpendicular,
            s.configure.bits(),
            s.precompensation_track,
        ];
        self.show_results(&results, false);
    }

    /// FDC-02: with nothing to tell, one byte, "invalid command".
    fn sense_interrupt(&mut self) {
        self.interrupt = false;
        if self.polls > 0 {
            let drive = 4 - self.polls;
            self.polls -= 1;
            let counter = self.drives.get(usize::from(drive)).map_or(0, |d| d.counter);
            return self.show_results(&[St0::POLLING.bits() | drive, counter], false);
        }
        for n in 0..self.drives.len() {
            if let Some(st0) = self.drives[n].done.take() {
                let counter = self.drives[n].counter;
                return self.show_results(&[st0, counter], false);
            }
        }
        self.show_results(&[St0::INVALID.bits()], false);
    }

    /// FDC-03: drives 2 and 3 are names for 0 and 1.
    pub(super) fn unit(select: u8) -> usize {
        usize::from(select & 1)
    }

    fn sense_drive(&mut self, select: u8, w: &Wires) {
        let unit = Self::unit(select);
        let drive = &self.drives[unit];
        let mut st3 = St3::ALWAYS;
        st3.set(St3::TRACK0, drive.on_track_0());
        st3.set(St3::PROTECTED, drive.write_protected(w));
        self.show_results(&[st3.bits() | select & command::HEAD | unit as u8], false);
    }

    fn recalibrate(&mut self, select: u8, w: &Wires) {
        let unit = Self::unit(select);
        let drive = &self.drives[unit];
        let steps = match drive.kind {
            Some(_) => drive.cylinder().min(regs::RECALIBRATE_STEPS),
            None => regs::RECALIBRATE_STEPS,
        };
        self.begin_seek(unit, -i16::from(steps), 0, true, w);
    }

    fn seek(&mut self, first: u8, select: u8, argument: u8, w: &Wires) {
        let unit = Self::unit(select);
        let counter = self.drives[unit].counter;
        let relative = first & command::MULTI_TRACK != 0;
        let (steps, counter) = match (relative, first & command::MFM != 0) {
            (false, _) => (i16::from(argument) - i16::from(counter), argument),
            (true, true) => (argument.into(), counter.wrapping_add(argument)),
            (true, false) => (-i16::from(argument), counter.wrapping_sub(argument)),
        };
        self.begin_seek(unit, steps, counter, false, w);
    }

    /// FDC-01: the drive is busy until its head is there; the controller takes further commands meanwhile.
    fn begin_seek(&mut self, unit: usize, steps: i16, counter: u8, recalibrate: bool, w: &Wires) {
        let time = self.speed.seek_ns(steps.unsigned_abs(), self.settings.step_rate(), self.rate);
        self.drives[unit].done = None;
        self.drives[unit].seek = Some(Seek { due: w.now + time, steps, counter, recalibrate });
        self.phase = Phase::Command;
    }

    /// FDC-05: the head in ST0 is 0.
    pub(super) fn finish_seek(&mut self, unit: usize, seek: Seek, w: &Wires) {
        let drive = &mut self.drives[unit];
        drive.seek = None;
        drive.step(seek.steps, w);
        drive.counter = seek.counter;
        let mut st0 = St0::SEEK_END;
        if seek.recalibrate && !drive.on_track_0() {
            st0 |= St0::ABNORMAL | St0::EQUIPMENT_CHECK;
        }
        drive.done = Some(st0.bits() | unit as u8);
        self.polls = 0;
        // While results wait to be fetched, their interrupt comes first.
        if self.phase == Phase::Command {
            self.interrupt = true;
        }
    }
}
