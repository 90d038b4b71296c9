//! The run loop.

use crate::blocks::{Blocks, Code};
use crate::code_map::CodeMap;
use crate::cpu::Cpu;
use crate::debugger::Debugger;
use crate::decode;
use crate::fault::{Done, Stop, db, gp, vector};
use crate::flags::Lazy;
use crate::op::Op;
use crate::tlb::{HALF, Tlb};
use backplane::{PageFlags, Ram};
use engine::{Bus, CpuState, EFlags, Engine, Executed, Exit, Hit, Seg, Stops};

/// The interpreter: decoded blocks of direct handlers.
pub struct Interpreter {
    tlb: Box<Tlb>,
    blocks: Blocks,
    code: CodeMap,
    overwritten: Vec<(u32, u32)>,
    /// What the TLB and the generation were valid for: see [`key`].
    key: Option<Key>,
    generation: u32,
    epoch: u32,
    map_version: u32,
    fresh: bool,
    model: Option<engine::Model>,
    debugger: Debugger,
}

impl Default for Interpreter {
    fn default() -> Self {
        Self::new()
    }
}

impl Interpreter {
    /// An interpreter with empty caches.
    pub fn new() -> Interpreter {
        Interpreter {
            tlb: Box::new(Tlb::new()),
            blocks: Blocks::new(),
            code: CodeMap::new(0),
            overwritten: Vec::new(),
            key: None,
            generation: 0,
            epoch: 0,
            map_version: 0,
            fresh: true,
            model: None,
            debugger: Debugger::default(),
        }
    }

    /// Forgets translations, but not code: another engine may have changed page tables since this one ran, and what it wrote to
    /// memory is marked in the store.
    pub fn flush_tlb(&mut self) {
        self.key = None;
    }

    fn prepare(&mut self, state: &CpuState, ram: &Ram, bus: &dyn Bus) {
        let pages = ram.len() / backplane::PAGE;
        if self.fresh || self.model != Some(state.model) || self.code.pages() != pages {
            self.blocks.clear();
            self.blocks.size_for(pages);
            self.code = CodeMap::new(pages);
            self.key = None;
            self.model = Some(state.model);
            self.fresh = false;
        }
        if self.key != Some(key(state)) {
            self.tlb.flush();
            self.generation = self.generation.wrapping_add(1);
            self.epoch = ram.epoch();
            self.map_version = bus.map_version();
        }
    }
}

/// The part of the state that translations and decoded code depend on.
type Key = ([u32; 3], [u32; 8], engine::Segment, u8);

fn key(state: &CpuState) -> Key {
    ([state.cr0, state.cr3, state.cr4], state.dr, state.seg[Seg::Cs as usize], state.cpl)
}

impl Engine for Interpreter {
    fn name(&self) -> &'static str {
        "interpreter"
    }

    fn run(&mut self, state: &mut CpuState, ram: &Ram, bus: &mut dyn Bus) -> Exit {
        self.prepare(state, ram, bus);
        let mut cpu = Cpu {
            s: state.clone(),
            lazy: Lazy::default(),
            windows: Default::default(),
            stack_mask: 0,
            start: state.eip,
            side: if state.cpl == 3 { HALF } else { 0 },
            aligned: false,
            failure: Stop::Shutdown,
            attention: false,
            stepping: false,
            no_step: false,
            keep_rf: false,
            counted_ahead: 0,
            traps: state.interruptibility.debug_traps,
            watching: false,
            debugger: &mut self.debugger,
            generation: self.generation,
            due: bus.due(),
            epoch: self.epoch,
            map_version: self.map_version,
            features: state.model.features(),
            tlb: &mut self.tlb,
            ram,
            bus,
            code: &mut self.code,
            overwritten: &mut self.overwritten,
        };
        cpu.derive();
        let mut caches = Caches { blocks: &mut self.blocks };
        let exit = caches.run(&mut cpu);
        cpu.s.eflags = cpu.flags();
        cpu.s.interruptibility.debug_traps = cpu.traps;
        (self.generation, self.epoch, self.map_version) = (cpu.generation, cpu.epoch, cpu.map_version);
        self.key = Some(key(&cpu.s));
        *state = cpu.s;
        exit
    }

    fn forget(&mut self) {
        self.fresh = true;
    }

    fn set_stops(&mut self, stops: Stops) {
        self.debugger.set_stops(stops);
        // Watched pages must be looked at, and others need not be any more.
        self.key = None;
    }

    fn set_trace(&mut self, on: bool) {
        self.debugger.set_trace(on);
    }

    fn take_trace(&mut self) -> Vec<Executed> {
        self.debugger.take_trace()
    }
}

