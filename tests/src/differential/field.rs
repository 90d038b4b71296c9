//! Which accesses a chip has.

use super::Random;
use backplane::Width;
use backplane::bench::Action;

/// A register, or several, and how they are reached.
#[derive(Clone, Debug)]
pub enum Register {
    /// Byte ports, read and written.
    Ports {
        /// The first.
        first: u16,
        /// How many.
        count: u16,
    },
    /// A byte port that takes only some values, and is read, too.
    Chosen(u16, Vec<u8>),
    /// Byte registers behind an index, read and written.
    Indexed {
        /// Where the index is written.
        index: u16,
        /// Where the register is.
        data: u16,
        /// The registers.
        numbers: Vec<u8>,
    },
    /// A word register behind a word of index, read, and written one of these.
    IndexedWord {
        /// Where the index is written.
        index: u16,
        /// Where the register is.
        data: u16,
        /// The register.
        number: u16,
        /// What it takes.
        values: Vec<u16>,
    },
    /// PCI configuration space, read and written in any width.
    Config {
        /// Device number in bits 7-3, function in bits 2-0.
        function: u8,
        /// The registers, aligned to dwords.
        numbers: Vec<u8>,
    },
    /// A window of memory, read and written by bytes.
    Window {
        /// Its first byte.
        first: u32,
        /// Its bytes.
        len: u32,
    },
    /// Steps that only mean something together.
    Steps(Vec<Step>),
    /// Accesses whose values hang together, put at the end of a script.
    Made(fn(&mut Random, &mut Vec<Action>)),
}

/// A step of [`Register::Steps`].
#[derive(Clone, Debug)]
pub enum Step {
    /// This very action.
    Do(Action),
    /// A byte port is written one of these.
    OneOf(u16, Vec<u8>),
    /// A byte port is written anything.
    Any(u16),
}

/// All that is done to a chip.
#[derive(Clone, Debug)]
pub struct Field {
    /// The chip.
    pub name: &'static str,
    /// What comes first in each script.
    pub begin: Vec<Action>,
    /// What is chosen from; a register that is there twice is chosen twice as often.
    pub registers: Vec<Register>,
}

impl Field {
    /// A script of `choices` choices, fewer if `actions` are there before.
    pub fn script(&self, seed: u64, choices: usize, actions: usize) -> Vec<Action> {
        let mut random = Random::seeded(seed);
        let mut script = self.begin.clone();
        for _ in 0..choices {
            if script.len() >= self.begin.len() + actions {
                break;
            }
            let register = &self.registers[random.below(self.registers.len() as u32) as usize];
            register.access(&mut random, &mut script);
        }
        script
    }
}

impl Register {
    fn access(&self, random: &mut Random, script: &mut Vec<Action>) {
        let byte = |port, random: &mut Random| match random.below(2) {
            0 => read(port),
            _ => write(port, random.value()),
        };
        match *self {
            Register::Ports { first, count } => {
                let port = first + random.below(count.into()) as u16;
                script.push(byte(port, random));
            }
            Register::Chosen(port, ref values) => script.push(match random.below(3) {
                0 => read(port),
                _ => write(port, random.of(values).into()),
            }),
            Register::Indexed { index, data, ref numbers } => {
                script.push(write(index, random.of(numbers).into()));
                script.push(byte(data, random));
            }
            Register::IndexedWord { index, data, number, ref values } => {
                let width = Width::Word;
                script.push(Action::Out { port: index, width, value: number.into() });
                script.push(match random.below(2) {
                    0 => Action::In { port: data, width },
                    _ => Action::Out { port: data, width, value: random.of(values).into() },
                });
            }
            Register::Config { function, ref numbers } => {
                let width = random.of(&[Width::Byte, Width::Word, Width::Dword, Width::Dword]);
                let register = random.of(numbers) + (random.below(4) & !(width.bytes() - 1)) as u8;
                script.push(match random.below(2) {
                    0 => Action::ReadConfig { function, register, width },
                    _ => Action::WriteConfig {
                        function,
                        register,
                        width,
                        value: random.value() & width.mask(),
                    },
                });
            }
            Register::Window { first, len } => {
                let at = first + random.below(len);
                script.push(match random.below(2) {
                    0 => Action::Read { at, width: Width::Byte },
                    _ => Action::Write { at, width: Width::Byte, value: random.value() & 0xFF },
                });
            }
            Register::Steps(ref steps) => script.extend(steps.iter().map(|step| match *step {
                Step::Do(action) => action,
                Step::OneOf(port, ref values) => write(port, random.of(values).into()),
                Step::Any(port) => write(port, random.value()),
            })),
            Register::Made(make) => make(random, script),
        }
    }
}

/// IN of a byte.
pub const fn read(port: u16) -> Action {
    Action::In { port, width: Width::Byte }
}

/// OUT of a byte.
pub const fn write(port: u16, value: u32) -> Action {
    Action::Out { port, width: Width::Byte, value: value & 0xFF }
}
