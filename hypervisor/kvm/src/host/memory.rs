//! Memory slots: what is plain bytes on the bus is mapped into the guest, and what the guest wrote there is marked in the store.
//!
//! `unsafe` here: the call that hands a part of the store to the kernel.

use backplane::{PAGE, Ram};
use engine::{Bus, Page};
use kvm_bindings::{KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY, kvm_userspace_memory_region};
use kvm_ioctls::VmFd;

/// Address bit 20 and those above it: with A20 low, each odd MiB is the even one before it.
const MIB: u32 = 1 << 20;

/// A piece of the guest's memory that is a piece of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    first: u32,
    last: u32,
    offset: u32,
    writable: bool,
}

impl Slot {
    fn len(&self) -> u64 {
        u64::from(self.last - self.first) + 1
    }
}

/// The slots that the kernel has.
pub(super) struct Slots {
    /// By number.
    present: Vec<Option<Slot>>,
    /// The address and length of the store that they lie in.
    store: (usize, usize),
    map_version: Option<u32>,
}

impl Slots {
    pub(super) fn new() -> Slots {
        Slots { present: Vec::new(), store: (0, 0), map_version: None }
    }

    /// Looks at the bus anew at the next [`Slots::update`].
    pub(super) fn forget(&mut self) {
        self.map_version = None;
    }

    /// Whether the bus is as it was at the last update.
    pub(super) fn is_current(&self, bus: &dyn Bus) -> bool {
        self.map_version == Some(bus.map_version())
    }

    /// Makes the kernel's slots those of the bus, as it is now.
    pub(super) fn update(&mut self, vm: &VmFd, ram: &Ram, bus: &mut dyn Bus) -> Result<(), String> {
        let store = (ram.mapping().as_ptr() as usize, ram.len());
        if self.is_current(bus) && self.store == store {
            return Ok(());
        }
        let wanted = if self.store == store { slots(bus, ram) } else { Vec::new() };
        for (number, place) in self.present.iter_mut().enumerate() {
            if let Some(slot) = place.filter(|slot| !wanted.contains(slot)) {
                if self.store == store {
                    take_dirt(vm, number, &slot, ram)?;
                }
                set(vm, number, &slot, None)?;
                *place = None;
            }
        }
        let wanted = if self.store == store { wanted } else { slots(bus, ram) };
        self.store = store;
        for slot in wanted {
            if self.present.contains(&Some(slot)) {
                continue;
            }
            let number = self.present.iter().position(Option::is_none).unwrap_or(self.present.len());
            set(vm, number, &slot, Some(ram))?;
            if number == self.present.len() {
                self.present.push(None);
            }
            self.present[number] = Some(slot);
        }
        self.map_version = Some(bus.map_version());
        Ok(())
    }

    /// Marks what the guest wrote since the last call.
    pub(super) fn mark_written(&self, vm: &VmFd, ram: &Ram) -> Result<(), String> {
        for (number, slot) in self.present.iter().enumerate() {
            if let Some(slot) = slot {
                take_dirt(vm, number, slot, ram)?;
            }
        }
        Ok(())
    }
}

/// Everything on the bus that is plain bytes.
fn slots(bus: &mut dyn Bus, ram: &Ram) -> Vec<Slot> {
    let mask = bus.a20_mask();
    let mut slots: Vec<Slot> = Vec::new();
    let mut first = 0u32;
    loop {
        let (page, mut last) = bus.span(first & mask);
        if mask != u32::MAX {
            last = (first & !mask) + last.min(first & mask | (MIB - 1));
        }
        if let Page::Ram { offset, writable } = page {
            let slot = Slot { first, last, offset, writable };
            if ram.holds(offset as usize, slot.len() as usize) {
                match slots.last_mut().filter(|before| goes_on(before, &slot)) {
                    Some(before) => before.last = last,
                    None => slots.push(slot),
                }
            }
        }
        match last.checked_add(1) {
            Some(next) => first = next,
            None => return slots,
        }
    }
}

fn goes_on(before: &Slot, slot: &Slot) -> bool {
    u64::from(before.first) + before.len() == u64::from(slot.first)
        && u64::from(before.offset) + before.len() == u64::from(slot.offset)
        && before.writable == slot.writable
}

fn set(vm: &VmFd, number: usize, slot: &Slot, ram: Option<&Ram>) -> Result<(), String> {
    let region = kvm_userspace_memory_region {
        slot: number as u32,
        flags: if slot.writable { KVM_MEM_LOG_DIRTY_PAGES } else { KVM_MEM_READONLY },
        guest_phys_addr: u64::from(slot.first),
        // No bytes: the slot is gone.
        memory_size: ram.map_or(0, |_| slot.len()),
        userspace_addr: ram.map_or(0, |ram| ram.mapping().as_ptr() as u64 + u64::from(slot.offset)),
    };
    // SAFETY: the range lies in the store's mapping (`slots` looked). The guest runs only while its `Ram` is borrowed by
    // `Kvm::run`, which first makes every slot one of that mapping; plain bytes may change at any time there.
    unsafe { vm.set_user_memory_region(region) }
        .map_err(|error| format!("memory at {:X}h: {error}", slot.first))
}

fn take_dirt(vm: &VmFd, number: usize, slot: &Slot, ram: &Ram) -> Result<(), String> {
    if !slot.writable {
        return Ok(());
    }
    let log = vm.get_dirty_log(number as u32, slot.len() as usize).map_err(|error| error.to_string())?;
    for (n, word) in log.into_iter().enumerate() {
        let mut bits = word;
        while bits != 0 {
            let page = n * 64 + bits.trailing_zeros() as usize;
            ram.mark_written(slot.offset as usize + page * PAGE, PAGE);
            bits &= bits - 1;
        }
    }
    Ok(())
}