/// What the run loop keeps beside the CPU.
struct Caches<'c> {
    blocks: &'c mut Blocks,
}

/// A block at the EIP where it runs now.
#[derive(Clone, Copy)]
struct Place {
    block: u32,
    eip: u32,
}

/// How a stretch of instructions ended.
enum Pause {
    /// Look around: events, traps, caches.
    Attention,
    Shutdown,
    Stopped(Hit),
}

/// Most instructions in a block.
const BLOCK: usize = 32;

impl Caches<'_> {
    fn run(&mut self, cpu: &mut Cpu) -> Exit {
        loop {
            cpu.attention = false;
            self.refresh(cpu);
            cpu.due = cpu.bus.due();
            if cpu.traps != 0 && !cpu.s.interruptibility.ss_shadow {
                if trap(cpu).is_err() {
                    return Exit::Shutdown;
                }
                // A breakpoint on what the delivery touches traps for ever; on real silicon too, but time goes on.
                if cpu.traps != 0 {
                    if cpu.s.retired >= cpu.bus.due() {
                        return Exit::Due;
                    }
                    cpu.s.retired += 1;
                }
                continue;
            }
            if cpu.s.retired >= cpu.due {
                return Exit::Due;
            }
            let taken = match interrupt(cpu) {
                Ok(taken) => taken,
                Err(_) => return Exit::Shutdown,
            };
            if taken {
                // A task that was switched to may have a trap, which comes before its first instruction.
                if cpu.traps != 0 && trap(cpu).is_err() {
                    return Exit::Shutdown;
                }
                self.refresh(cpu);
                cpu.due = cpu.bus.due();
                if cpu.s.retired >= cpu.due {
                    continue;
                }
            }
            if cpu.s.halted {
                // HLT is over, and any shadow over it: one in a foreign snapshot would keep the wake-up away for ever.
                (cpu.s.interruptibility.sti_shadow, cpu.s.interruptibility.ss_shadow) = (false, false);
                return Exit::Halted;
            }
            if crate::v86::interrupt_waits(cpu) {
                cpu.start = cpu.s.eip;
                if let Some(Pause::Shutdown) = after(cpu, gp(0)) {
                    return Exit::Shutdown;
                }
                continue;
            }
            // One instruction follows before the next interrupt: a line that never falls cannot stop time.
            let more = taken && cpu.flag(EFlags::IF) && cpu.bus.interrupt() && !cpu.debugger.is_on();
            match if more { self.single(cpu) } else { self.stretch(cpu) } {
                Pause::Attention => {}
                Pause::Shutdown => return Exit::Shutdown,
                Pause::Stopped(hit) => return Exit::Stopped(hit),
            }
        }
    }

    /// Drops what the board or a write made stale.
    fn refresh(&mut self, cpu: &mut Cpu) {
        let (epoch, version) = (cpu.ram.epoch(), cpu.bus.map_version());
        if epoch != cpu.epoch || version != cpu.map_version {
            cpu.epoch = epoch;
            cpu.map_version = version;
            cpu.flush_tlb();
        }
        let mut written = std::mem::take(cpu.overwritten);
        for (at, bytes) in written.drain(..) {
            self.overwrite(cpu, at, bytes);
        }
        *cpu.overwritten = written;
        if cpu.ram.has_stale_code() {
            for page in cpu.ram.take_stale_code() {
                self.overwrite(cpu, page << 12, 0x1000);
            }
            // The pages lost their flag: writes to them may be fast again, and code decoded later sets it anew.
            cpu.flush_tlb();
        }
        if self.blocks.is_full() {
            self.blocks.clear();
            cpu.code.clear();
            cpu.generation = cpu.generation.wrapping_add(1);
        }
        cpu.attention = false;
    }

    fn overwrite(&mut self, cpu: &mut Cpu, at: u32, bytes: u32) {
        let (ram, model) = (cpu.ram, cpu.s.model);
        self.blocks.overwrite(at, bytes, cpu.code, |at, code32| {
            let mut bytes = [0; decode::LONGEST];
            let room = (0x1000 - (at & 0xFFF) as usize).min(bytes.len());
            ram.read(at as usize, &mut bytes[..room]);
            decode::decode(&bytes[..room], code32, model)
        });
    }

    /// Runs until something needs attention.
    fn stretch(&mut self, cpu: &mut Cpu) -> Pause {
        if cpu.debugger.is_on() {
            return self.debugged(cpu);
        }
        let single = EFlags::TF | EFlags::RF;
        let shadows = cpu.s.interruptibility;
        if cpu.s.eflags & single.bits() != 0 || shadows.sti_shadow || shadows.ss_shadow || cpu.stops_at_code()
        {
            return self.single(cpu);
        }
        // The block that ran last, and so knows what follows it.
        let mut last = None;
        loop {
            let done = match self.next(cpu, last) {
                Ok(Some(place)) => {
                    last = Some(place.block);
                    let most = cpu.due - cpu.s.retired;
                    execute(cpu, place.eip, self.blocks.steps(place.block, most))
                }
                Ok(None) => {
                    last = None;
                    self.uncached(cpu)
                }
                Err(stop) => {
                    cpu.start = cpu.s.eip;
                    Err(stop)
                }
            };
            if let Err(stop) = done
                && let Some(pause) = after(cpu, stop)
            {
                return pause;
            }
            if cpu.attention || cpu.s.retired >= cpu.due || self.blocks.is_full() {
                return Pause::Attention;
            }
        }
    }

    /// One instruction, unless the host's debugger wants to stop before it.
    fn debugged(&mut self, cpu: &mut Cpu) -> Pause {
        let linear = cpu.seg(Seg::Cs).base.wrapping_add(cpu.s.eip);
        if cpu.debugger.stops_before(linear, cpu.s.retired) {
            return Pause::Stopped(Hit::Code);
        }
        if cpu.debugger.is_tracing() {
            let (bytes, len) = decode::peek(cpu, linear);
            let (cs, eip, code32, retired) =
                (cpu.seg(Seg::Cs).selector, cpu.s.eip, cpu.code32(), cpu.s.retired);
            cpu.debugger.record(Executed { retired, cs, eip, code32, bytes, len });
        }
        match (self.single(cpu), cpu.debugger.take_access()) {
            (Pause::Attention, Some(watch)) => Pause::Stopped(Hit::Data(watch)),
            (pause, _) => pause,
        }
    }

    /// One instruction, with all that a trap, a breakpoint or a shadow asks for.
    fn single(&mut self, cpu: &mut Cpu) -> Pause {
        let linear = cpu.seg(Seg::Cs).base.wrapping_add(cpu.s.eip);
        let tf = cpu.flag(EFlags::TF);
        let shadows = (cpu.s.interruptibility.sti_shadow, cpu.s.interruptibility.ss_shadow);
        cpu.start = cpu.s.eip;
        if !cpu.flag(EFlags::RF) && !shadows.1 {
            let hits = cpu.code_breakpoints(linear);
            if hits != 0 {
                cpu.s.dr[6] |= hits;
                return after(cpu, db()).unwrap_or(Pause::Attention);
            }
        }
        let retired = cpu.s.retired;
        (cpu.stepping, cpu.no_step, cpu.keep_rf) = (tf, false, false);
        let result = match self.next(cpu, None) {
            Ok(Some(place)) => execute(cpu, place.eip, self.blocks.steps(place.block, 1)),
            Ok(None) => self.uncached(cpu),
            Err(stop) => Err(stop),
        };
        cpu.stepping = false;
        if result == Err(Stop::Again) && cpu.stops_at_code() {
            // The rest of a repeated instruction does not meet its breakpoint again.
            cpu.s.eflags |= EFlags::RF.bits();
            cpu.keep_rf = true;
        }
        let completed = !matches!(result, Err(Stop::Fault(_) | Stop::Before)) && cpu.s.retired != retired;
        let pause = result.err().and_then(|stop| after(cpu, stop));
        if completed {
            self.end_single(cpu, tf, shadows);
        }
        cpu.attention = true;
        pause.unwrap_or(Pause::Attention)
    }

    fn end_single(&mut self, cpu: &mut Cpu, tf: bool, shadows: (bool, bool)) {
        if !cpu.keep_rf {
            cpu.s.eflags &= !EFlags::RF.bits();
        }
        let state = &mut cpu.s.interruptibility;
        if shadows.0 {
            state.sti_shadow = false;
        }
        // A second load of SS in a row does not extend the first one's shadow.
        if shadows.1 {
            state.ss_shadow = false;
        }
        if tf && !cpu.no_step {
            cpu.traps |= crate::debug::dr6::STEP;
        }
    }

    /// The block at CS:EIP, decoded if need be; `None` when the next instruction cannot be cached.
    #[inline(always)]
    fn next(&mut self, cpu: &mut Cpu, last: Option<u32>) -> Result<Option<Place>, Stop> {
        let code = cpu.seg(Seg::Cs);
        let (base, limit) = (code.base, code.limit);
        let linear = base.wrapping_add(cpu.s.eip);
        // EIP is taken from the link: the host's CPU goes on with it before it knows what the jump stored.
        if let Some((n, linear)) = last.and_then(|last| self.blocks.follow(last, linear, cpu.generation)) {
            let place = Place { block: n, eip: linear.wrapping_sub(base) };
            if self.fits(place, limit) {
                return Ok(Some(place));
            }
        }
        let Some(n) = self.search(cpu, linear)? else { return Ok(None) };
        if let Some(last) = last {
            self.blocks.link(last, linear, cpu.generation, n);
        }
        let place = Place { block: n, eip: cpu.s.eip };
        Ok(self.fits(place, limit).then_some(place))
    }

    /// Whether a block lies inside its segment.
    #[inline(always)]
    fn fits(&self, place: Place, limit: u32) -> bool {
        u64::from(place.eip) + self.blocks.bytes(place.block) <= u64::from(limit) + 1
    }

    #[inline(never)]
    fn search(&mut self, cpu: &mut Cpu, linear: u32) -> Result<Option<u32>, Stop> {
        if let Some(n) = self.blocks.guess(linear, cpu.generation) {
            return Ok(Some(n));
        }
        if cpu.s.eip > cpu.seg(Seg::Cs).limit {
            return Ok(None);
        }
        let place = decode::place(cpu, linear)?;
        after_fetch(cpu);
        let Some(at) = place else { return Ok(None) };
        let code32 = cpu.code32();
        let found = match self.blocks.find(at, code32) {
            Some(n) => Some(n),
            None => self.decode_block(cpu, at, code32),
        };
        if let Some(n) = found {
            self.blocks.remember(linear, cpu.generation, n);
        }
        Ok(found)
    }

    fn decode_block(&mut self, cpu: &mut Cpu, at: u32, code32: bool) -> Option<u32> {
        let mut bytes = [0; BLOCK * 8];
        let room = (0x1000 - (at & 0xFFF) as usize).min(bytes.len());
        cpu.ram.read(at as usize, &mut bytes[..room]);
        let first = self.blocks.ops.len();
        let mut used = 0;
        let mut before = None;
        let mut paired = false;
        for _ in 0..BLOCK {
            let Some(decoded) = decode::decode(&bytes[used..room], code32, cpu.s.model) else { break };
            used += usize::from(decoded.op.len).min(room - used);
            if let Some(pair) = before.and_then(|before| decode::pair(&before, &decoded)) {
                let place = self.blocks.ops.len() - 1;
                self.blocks.ops.insert(place, pair);
                paired = true;
            }
            self.blocks.ops.push(decoded.op);
            if decoded.ends_block || used >= room {
                break;
            }
            before = Some(decoded);
        }
        if used == 0 {
            return None;
        }
        let page = at & !0xFFF;
        if !cpu.ram.flags(page as usize).contains(PageFlags::HAS_CODE) {
            cpu.ram.set_flags(page as usize, PageFlags::HAS_CODE);
            cpu.tlb.guard_writes(page);
        }
        Some(self.blocks.insert(Code { at, code32, bytes: used as u32, first, paired }, cpu.code))
    }

    /// Runs one instruction that crosses a page, lies in a device or reaches the segment's limit.
    #[inline(never)]
    fn uncached(&mut self, cpu: &mut Cpu) -> Result<(), Stop> {
        if cpu.is_8086() {
            cpu.s.eip &= 0xFFFF;
        }
        cpu.start = cpu.s.eip;
        let op = decode::fetch(cpu)?;
        after_fetch(cpu);
        execute(cpu, cpu.s.eip, &[op])
    }
}

