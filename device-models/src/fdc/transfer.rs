//! The execution phase: commands that look at the track.

use super::drive::{NotFound, SectorId};
use super::regs::{self, Configure, Dor, Msr, SECTOR, SIZE_CODE, St0, St1, St2, command};
use super::{Fdc, NAME, Phase};
use backplane::{Instant, MediumError, Refusal, Wires};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What a command does with the sectors it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    /// READ DATA or READ DELETED DATA; `deleted` marks are never on our media.
    Read {
        deleted: bool,
    },
    ReadTrack,
    Write,
    Format {
        filler: u8,
    },
    Verify {
        counted: bool,
    },
    Scan(Scan),
    ReadId,
}

/// What a scan looks for in the medium's bytes, compared with the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Scan {
    Equal,
    LowOrEqual,
    HighOrEqual,
}

/// How the bytes of a sector cross the FIFO without DMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Fifo {
    /// Nothing to move now.
    Closed,
    ToHost,
    FromHost,
    /// The host has written all of it.
    Full,
}

/// A command in its execution phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Transfer {
    kind: Kind,
    unit: u8,
    /// The physical head.
    head: u8,
    id: SectorId,
    /// The last sector of the track, or sectors to format.
    last: u8,
    multi_track: bool,
    mfm: bool,
    skip: bool,
    /// Step of SCAN, sector count of VERIFY.
    extra: u8,
    /// Sectors dealt with.
    done: u8,
    /// An implied seek was made.
    sought: bool,
    non_dma: bool,
    /// Set when the track has passed twice in vain.
    failing: Option<NotFound>,
    scan_equal: bool,
    pub(super) due: Option<Instant>,
    fifo: Fifo,
    buffer: Vec<u8>,
    at: usize,
}

/// What the host did with a sector's bytes.
enum Moved {
    /// All went; with terminal count or without.
    All { terminal: bool },
    /// Terminal count came before the end.
    Cut,
    /// The host's DMA did not answer.
    Overrun,
}

impl Transfer {
    pub(super) fn status(&self) -> Msr {
        let request = match self.fifo {
            Fifo::ToHost => Msr::REQUEST | Msr::TO_HOST,
            Fifo::FromHost => Msr::REQUEST,
            Fifo::Closed | Fifo::Full => Msr::empty(),
        };
        if self.non_dma { request | Msr::NON_DMA } else { Msr::empty() }
    }

    fn writes(&self) -> bool {
        matches!(self.kind, Kind::Write | Kind::Format { .. })
    }

    /// Bytes that come from the host for each sector.
    fn wanted(&self) -> usize {
        match self.kind {
            Kind::Write | Kind::Scan(_) => SECTOR,
            Kind::Format { .. } => 4,
            _ => 0,
        }
    }
}

impl Fdc {
    pub(super) fn begin_transfer(&mut self, bytes: &[u8], w: &mut Wires) {
        let mut t = parse(bytes);
        t.non_dma = self.settings.non_dma();
        let unit = usize::from(t.unit);
        self.last_sectors = t.last;
        let mut wait = 0;
        let implied = self.settings.configure.contains(Configure::IMPLIED_SEEK)
            && !matches!(t.kind, Kind::Format { .. } | Kind::ReadId);
        if implied && t.id.cylinder != self.drives[unit].counter {
            let steps = i16::from(t.id.cylinder) - i16::from(self.drives[unit].counter);
            wait = self.speed.seek_ns(steps.unsigned_abs(), self.settings.step_rate(), self.rate);
            self.drives[unit].step(steps, w);
            self.drives[unit].counter = t.id.cylinder;
            t.sought = true;
        }
        let drive = &self.drives[unit];
        let format = drive.format(self.rate, w);
        let sector = if matches!(t.kind, Kind::ReadTrack) { 1 } else { t.id.sector };
        wait += self.speed.first_sector_ns(drive.kind, format, sector, w.now + wait);
        t.due = Some(w.now + wait);
        self.transfer = Some(t);
        self.phase = Phase::Execution;
    }

