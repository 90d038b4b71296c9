//! Writing a qcow2 image: the header and the first table, the data, the second tables, the counts of references.

use super::{MAGIC, header};
use crate::disk::{DiskSource, each_piece};
use std::collections::BTreeMap;
use std::io::{self, Seek, SeekFrom, Write};

const VERSION: u32 = 3;
const CLUSTER_BITS: u32 = 16;
const CLUSTER: u64 = 1 << CLUSTER_BITS;
/// Entries of a table of one cluster.
const ENTRIES: u64 = CLUSTER / 8;
/// Counts in a cluster: 16 bits each, as this power of two says.
const COUNTS: u64 = CLUSTER / 2;
const REFERENCE_ORDER: u32 = 4;
/// An entry whose cluster nobody else refers to.
const COPIED: u64 = 1 << 63;

/// Writes a disk into a new file; clusters that are zero are left out.
///
/// # Errors
/// Those of the disk and of the host.
pub(crate) fn write(disk: &dyn DiskSource, out: &mut (impl Write + Seek)) -> io::Result<()> {
    let l1_entries = disk.len().div_ceil(CLUSTER * ENTRIES);
    let l1_clusters = (8 * l1_entries).div_ceil(CLUSTER);
    let mut l2: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut next = 1 + l1_clusters;
    to_cluster(out, next)?;
    each_piece(disk, CLUSTER as usize, |offset, data| {
        let number = offset / CLUSTER;
        let table = l2.entry(number / ENTRIES).or_insert_with(|| vec![0; ENTRIES as usize]);
        table[(number % ENTRIES) as usize] = (next * CLUSTER) | COPIED;
        next += 1;
        out.write_all(data)?;
        out.write_all(&vec![0; CLUSTER as usize - data.len()])
    })?;
    let mut l1 = vec![0; l1_entries as usize];
    for (number, table) in l2 {
        l1[number as usize] = (next * CLUSTER) | COPIED;
        next += 1;
        write_table(out, &table)?;
    }
    let references = write_references(out, next)?;
    to_cluster(out, 0)?;
    out.write_all(&header(disk.len(), l1_entries as u32, &references))?;
    to_cluster(out, 1)?;
    write_table(out, &l1)
}

fn to_cluster(out: &mut impl Seek, number: u64) -> io::Result<()> {
    out.seek(SeekFrom::Start(number * CLUSTER)).map(drop)
}

fn write_table(out: &mut impl Write, table: &[u64]) -> io::Result<()> {
    table.iter().try_for_each(|entry| out.write_all(&entry.to_be_bytes()))
}

/// Where the table of the counts' clusters lies, and how many clusters it has.
struct References {
    at: u64,
    clusters: u64,
}

/// Writes the counts of `used` clusters and of those that the counts are in: each has one reference.
fn write_references(out: &mut impl Write, used: u64) -> io::Result<References> {
    let (mut blocks, mut clusters) = (1, 1);
    while used + blocks + clusters > blocks * COUNTS || 8 * blocks > clusters * CLUSTER {
        blocks = (used + blocks + clusters).div_ceil(COUNTS);
        clusters = (8 * blocks).div_ceil(CLUSTER);
    }
    let all = used + blocks + clusters;
    let mut table: Vec<u64> = (0..blocks).map(|block| (used + clusters + block) * CLUSTER).collect();
    table.resize((clusters * ENTRIES) as usize, 0);
    write_table(out, &table)?;
    for block in 0..blocks {
        let ones = (all - block * COUNTS).min(COUNTS) as usize;
        let mut counts = [0, 1].repeat(ones);
        counts.resize(CLUSTER as usize, 0);
        out.write_all(&counts)?;
    }
    Ok(References { at: used * CLUSTER, clusters })
}

fn header(len: u64, l1_entries: u32, references: &References) -> [u8; header::LEN_3] {
    let mut bytes = [0; header::LEN_3];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, MAGIC);
    put(header::VERSION, &VERSION.to_be_bytes());
    put(header::CLUSTER_BITS, &CLUSTER_BITS.to_be_bytes());
    put(header::SIZE, &len.to_be_bytes());
    put(header::L1_ENTRIES, &l1_entries.to_be_bytes());
    put(header::L1_AT, &CLUSTER.to_be_bytes());
    put(header::REFERENCES_AT, &references.at.to_be_bytes());
    put(header::REFERENCE_CLUSTERS, &(references.clusters as u32).to_be_bytes());
    put(header::REFERENCE_ORDER, &REFERENCE_ORDER.to_be_bytes());
    put(header::LENGTH, &(header::LEN_3 as u32).to_be_bytes());
    bytes
}