/// Code, or the page tables on the way to it, may lie in a device, which then may have something earlier to do.
fn after_fetch(cpu: &mut Cpu) {
    if cpu.attention {
        cpu.due = cpu.bus.due().max(cpu.s.retired);
    }
}

/// Runs instructions that lie one behind the other from `eip` on. Only the last of them sees EIP, and may change it or the
/// count of instructions.
#[inline(always)]
fn execute(cpu: &mut Cpu, mut eip: u32, ops: &[Op]) -> Done {
    let Some((last, others)) = ops.split_last() else { return Ok(()) };
    let mut retired = cpu.s.retired;
    for op in others {
        cpu.start = eip;
        eip = eip.wrapping_add(u32::from(op.len));
        cpu.s.retired = retired;
        (op.run)(cpu, op)?;
        retired += 1;
        if cpu.attention {
            cpu.s.retired = retired;
            cpu.s.eip = eip;
            return Ok(());
        }
    }
    cpu.start = eip;
    cpu.s.eip = eip.wrapping_add(u32::from(last.len));
    cpu.s.retired = retired;
    (last.run)(cpu, last)?;
    cpu.s.retired += 1;
    Ok(())
}

/// Deals with an instruction that did not complete.
fn after(cpu: &mut Cpu, stop: Stop) -> Option<Pause> {
    match stop {
        Stop::Again | Stop::Before => {
            cpu.s.eip = cpu.start;
            None
        }
        Stop::Shutdown => Some(Pause::Shutdown),
        Stop::Fault(fault) => {
            cpu.attention = true;
            let raised = cpu.raise(fault);
            // A faulting instruction takes its time too: handlers that fault for ever must not stop the clock.
            cpu.s.retired += 1;
            match raised {
                Ok(()) => Some(Pause::Attention),
                Err(_) => Some(Pause::Shutdown),
            }
        }
    }
}

/// Delivers #DB for the traps that wait.
fn trap(cpu: &mut Cpu) -> Result<(), Stop> {
    use crate::interrupt::Source;
    cpu.s.dr[6] |= std::mem::take(&mut cpu.traps);
    cpu.start = cpu.s.eip;
    match cpu.deliver(vector::DEBUG, Source::Exception, None) {
        Err(Stop::Fault(fault)) => cpu.raise(fault),
        other => other,
    }
}

/// Takes an NMI or an interrupt when one may come now.
fn interrupt(cpu: &mut Cpu) -> Result<bool, Stop> {
    let state = cpu.s.interruptibility;
    if state.ss_shadow {
        return Ok(false);
    }
    if state.nmi_pending && !state.nmi_blocked {
        cpu.take_nmi()?;
        return Ok(true);
    }
    if state.sti_shadow || !cpu.flag(EFlags::IF) || !cpu.bus.interrupt() {
        return Ok(false);
    }
    cpu.take_interrupt()?;
    Ok(true)
}