    /// The moment has come for the next sector, or for giving up.
    pub(super) fn run_transfer(&mut self, w: &mut Wires) {
        let Some(mut t) = self.transfer.take() else { return };
        t.due = None;
        if let Some(error) = t.failing {
            return self.finish(&t, St0::ABNORMAL, error.st1, error.st2);
        }
        if t.writes() && self.drives[usize::from(t.unit)].write_protected(w) {
            return self.finish(&t, St0::ABNORMAL, St1::NOT_WRITABLE, St2::empty());
        }
        match t.kind {
            Kind::ReadId => self.read_id(t, w),
            Kind::Format { filler } => self.format_sector(t, filler, w),
            _ => match self.locate(&t, w) {
                Ok(offset) => self.sector(t, offset, w),
                Err(error) => self.give_up(t, error, w),
            },
        }
    }

    fn locate(&self, t: &Transfer, w: &Wires) -> Result<u64, NotFound> {
        // Single density has address marks of its own, and no medium has them.
        if !t.mfm {
            return Err(NotFound::NO_TRACK);
        }
        self.drives[usize::from(t.unit)].find(t.id, t.head, self.rate, w)
    }

    /// FDC-06: what is not there is looked for until the index has passed twice.
    fn give_up(&mut self, mut t: Transfer, error: NotFound, w: &Wires) {
        let kind = self.drives[usize::from(t.unit)].kind;
        t.failing = Some(error);
        t.due = Some(w.now + self.speed.give_up_ns(kind));
        self.transfer = Some(t);
    }

    fn read_id(&mut self, mut t: Transfer, w: &Wires) {
        let drive = &self.drives[usize::from(t.unit)];
        let format = drive.format(self.rate, w);
        let slot = w.now.ns() / self.speed.sector_ns(drive.kind, format).max(1);
        let found = if t.mfm { drive.passing(t.head, self.rate, slot, w) } else { Err(NotFound::NO_TRACK) };
        match found {
            Ok(id) => {
                t.id = id;
                self.finish(&t, St0::empty(), St1::empty(), St2::empty());
            }
            Err(error) => self.give_up(t, error, w),
        }
    }

    fn sector(&mut self, mut t: Transfer, offset: u64, w: &mut Wires) {
        match t.kind {
            Kind::Read { deleted: true } if t.skip => self.next_sector(t, false, w),
            Kind::Read { .. } | Kind::ReadTrack => {
                // In non-DMA mode, coming back here means that the host has fetched the sector.
                if t.fifo == Fifo::Full {
                    t.fifo = Fifo::Closed;
                    return self.after_read(t, Moved::All { terminal: false }, w);
                }
                t.buffer.resize(SECTOR, 0);
                let mut data = std::mem::take(&mut t.buffer);
                let outcome = self.read_medium(&t, offset, &mut data, w);
                t.buffer = data;
                if outcome.is_err() {
                    return self.finish(&t, St0::ABNORMAL, St1::DATA_ERROR, St2::DATA_FIELD_ERROR);
                }
                if t.non_dma {
                    return self.open_fifo(t, Fifo::ToHost);
                }
                let moved = self.move_by_dma(&mut t, w);
                self.after_read(t, moved, w);
            }
            Kind::Verify { .. } => {
                let mut data = [0; SECTOR];
                match self.read_medium(&t, offset, &mut data, w) {
                    Ok(()) => self.next_sector(t, false, w),
                    Err(_) => self.finish(&t, St0::ABNORMAL, St1::DATA_ERROR, St2::DATA_FIELD_ERROR),
                }
            }
            _ => self.with_host_data(t, w, |fdc, t, moved, w| match t.kind {
                Kind::Scan(scan) => fdc.scan_sector(t, scan, offset, moved, w),
                _ => fdc.write_sector(t, offset, moved, w),
            }),
        }
    }

