//! Differences that are there on purpose.

use backplane::Width;
use backplane::bench::Action;
use std::collections::BTreeMap;

/// A difference that was looked into.
#[derive(Clone, Copy)]
pub struct Known {
    /// A short name.
    pub name: &'static str,
    /// Who is right, by which document and section, and what the other does.
    pub why: &'static str,
    /// The bits of a read's answer that differ, or may.
    pub bits: fn(&Written, &Action) -> u32,
    /// Once it has shown, the two are in other states: the rest of the script says nothing.
    pub parts: bool,
}

/// What a script has written until now.
#[derive(Clone, Debug, Default)]
pub struct Written {
    ports: BTreeMap<u16, u32>,
    answers: BTreeMap<u16, u32>,
    /// The actions so far, the last one at the end.
    pub before: Vec<Action>,
}

impl Written {
    /// Takes note of an action.
    pub fn note(&mut self, action: &Action) {
        if let Action::Out { port, width, value } = *action {
            for n in 0..width.bytes() {
                self.ports.insert(port.wrapping_add(n as u16), value >> (8 * n) & 0xFF);
            }
        }
        self.before.push(*action);
    }

    /// Takes note of what our board answered.
    pub fn note_answer(&mut self, action: &Action, answer: u32) {
        if let Action::In { port, .. } = *action {
            self.answers.insert(port, answer);
        }
    }

    /// What our board answered to the last read of a port; FFh if there was none.
    pub fn answer(&self, port: u16) -> u32 {
        self.answers.get(&port).copied().unwrap_or(0xFF)
    }

    /// The byte that a port was written last; FFh if none was.
    pub fn byte(&self, port: u16) -> u8 {
        self.ports.get(&port).map_or(0xFF, |value| *value as u8)
    }

    /// The value that register `number` behind a pair of byte ports was written last; 0 if none was.
    pub fn indexed(&self, index_port: u16, data_port: u16, number: u8) -> u8 {
        let (mut index, mut value) = (0, 0);
        for action in &self.before {
            match *action {
                Action::Out { port, value: written, .. } if port == index_port => index = written as u8,
                Action::Out { port, value: written, .. } if port == data_port && index == number => {
                    value = written as u8;
                }
                _ => {}
            }
        }
        value
    }

    /// Whether a byte of this kind was written to a port.
    pub fn wrote(&self, port: u16, is: impl Fn(u8) -> bool) -> bool {
        self.before.iter().any(|action| match *action {
            Action::Out { port: at, width: Width::Byte, value } => at == port && is(value as u8),
            _ => false,
        })
    }

    /// Which of these ports was written last.
    pub fn last_of(&self, ports: &[u16]) -> Option<u16> {
        self.before.iter().rev().find_map(|action| match *action {
            Action::Out { port, .. } if ports.contains(&port) => Some(port),
            _ => None,
        })
    }
}
