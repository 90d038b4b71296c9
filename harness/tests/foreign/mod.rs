//! A reader of XenServer bundles that shares nothing with the writer: not its tar, not its XML, not its SHA-1.
//! It follows the importer: strictly one member after the other, every rule checked.

use std::collections::BTreeMap;

const RECORD: usize = 512;
const UNIT: usize = 1 << 20;

/// An XML-RPC value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Xml {
    Text(String),
    Typed(String, String),
    List(Vec<Xml>),
    Map(BTreeMap<String, Xml>),
}

impl Xml {
    pub(crate) fn get(&self, name: &str) -> &Xml {
        match self {
            Xml::Map(members) => members.get(name).unwrap_or_else(|| panic!("no member {name}")),
            other => panic!("{name} of {other:?}"),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        matches!(self, Xml::Map(members) if members.contains_key(name))
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Xml::Text(text) | Xml::Typed(_, text) => text,
            other => panic!("not text: {other:?}"),
        }
    }

    pub(crate) fn list(&self) -> &[Xml] {
        match self {
            Xml::List(list) => list,
            other => panic!("not a list: {other:?}"),
        }
    }
}

/// A bundle that was read.
pub(crate) struct Bundle {
    pub(crate) xml: Xml,
    /// Contents of each streamed disk, by its reference.
    pub(crate) disks: BTreeMap<String, Vec<u8>>,
    /// Names of all members, in order.
    pub(crate) members: Vec<String>,
}

struct Stream<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Stream<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let part = &self.bytes[self.at..self.at + count];
        self.at += count;
        part
    }

    /// The next member's name and data; nothing at the end of the archive.
    fn member(&mut self) -> Option<(String, &'a [u8])> {
        let header = self.take(RECORD);
        if header.iter().all(|byte| *byte == 0) {
            assert!(self.take(RECORD).iter().all(|byte| *byte == 0), "one end record only");
            assert_eq!(self.at, self.bytes.len(), "bytes after the end");
            return None;
        }
        let name = check_header(header);
        let size = octal(&header[124..136]);
        let data = self.take(size);
        let padding = self.take((RECORD - size % RECORD) % RECORD);
        assert!(padding.iter().all(|byte| *byte == 0), "{name}: padding");
        Some((name, data))
    }
}

fn check_header(header: &[u8]) -> String {
    let sum: usize =
        (0..RECORD).map(|at| if (148..156).contains(&at) { 32 } else { usize::from(header[at]) }).sum();
    assert_eq!(octal(&header[148..156]), sum, "header checksum");
    assert_eq!(&header[100..108], b"0000400\0", "mode");
    assert_eq!(&header[108..124], b"0000000\x000000000\0", "owner");
    assert_eq!(octal(&header[136..148]), 0, "a time makes two exports differ");
    assert!(header[156..].iter().all(|byte| *byte == 0), "an old header has no type and no magic");
    let name = header[..100].split(|byte| *byte == 0).next().unwrap();
    String::from_utf8(name.to_vec()).unwrap()
}

fn octal(field: &[u8]) -> usize {
    let (end, digits) = field.split_last().unwrap();
    assert_eq!(*end, 0);
    digits.iter().fold(0, |value, digit| {
        assert!((b'0'..=b'7').contains(digit));
        value * 8 + usize::from(digit - b'0')
    })
}

/// Reads a bundle as the importer does.
pub(crate) fn read(bytes: &[u8]) -> Bundle {
    assert!(bytes.len() > 1024 && bytes.len().is_multiple_of(RECORD));
    let mut stream = Stream { bytes, at: 0 };
    let (first, ova) = stream.member().expect("an empty archive");
    assert_eq!(first, "ova.xml");
    let xml = parse_xml(std::str::from_utf8(ova).unwrap());
    let mut members = vec![first];
    let mut disks = BTreeMap::new();
    for (id, size) in streamed_disks(&xml) {
        let disk = read_disk(&mut stream, &id, size, &mut members);
        disks.insert(id, disk);
    }
    assert!(stream.member().is_none(), "members after the last disk");
    Bundle { xml, disks, members }
}

/// Every disk that a drive other than a CD refers to, in the byte order of the references.
fn streamed_disks(xml: &Xml) -> BTreeMap<String, usize> {
    let objects = xml.get("objects").list();
    let of_class =
        |class: &'static str| objects.iter().filter(move |object| object.get("class").text() == class);
    let size = |id: &str| {
        let vdi =
            of_class("VDI").find(|vdi| vdi.get("id").text() == id).unwrap_or_else(|| panic!("no VDI {id}"));
        vdi.get("snapshot").get("virtual_size").text().parse().unwrap()
    };
    of_class("VBD")
        .map(|vbd| vbd.get("snapshot"))
        .filter(|vbd| vbd.get("type").text() != "CD")
        .map(|vbd| vbd.get("VDI").text().to_owned())
        .map(|id| (id.clone(), size(&id)))
        .collect()
}