    /// READ DELETED DATA stops after the first sector with a normal mark, unless it skips them.
    fn after_read(&mut self, t: Transfer, moved: Moved, w: &mut Wires) {
        let mark = if t.kind == (Kind::Read { deleted: true }) { St2::CONTROL_MARK } else { St2::empty() };
        match moved {
            Moved::Overrun => self.finish(&t, St0::ABNORMAL, St1::OVERRUN, mark),
            Moved::All { .. } | Moved::Cut if !mark.is_empty() => {
                self.finish_after(t, St0::empty(), St1::empty(), mark);
            }
            Moved::Cut => self.finish_after(t, St0::empty(), St1::empty(), St2::empty()),
            Moved::All { terminal } => self.next_sector(t, terminal, w),
        }
    }

    /// Gets the bytes of a sector from the host, then goes on.
    fn with_host_data(
        &mut self,
        mut t: Transfer,
        w: &mut Wires,
        then: impl FnOnce(&mut Fdc, Transfer, Moved, &mut Wires),
    ) {
        let full = t.fifo == Fifo::Full;
        if full {
            t.fifo = Fifo::Closed;
            return then(self, t, Moved::All { terminal: false }, w);
        }
        t.buffer.clear();
        t.buffer.resize(t.wanted(), 0);
        if t.non_dma {
            return self.open_fifo(t, Fifo::FromHost);
        }
        let moved = self.move_by_dma(&mut t, w);
        if matches!(moved, Moved::Overrun) {
            return self.finish(&t, St0::ABNORMAL, St1::OVERRUN, St2::empty());
        }
        then(self, t, moved, w);
    }

    fn write_sector(&mut self, t: Transfer, offset: u64, moved: Moved, w: &mut Wires) {
        if self.write_medium(&t, offset, w).is_err() {
            return self.finish(&t, St0::ABNORMAL, St1::DATA_ERROR, St2::empty());
        }
        match moved {
            Moved::All { terminal } => self.next_sector(t, terminal, w),
            _ => self.finish_after(t, St0::empty(), St1::empty(), St2::empty()),
        }
    }

    fn scan_sector(&mut self, mut t: Transfer, scan: Scan, offset: u64, moved: Moved, w: &mut Wires) {
        let mut there = [0; SECTOR];
        if self.read_medium(&t, offset, &mut there, w).is_err() {
            return self.finish(&t, St0::ABNORMAL, St1::DATA_ERROR, St2::DATA_FIELD_ERROR);
        }
        // FFh, from either side, matches anything.
        let different = there.iter().zip(&t.buffer).find(|(a, b)| a != b && **a != 0xFF && **b != 0xFF);
        let order = different.map_or(Ordering::Equal, |(a, b)| a.cmp(b));
        let met = match scan {
            Scan::Equal => order.is_eq(),
            Scan::LowOrEqual => order.is_le(),
            Scan::HighOrEqual => order.is_ge(),
        };
        t.scan_equal = order.is_eq();
        if met {
            let st2 = if t.scan_equal { St2::SCAN_EQUAL } else { St2::empty() };
            return self.finish(&t, St0::empty(), St1::empty(), st2);
        }
        match moved {
            Moved::All { terminal: false } => self.next_sector(t, false, w),
            _ => self.finish(&t, St0::empty(), St1::empty(), St2::SCAN_NOT_SATISFIED),
        }
    }

    /// One ID field from the host, and a data field full of the filler.
    fn format_sector(&mut self, t: Transfer, filler: u8, w: &mut Wires) {
        let drive = &self.drives[usize::from(t.unit)];
        if !t.mfm || drive.format(self.rate, w).is_none() {
            return self.give_up(t, NotFound::NO_TRACK, w);
        }
        if t.done >= t.last {
            return self.finish(&t, St0::empty(), St1::empty(), St2::empty());
        }
        self.with_host_data(t, w, |fdc, mut t, _, w| {
            let [cylinder, head, sector, size] = [0, 1, 2, 3].map(|n| t.buffer.get(n).copied().unwrap_or(0));
            t.id = SectorId { cylinder, head, sector, size };
            if let Ok(offset) = fdc.locate(&t, w) {
                t.buffer = vec![filler; SECTOR];
                if fdc.write_medium(&t, offset, w).is_err() {
                    return fdc.finish(&t, St0::ABNORMAL, St1::DATA_ERROR, St2::empty());
                }
            }
            t.done = t.done.wrapping_add(1);
            if t.done >= t.last {
                return fdc.finish(&t, St0::empty(), St1::empty(), St2::empty());
            }
            fdc.schedule(t, w);
        });
    }

