//! The shortest script that still does what a long one did, with the smallest numbers.

use super::script::Action;

/// The shortest list that still fails when any one action is left out of it (delta debugging).
pub fn minimise(mut script: Vec<Action>, mut fails: impl FnMut(&[Action]) -> bool) -> Vec<Action> {
    if !fails(&script) {
        return script;
    }
    let mut piece = script.len().div_ceil(2);
    while piece > 0 {
        let (mut at, mut shorter) = (0, false);
        while at < script.len() {
            let mut without = script.clone();
            without.drain(at..(at + piece).min(script.len()));
            if fails(&without) {
                script = without;
                shorter = true;
            } else {
                at += piece;
            }
        }
        if !(piece == 1 && shorter) {
            piece /= 2;
        }
    }
    script
}

/// The same list with smaller numbers in its actions, as long as it still fails: values with fewer bits, shorter counts and times.
pub fn simplify(mut script: Vec<Action>, mut fails: impl FnMut(&[Action]) -> bool) -> Vec<Action> {
    for at in 0..script.len() {
        while let Some(simpler) = smaller(script[at]).into_iter().find(|simpler| {
            let mut other = script.clone();
            other[at] = *simpler;
            fails(&other)
        }) {
            script[at] = simpler;
        }
    }
    script
}

/// The action with one number smaller, the greatest step first.
fn smaller(action: Action) -> Vec<Action> {
    use Action::{Channel, Copy, Fill, InString, Load, Out, OutString, Step, Store, Write, WriteConfig};
    let of = |value| fewer_bits(value).into_iter();
    let to = |count: u16| shorter(count.into()).into_iter().map(|count| count as u16);
    match action {
        Out { port, width, value } => of(value).map(|value| Out { port, width, value }).collect(),
        Write { at, width, value } => of(value).map(|value| Write { at, width, value }).collect(),
        WriteConfig { function, register, width, value } => {
            of(value).map(|value| WriteConfig { function, register, width, value }).collect()
        }
        InString { port, width, to: at, count } => {
            to(count).map(|count| InString { port, width, to: at, count }).collect()
        }
        OutString { port, width, from, count } => {
            to(count).map(|count| OutString { port, width, from, count }).collect()
        }
        Fill { to: at, width, value, count, down } => {
            let counts = to(count).map(|count| Fill { to: at, width, value, count, down });
            counts.chain(of(value).map(|value| Fill { to: at, width, value, count, down })).collect()
        }
        Copy { from, to: at, width, count, down } => {
            to(count).map(|count| Copy { from, to: at, width, count, down }).collect()
        }
        Load { at, len } => to(len).map(|len| Load { at, len }).collect(),
        Store { at, len, byte } => {
            let lens = to(len).map(|len| Store { at, len, byte });
            lens.chain(of(byte.into()).map(|byte| Store { at, len, byte: byte as u8 })).collect()
        }
        Channel { channel, direction, address, count, masked, auto_init, decrement } => to(count)
            .map(|count| Channel { channel, direction, address, count, masked, auto_init, decrement })
            .collect(),
        Step(ns) => shorter(ns).into_iter().map(Step).collect(),
        _ => Vec::new(),
    }
}

/// Nothing, and the value without one of its bits, the highest first.
fn fewer_bits(value: u32) -> Vec<u32> {
    let without = (0..32).rev().map(|bit| value & !(1 << bit));
    let mut fewer: Vec<u32> = [0].into_iter().chain(without).filter(|other| *other < value).collect();
    fewer.dedup();
    fewer
}

/// One, half as much, and one less.
fn shorter(count: u32) -> Vec<u32> {
    let mut shorter = vec![1, count / 2, count.saturating_sub(1)];
    shorter.retain(|other| *other < count && *other > 0);
    shorter.dedup();
    shorter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Script;

    fn script(text: &str) -> Vec<Action> {
        text.parse::<Script>().unwrap().0
    }

    #[test]
    fn what_is_not_needed_goes() {
        let whole = script("outb 0x80 1\ninb 0x80\noutb 0x81 2\nclock_step 9\n");
        let needs = |script: &[Action]| script.iter().any(|action| matches!(action, Action::Step(_)));
        assert_eq!(minimise(whole, needs), script("clock_step 9"));
    }

    #[test]
    fn numbers_become_as_small_as_they_can() {
        let whole = script("outb 0x80 0xff\nstosl 0x10 0xffff0000 4096\nclock_step 4000000000\n");
        let needs = |script: &[Action]| match script {
            [Action::Out { value, .. }, Action::Fill { value: fill, count, .. }, Action::Step(ns)] => {
                value & 0x14 == 0x14 && *fill == 0xFFFF_0000 && *count >= 100 && *ns > 2
            }
            _ => false,
        };
        let simple = simplify(whole, needs);
        assert_eq!(simple, script("outb 0x80 0x14\nstosl 0x10 0xffff0000 100\nclock_step 3\n"));
    }
}