fn read_disk(stream: &mut Stream, id: &str, size: usize, members: &mut Vec<String>) -> Vec<u8> {
    assert_eq!(size % UNIT, 0, "whole MiB");
    let mut disk = vec![0; size];
    let (mut offset, mut previous) = (0, None::<usize>);
    while offset < size {
        let (name, block) = stream.member().expect("the archive ends inside a disk");
        let counter = name.strip_prefix(&format!("{id}/")).unwrap_or_else(|| panic!("{name} is not of {id}"));
        assert_eq!(counter.len(), 8);
        let number: usize = counter.parse().unwrap();
        let skipped =
            previous.map_or(number, |previous| number.checked_sub(previous + 1).expect("counters rise"));
        offset += skipped * UNIT;
        assert_eq!(block.len(), UNIT);
        let last = offset + UNIT == size;
        assert!(number == 0 || last || block.iter().any(|byte| *byte != 0), "{name}: zeros are left out");
        disk[offset..offset + UNIT].copy_from_slice(block);
        offset += UNIT;
        let (sum_name, sum) = stream.member().expect("a checksum");
        assert_eq!(sum_name, format!("{name}.checksum"));
        assert_eq!(std::str::from_utf8(sum).unwrap(), sha1(block), "{name}");
        previous = Some(number);
        members.extend([name, sum_name]);
    }
    disk
}

/// SHA-1 by FIPS 180-4, in lower-case hex.
pub(crate) fn sha1(data: &[u8]) -> String {
    let mut state: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
    let mut message = data.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((data.len() as u64 * 8).to_be_bytes());
    for block in message.chunks_exact(64) {
        let mut w: Vec<u32> =
            block.chunks_exact(4).map(|b| u32::from_be_bytes(b.try_into().unwrap())).collect();
        for t in 16..80 {
            w.push((w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (t, word) in w.iter().enumerate() {
            let (f, k) = match t {
                0..20 => (b & c | !b & d, 0x5A82_7999_u32),
                20..40 => (b ^ c ^ d, 0x6ED9_EBA1),
                40..60 => (b & c | b & d | c & d, 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6),
            };
            let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(*word);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(part);
        }
    }
    state.iter().map(|word| format!("{word:08x}")).collect()
}

/// Parses one XML-RPC value and demands that nothing follows it.
pub(crate) fn parse_xml(text: &str) -> Xml {
    let mut rest = text;
    let value = value(&mut rest);
    assert_eq!(rest.trim(), "", "text after the value");
    value
}

fn opens(rest: &mut &str, tag: &str) -> bool {
    match rest.trim_start().strip_prefix(tag).and_then(|after| after.strip_prefix('>')) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

fn expect(rest: &mut &str, tag: &str) {
    let shown: String = rest.chars().take(40).collect();
    assert!(opens(rest, tag), "expected {tag}> at {shown}");
}

fn value(rest: &mut &str) -> Xml {
    expect(rest, "<value");
    let value = if opens(rest, "<struct") {
        map(rest)
    } else if opens(rest, "<array") {
        list(rest)
    } else if let Some(kind) =
        ["boolean", "double", "dateTime.iso8601"].into_iter().find(|k| opens(rest, &format!("<{k}")))
    {
        let text = characters(rest);
        expect(rest, &format!("</{kind}"));
        Xml::Typed(kind.into(), text)
    } else {
        Xml::Text(characters(rest))
    };
    expect(rest, "</value");
    value
}

fn map(rest: &mut &str) -> Xml {
    let mut members = BTreeMap::new();
    while opens(rest, "<member") {
        expect(rest, "<name");
        let name = characters(rest);
        expect(rest, "</name");
        let value = value(rest);
        assert!(members.insert(name.clone(), value).is_none(), "{name} twice");
        expect(rest, "</member");
    }
    expect(rest, "</struct");
    Xml::Map(members)
}

fn list(rest: &mut &str) -> Xml {
    expect(rest, "<data");
    let mut values = Vec::new();
    while rest.trim_start().starts_with("<value>") {
        values.push(value(rest));
    }
    expect(rest, "</data");
    expect(rest, "</array");
    Xml::List(values)
}

fn characters(rest: &mut &str) -> String {
    let end = rest.find('<').expect("unclosed text");
    let (text, after) = rest.split_at(end);
    *rest = after;
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    plain.replace("&amp;", "&")
}