    fn schedule(&mut self, mut t: Transfer, w: &Wires) {
        let drive = &self.drives[usize::from(t.unit)];
        let format = drive.format(self.rate, w);
        t.due = Some(w.now + self.speed.sector_ns(drive.kind, format));
        self.transfer = Some(t);
    }

    /// A sector is dealt with: the next one, or the end.
    fn next_sector(&mut self, mut t: Transfer, terminal: bool, w: &mut Wires) {
        t.done = t.done.wrapping_add(1);
        if terminal {
            return self.finish_after(t, St0::empty(), St1::empty(), St2::empty());
        }
        if t.kind == (Kind::Verify { counted: true }) && t.done == t.extra {
            return self.finish_after(t, St0::empty(), St1::empty(), St2::empty());
        }
        if advance(&mut t) {
            return self.schedule(t, w);
        }
        let scan_failed =
            if matches!(t.kind, Kind::Scan(_)) { St2::SCAN_NOT_SATISFIED } else { St2::empty() };
        match t.kind {
            // The end of the track is the end of these.
            Kind::Verify { counted: false } | Kind::Scan(_) => {
                self.finish(&t, St0::empty(), St1::empty(), scan_failed);
            }
            _ => self.finish(&t, St0::ABNORMAL, St1::END_OF_CYLINDER, St2::empty()),
        }
    }

    /// Ends with the address of the sector after the last one moved.
    fn finish_after(&mut self, mut t: Transfer, st0: St0, st1: St1, st2: St2) {
        advance(&mut t);
        self.finish(&t, st0, st1, st2);
    }

    fn finish(&mut self, t: &Transfer, st0: St0, st1: St1, st2: St2) {
        let seek = if t.sought { St0::SEEK_END } else { St0::empty() };
        let st0 = (st0 | seek).bits() | t.head << 2 | t.unit;
        let SectorId { cylinder, head, sector, size } = t.id;
        self.show_results(&[st0, st1.bits(), st2.bits(), cylinder, head, sector, size], true);
    }

    fn move_by_dma(&mut self, t: &mut Transfer, w: &mut Wires) -> Moved {
        if !self.dor.contains(Dor::GATE) {
            return Moved::Overrun;
        }
        let moved = w.dma.transfer(regs::DMA, w.ram, &mut t.buffer);
        match (moved.bytes == t.buffer.len(), moved.terminal_count) {
            (true, terminal) => Moved::All { terminal },
            (false, true) => Moved::Cut,
            (false, false) => Moved::Overrun,
        }
    }

    fn read_medium(
        &self,
        t: &Transfer,
        offset: u64,
        data: &mut [u8],
        w: &mut Wires,
    ) -> Result<(), MediumError> {
        let bay = self.drives[usize::from(t.unit)].bay;
        let outcome = w.drives.get(bay).map_or(Ok(()), |m| m.read(offset, data));
        note(outcome, w)
    }

    fn write_medium(&self, t: &Transfer, offset: u64, w: &mut Wires) -> Result<(), MediumError> {
        let bay = self.drives[usize::from(t.unit)].bay;
        let outcome = w.drives.get_mut(bay).map_or(Ok(()), |m| m.write(offset, &t.buffer));
        note(outcome, w)
    }

    fn open_fifo(&mut self, mut t: Transfer, way: Fifo) {
        t.fifo = way;
        t.at = 0;
        self.interrupt = true;
        self.transfer = Some(t);
    }

