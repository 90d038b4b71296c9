//! An ATA channel's ports as scripts use them.

use super::machines;
use backplane::Width;
use backplane::bench::Action;
use hypervisor::{Disk, Drive, Media, VideoKind};
use relic_tests::differential::{Image, Pair, Step, Written, read, write};

/// Both machines' drives finish what they are at; ours needs less than a millisecond for any of it.
pub(crate) const SETTLE: Action = Action::Step(1_000_000);
/// The device is busy.
pub(crate) const BSY: u32 = 0x80;
/// The device wants data, or has some.
pub(crate) const DRQ: u32 = 0x08;

/// A channel's ports.
#[derive(Clone, Copy)]
pub(crate) struct Channel {
    /// The first of the command block.
    pub(crate) block: u16,
    /// Device control and alternate status.
    pub(crate) control: u16,
}

/// Interrupt request 14.
pub(crate) const PRIMARY: Channel = Channel { block: 0x1F0, control: 0x3F6 };
/// Interrupt request 15.
pub(crate) const SECONDARY: Channel = Channel { block: 0x170, control: 0x376 };

impl Channel {
    pub(crate) const fn error(self) -> u16 {
        self.block + 1
    }

    pub(crate) const fn device(self) -> u16 {
        self.block + 6
    }

    pub(crate) const fn command(self) -> u16 {
        self.block + 7
    }

    /// A read of the data port.
    pub(crate) const fn data(self, width: Width) -> Action {
        Action::In { port: self.block, width }
    }

    /// A write of the data port.
    pub(crate) const fn put(self, width: Width, value: u32) -> Action {
        Action::Out { port: self.block, width, value }
    }

    /// A command is written, and the device given time.
    pub(crate) fn order(self, codes: &[u8]) -> Vec<Step> {
        vec![Step::OneOf(self.command(), codes.to_vec()), Step::Do(SETTLE)]
    }

    /// The interrupt line, and the status, which takes it away.
    pub(crate) fn status(self) -> Vec<Step> {
        [self.control, INTERRUPTS, self.command(), INTERRUPTS].map(|port| Step::Do(read(port))).to_vec()
    }

    /// All that a command leaves in the registers.
    pub(crate) fn outcome(self) -> Vec<Step> {
        let registers = (self.error()..self.command()).map(|port| Step::Do(read(port)));
        self.status().into_iter().chain(registers).collect()
    }

    /// A block of so many words through the data port, from the device.
    pub(crate) fn block(self, words: usize, width: Width) -> Vec<Step> {
        let accesses = words * 2 / width.bytes() as usize;
        let data = std::iter::repeat_n(Step::Do(self.data(width)), accesses);
        self.status().into_iter().chain(data).chain([Step::Do(SETTLE)]).collect()
    }

    /// A block of so many words, to the device: numbers from a seed.
    pub(crate) fn fill(self, words: usize, width: Width, seed: u32) -> Vec<Step> {
        let accesses = words as u32 * 2 / width.bytes();
        let value = move |n: u32| (n ^ seed).wrapping_mul(0x9E37_79B9) & width.mask();
        let data = (0..accesses).map(|n| Step::Do(self.put(width, value(n))));
        self.status().into_iter().chain(data).chain([Step::Do(SETTLE)]).collect()
    }

    /// The command that was written last.
    pub(crate) fn last(self, written: &Written) -> u8 {
        written.byte(self.command())
    }

    /// The command that was written last, and which register of the command block is read; alternate status is 7, too.
    pub(crate) fn place(self, written: &Written, action: &Action) -> Option<(u8, u16)> {
        let Action::In { port, .. } = *action else { return None };
        let register =
            if port == self.control { 7 } else { port.checked_sub(self.block).filter(|n| *n < 8)? };
        Some((self.last(written), register))
    }

