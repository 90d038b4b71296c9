//! Digests of what a run leaves behind: equal digests mean equal bits.

use crate::Machine;
use backplane::{Bay, Disk, PAGE, PageFlags, Ram};
use device_models::Frame;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_128};

/// XXH3-128 digests of RAM, screen and media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Guest RAM.
    pub ram: u128,
    /// Picture: size and pixels.
    pub screen: u128,
    /// Each bay's written chunks; zero for an empty bay.
    pub media: [u128; 6],
}

/// XXH3-64 digests of a whole machine, part by part, in hex by the part's name: `cpu`, `clock`, `wires`, `chips.rtc` and the other
/// chips that are fitted, `ram`, `store` (ROM images and video memory), `screen`, `media.FloppyA` and the other bays that hold one. Text that the
/// host has not taken yet is not in them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sums(pub BTreeMap<String, String>);

impl Sums {
    /// The parts that are not the same in both.
    pub fn differing<'a>(&'a self, other: &'a Sums) -> impl Iterator<Item = &'a str> {
        let gone = other.0.keys().filter(|part| !self.0.contains_key(*part));
        let parts = self.0.keys().chain(gone);
        parts.filter(|part| self.0.get(*part) != other.0.get(*part)).map(String::as_str)
    }
}

/// Digests of the store's pages, each as old as its page.
pub(crate) struct PageSums(Vec<u64>);

impl PageSums {
    /// Of a store that is all zeros, `len` bytes long.
    pub(crate) fn zeros(len: usize) -> Self {
        PageSums(vec![xxh3_64(&[0; PAGE]); len / PAGE])
    }

    /// Looks at the pages that were written since the last time.
    pub(crate) fn follow(&mut self, ram: &Ram) {
        let mut page = [0; PAGE];
        for (number, sum) in self.0.iter_mut().enumerate() {
            if ram.flags(number * PAGE).contains(PageFlags::DIGEST_DIRTY) {
                ram.read(number * PAGE, &mut page);
                *sum = xxh3_64(&page);
            }
        }
        ram.clear_flags(0, ram.len(), PageFlags::DIGEST_DIRTY);
    }

    /// One digest of the first `bytes` of the store, and one of what lies behind.
    pub(crate) fn split(&self, bytes: usize) -> [u128; 2] {
        let (ram, rest) = self.0.split_at((bytes / PAGE).min(self.0.len()));
        [ram, rest].map(|sums| {
            let mut hash = Xxh3::new();
            sums.iter().for_each(|sum| hash.update(&sum.to_le_bytes()));
            hash.digest128()
        })
    }
}

impl Machine {
    /// Digests of RAM, screen and media.
    pub fn digests(&self) -> Digests {
        let [ram, _] = self.store_sums();
        let media = Bay::ALL.map(|bay| self.board.drives.get(bay).map_or(0, disk_digest));
        Digests { ram, screen: screen_digest(&self.frame()), media }
    }

    /// Digests of everything, part by part.
    pub fn sums(&self) -> Sums {
        let mut sums = BTreeMap::new();
        let mut put = |part: String, sum: u64| sums.insert(part, format!("{sum:016x}"));
        let board = &self.board;
        put("cpu".into(), sum_of(&self.cpu));
        put("clock".into(), sum_of(&board.clock));
        put("wires".into(), sum_of(&(&board.isa_dma, board.signals.without_text())));
        if let Ok(serde_json::Value::Object(chips)) = serde_json::to_value(&board.chips) {
            for (name, chip) in chips.iter().filter(|(_, chip)| !chip.is_null()) {
                put(format!("chips.{name}"), sum_of(chip));
            }
        }
        let [ram, store] = self.store_sums();
        put("ram".into(), ram as u64);
        put("store".into(), store as u64);
        put("screen".into(), screen_digest(&self.frame()) as u64);
        for bay in Bay::ALL {
            if let Some(disk) = board.drives.get(bay) {
                put(format!("media.{bay:?}"), disk_digest(disk) as u64);
            }
        }
        Sums(sums)
    }

    /// Digests of guest RAM and of the rest of the store.
    fn store_sums(&self) -> [u128; 2] {
        let mut pages = self.page_sums.borrow_mut();
        pages.follow(&self.ram);
        pages.split(self.ram_bytes)
    }
}

/// Of a value as JSON, whose fields are in the order of their declaration.
fn sum_of(value: &impl Serialize) -> u64 {
    serde_json::to_vec(value).map_or(0, |text| xxh3_64(&text))
}

fn screen_digest(frame: &Frame) -> u128 {
    let mut bytes = Vec::with_capacity(8 + frame.pixels.len() * 4);
    let sides = [frame.width, frame.height];
    sides.iter().chain(&frame.pixels).for_each(|number| bytes.extend(number.to_le_bytes()));
    xxh3_128(&bytes)
}

/// XXH3-128 of what was written to a medium. The base is identified by its length: it is read-only, and the same file in both runs that
/// are compared.
pub fn disk_digest(disk: &Disk) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(&disk.len().to_le_bytes());
    for (number, chunk) in disk.written() {
        hash.update(&number.to_le_bytes());
        hash.update(&xxh3_128(chunk).to_le_bytes());
    }
    hash.digest128()
}

impl fmt::Display for Digests {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ram {:032x} screen {:032x}", self.ram, self.screen)?;
        for (bay, digest) in Bay::ALL.iter().zip(self.media).filter(|(_, d)| *d != 0) {
            write!(f, " {bay:?} {digest:032x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_pages_follow_what_is_written_and_split_where_ram_ends() {
        let ram = Ram::new(8 * PAGE).unwrap();
        let mut sums = PageSums::zeros(ram.len());
        let at = |sums: &mut PageSums| {
            sums.follow(&ram);
            sums.split(6 * PAGE)
        };
        let zeros = at(&mut sums);
        ram.write(5 * PAGE + 9, &[1]);
        let low = at(&mut sums);
        ram.write(6 * PAGE, &[1]);
        let both = at(&mut sums);
        assert!(low[0] != zeros[0] && low[1] == zeros[1]);
        assert!(both[0] == low[0] && both[1] != low[1]);
        ram.write(5 * PAGE, &[0; 2 * PAGE]);
        assert_eq!(at(&mut sums), zeros);
    }

    #[test]
    fn parts_that_differ_or_are_in_one_only_are_named() {
        let sums = |parts: &[(&str, &str)]| {
            Sums(parts.iter().map(|(part, sum)| ((*part).to_owned(), (*sum).to_owned())).collect())
        };
        let (one, two) =
            (sums(&[("a", "1"), ("b", "1"), ("c", "1")]), sums(&[("b", "1"), ("c", "2"), ("d", "1")]));
        assert_eq!(one.differing(&two).collect::<Vec<_>>(), ["a", "c", "d"]);
        assert_eq!(one.differing(&one).count(), 0);
    }
}