    /// A byte to the host in non-DMA mode.
    pub(super) fn read_execution(&mut self, w: &Wires) -> u8 {
        let Some(t) = self.transfer.as_mut().filter(|t| t.fifo == Fifo::ToHost) else { return 0 };
        let value = t.buffer.get(t.at).copied().unwrap_or(0);
        self.count_fifo_byte(w);
        value
    }

    /// A byte from the host in non-DMA mode.
    pub(super) fn write_execution(&mut self, value: u8, w: &Wires) {
        let Some(t) = self.transfer.as_mut().filter(|t| t.fifo == Fifo::FromHost) else { return };
        if let Some(byte) = t.buffer.get_mut(t.at) {
            *byte = value;
        }
        self.count_fifo_byte(w);
    }

    fn count_fifo_byte(&mut self, w: &Wires) {
        self.interrupt = false;
        let Some(t) = &mut self.transfer else { return };
        t.at += 1;
        if t.at >= t.buffer.len() {
            t.fifo = Fifo::Full;
            t.due = Some(w.now);
        }
    }
}

fn note(outcome: Result<(), MediumError>, w: &mut Wires) -> Result<(), MediumError> {
    if let Err(MediumError::Host(e)) = &outcome {
        w.note(NAME, Refusal::Medium(e.to_string()));
    }
    outcome
}

/// To the next sector of the command, over to head 1 if it is multi-track; false past the last one, with the
/// address that the result phase shows then.
fn advance(t: &mut Transfer) -> bool {
    let step = if matches!(t.kind, Kind::Scan(_)) { t.extra.max(1) } else { 1 };
    let more_on_track =
        if matches!(t.kind, Kind::ReadTrack) { t.done < t.last } else { t.id.sector < t.last };
    if more_on_track {
        t.id.sector = t.id.sector.saturating_add(step);
        return true;
    }
    t.id.sector = 1;
    if t.multi_track {
        t.id.head ^= 1;
        if t.head == 0 {
            t.head = 1;
            return true;
        }
    }
    t.id.cylinder = t.id.cylinder.wrapping_add(1);
    false
}

fn parse(bytes: &[u8]) -> Transfer {
    let at = |n: usize| bytes.get(n).copied().unwrap_or(0);
    let (first, select) = (at(0), at(1));
    let kind = match first & command::CODE {
        command::READ_TRACK => Kind::ReadTrack,
        command::READ_ID => Kind::ReadId,
        command::FORMAT => Kind::Format { filler: at(5) },
        command::WRITE | command::WRITE_DELETED => Kind::Write,
        command::VERIFY => Kind::Verify { counted: select & command::ENABLE_COUNT != 0 },
        command::SCAN_EQUAL => Kind::Scan(Scan::Equal),
        command::SCAN_LOW => Kind::Scan(Scan::LowOrEqual),
        command::SCAN_HIGH => Kind::Scan(Scan::HighOrEqual),
        code => Kind::Read { deleted: code == command::READ_DELETED },
    };
    let format = matches!(kind, Kind::Format { .. });
    let mut id = SectorId { cylinder: at(2), head: at(3), sector: at(4), size: at(5) };
    if format {
        id = SectorId { size: SIZE_CODE, ..SectorId::default() };
    } else if kind == Kind::ReadTrack {
        // The track is read from the index on, whatever sector was named.
        id.sector = 1;
    }
    Transfer {
        kind,
        unit: Fdc::unit(select) as u8,
        head: u8::from(select & command::HEAD != 0),
        id,
        last: if format { at(3) } else { at(6) },
        multi_track: first & command::MULTI_TRACK != 0,
        mfm: first & command::MFM != 0,
        skip: first & command::SKIP != 0,
        extra: at(8),
        done: 0,
        sought: false,
        non_dma: false,
        failing: None,
        scan_equal: false,
        due: None,
        fifo: Fifo::Closed,
        buffer: Vec::new(),
        at: 0,
    }
}