    /// The packet that was written last, if it is whole, and how many words of data were read since.
    pub(crate) fn packet(self, written: &Written) -> Option<([u8; 12], u32)> {
        let is_command =
            |action: &Action| matches!(*action, Action::Out { port, .. } if port == self.command());
        let from = written.before.iter().rposition(is_command).unwrap_or(0);
        let words = written.before[from..].iter().filter_map(|action| match *action {
            Action::Out { port, width: Width::Word, value } if port == self.block => Some(value as u16),
            _ => None,
        });
        let bytes: Vec<u8> = words.flat_map(u16::to_le_bytes).collect();
        (self.last(written) == 0xA0).then_some(())?;
        Some((*bytes.first_chunk()?, self.word(written)))
    }

    /// How many words of data were read since the last command.
    pub(crate) fn word(self, written: &Written) -> u32 {
        let mut bytes = 0;
        for action in written.before.iter().rev() {
            match *action {
                Action::Out { port, .. } if port == self.command() => break,
                Action::In { port, width } if port == self.block => bytes += width.bytes(),
                _ => {}
            }
        }
        bytes / 2
    }

    /// Whether the device's status, when it was read last, had neither data nor a wish for some.
    pub(crate) fn is_without_data(self, written: &Written) -> bool {
        written.answer(self.control) & (BSY | DRQ) != DRQ
    }

    /// Whether device 1 is selected.
    pub(crate) fn second(self, written: &Written) -> bool {
        written.byte(self.device()) != 0xFF && written.byte(self.device()) & 0x10 != 0
    }
}

/// Requests of the second interrupt controller, whose inputs 6 and 7 are the channels'.
pub(crate) const INTERRUPTS: u16 = 0xA0;

/// Both inputs follow their lines.
pub(crate) fn interrupts() -> Vec<Action> {
    let words = [(0xA0, 0x11), (0xA1, 0x70), (0xA1, 0x02), (0xA1, 0x01), (0xA1, 0xFF), (0xA0, 0x0A)];
    let mut begin: Vec<Action> = words.map(|(port, value)| write(port, value)).to_vec();
    begin.extend([write(0x4D0, 0), write(0x4D1, 0xC0)]);
    begin
}

/// Writes of registers, as a script's beginning does them.
pub(crate) fn registers(block: u16, values: &[(u16, u8)]) -> Vec<Action> {
    values.iter().map(|(n, value)| write(block + n, (*value).into())).collect()
}

/// What is at a position of both machines.
pub(crate) enum At {
    Nothing,
    Disk(Vec<u8>),
    Disc(Vec<u8>),
}

/// Both machines with the same drives.
pub(crate) fn drives(positions: [At; 4]) -> Option<Pair> {
    let (mut images, mut arguments, mut media) = (Vec::new(), Vec::new(), Media::default());
    for (index, at) in positions.into_iter().enumerate() {
        let (bytes, kind, drive) = match at {
            At::Nothing => continue,
            At::Disk(bytes) => {
                (bytes.clone(), "media=disk,cache=unsafe", Drive::Disk(Disk::from_bytes(bytes)))
            }
            At::Disc(bytes) => {
                (bytes.clone(), "media=cdrom,readonly=on", Drive::Cd(Some(Disk::from_bytes(bytes))))
            }
        };
        let image = Image::new(bytes);
        let path = image.path().display();
        arguments.push(format!("if=ide,index={index},format=raw,{kind},file={path}"));
        images.push(image);
        media.drives[index] = drive;
    }
    let drives = arguments.iter().flat_map(|drive| ["-drive", drive.as_str()]);
    let arguments: Vec<&str> = ["-vga", "std"].into_iter().chain(drives).collect();
    machines(VideoKind::Std, media, images, &arguments)
}

/// Content that tells its place.
pub(crate) fn content(bytes: usize) -> Vec<u8> {
    (0..bytes as u32 / 4).flat_map(|n| n.wrapping_mul(0x9E37_79B9).to_le_bytes()).collect()
}
