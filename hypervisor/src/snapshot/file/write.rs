//! Writing a snapshot, whole or as a difference to another one.

use super::members::{Slices, append, digest, pretty};
use super::{BayMedium, DIFFERENCE, FORMAT, HEAD, Head, MEMBERS, Media, Member, SCHEMA, SnapshotBase, Store};
use crate::log::Event;
use crate::medium::MediumId;
use crate::snapshot::Saved;
use backplane::{Bay, CHUNK, PAGE};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};

impl Saved {
    /// Writes the snapshot. `about` is the host's own, given back by [`Saved::read`].
    ///
    /// # Errors
    /// The writer's; a medium that cannot be read or be named.
    pub fn write(&self, to: &mut dyn Write, about: &serde_json::Value) -> io::Result<()> {
        self.write_over(None, to, about)
    }

    /// Writes what differs from `base`, which the file is read with from then on.
    ///
    /// # Errors
    /// As [`Saved::write`]; the base is of a machine with other memory.
    pub fn write_difference(
        &self,
        base: &SnapshotBase,
        to: &mut dyn Write,
        about: &serde_json::Value,
    ) -> io::Result<()> {
        match base.store_len() == self.store.store_len() {
            true => self.write_over(Some(base), to, about),
            false => Err(io::Error::other("the base is of a machine with other memory")),
        }
    }

    fn write_over(
        &self,
        base: Option<&SnapshotBase>,
        to: &mut dyn Write,
        about: &serde_json::Value,
    ) -> io::Result<()> {
        let (media, chunks) = self.media(base)?;
        let (store, pages) = self.store(base);
        let events: Result<Vec<Event>, String> = self.inputs.iter().map(Event::of).collect();
        let texts = BTreeMap::from([
            ("state.json", pretty(&self.state)?),
            ("notes.json", pretty(&self.notes)?),
            ("inputs.json", pretty(&events.map_err(io::Error::other)?)?),
            ("media.json", pretty(&media)?),
            ("store.json", serde_json::to_vec(&store)?),
        ]);
        let content = |name: &str| -> Box<dyn Read + '_> {
            let blocks = if name == "media.chunks" { &chunks } else { &pages };
            match texts.get(name) {
                Some(text) => Box::new(text.as_slice()),
                None => Box::new(Slices::new(blocks.iter().map(|block| &block[..]))),
            }
        };
        let members: Vec<Member> =
            MEMBERS.iter().map(|name| digest(&mut content(name))).collect::<io::Result<_>>()?;
        let head = Head {
            format: if base.is_some() { DIFFERENCE } else { FORMAT }.into(),
            schema: SCHEMA,
            relic: env!("CARGO_PKG_VERSION").into(),
            base: base.map(|base| base.id().clone()),
            at_ns: self.state.clock.now(self.state.cpu.retired).ns(),
            instructions: self.state.cpu.retired,
            about: about.clone(),
            members: MEMBERS.iter().map(|name| (*name).to_owned()).zip(members.clone()).collect(),
        };
        let head = pretty(&head)?;
        let mut tar = tar::Builder::new(to);
        append(&mut tar, HEAD, head.len() as u64, head.as_slice())?;
        for (name, member) in MEMBERS.iter().zip(&members) {
            append(&mut tar, name, member.bytes, content(name))?;
        }
        tar.finish()
    }

    /// The media, and the chunks that the file has of them.
    fn media(&self, base: Option<&SnapshotBase>) -> io::Result<(Media, Vec<&[u8; CHUNK]>)> {
        let (mut bays, mut chunks) = (Vec::new(), Vec::new());
        for bay in Bay::ALL {
            let Some(disk) = self.drives.get(bay) else { continue };
            let medium = MediumId::of(disk)?;
            let all: BTreeMap<u64, &[u8; CHUNK]> = disk.written().collect();
            // A medium that has lost what was written to it is another one.
            let below = base
                .and_then(|base| base.overlay(bay, &medium))
                .filter(|below| below.keys().all(|number| all.contains_key(number)));
            let mut written = Vec::new();
            for (number, chunk) in all {
                if below.and_then(|below| below.get(&number)).is_none_or(|there| **there != *chunk) {
                    written.push(number);
                    chunks.push(chunk);
                }
            }
            bays.push(BayMedium { bay, medium, over_base: below.is_some(), written });
        }
        Ok((Media { bays, changes: Bay::ALL.map(|bay| self.drives.changes(bay)) }, chunks))
    }

    /// What the file has of the store, and those pages.
    fn store(&self, base: Option<&SnapshotBase>) -> (Store, Vec<&[u8; PAGE]>) {
        let bytes = self.store.store_len();
        let (places, pages): (Vec<usize>, Vec<_>) = match base {
            None => self.store.iter().unzip(),
            Some(base) => {
                let differences = self.store.differences(base.store());
                differences.filter_map(|offset| Some((offset, self.store.page(offset)?))).unzip()
            }
        };
        let gone = base.map_or(Vec::new(), |base| {
            let below = base.store().iter().map(|(offset, _)| offset);
            below.filter(|offset| self.store.page(*offset).is_none()).collect()
        });
        (Store { bytes, zeros: runs(&gone), runs: runs(&places) }, pages)
    }
}

/// Runs of pages at these offsets: first byte and count.
fn runs(offsets: &[usize]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for offset in offsets {
        match runs.last_mut() {
            Some((first, count)) if *first + *count * PAGE == *offset => *count += 1,
            _ => runs.push((*offset, 1)),
        }
    }
    runs
}
