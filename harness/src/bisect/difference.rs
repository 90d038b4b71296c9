//! What is not the same in two machines, for people: fields of the CPU and of chips, bytes of memory and of media.

use super::search::Pair;
use crate::failure::Result;
use crate::overlay;
use crate::replay::Space;
use backplane::{Bay, PAGE};
use serde_json::Value;
use std::collections::BTreeSet;

/// Fields, and blocks of a space, that are shown; of the others how many there are.
const MOST_SHOWN: usize = 6;
/// Bytes of a block that are shown from the first that differs on.
const BYTES_SHOWN: usize = 8;
/// The longest text of a field that is shown.
const MOST_CHARS: usize = 40;

/// A line for each difference between two machines that have these parts not in common.
///
/// # Errors
/// A run cannot be asked.
pub(super) fn of(pair: &mut Pair, parts: &[&str]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let [a, b] = &mut pair.sides;
    let names = [a.name.clone(), b.name.clone()];
    let states = [a.state()?, b.state()?];
    let mut found = Vec::new();
    // The order in which people ask: what the CPU has, what the chips have, and how they are wired.
    for part in ["cpu", "chips", "clock", "isa_dma", "signals", "layout", "stopped"] {
        fields(part, &states[0][part], &states[1][part], &mut found);
    }
    lines.extend(shown(found, |Field { path, values: [a, b] }| {
        format!("{path}: {a} in {}, {b} in {}", names[0], names[1])
    }));
    let ram_bytes = states[0]["layout"]["ram_bytes"].as_u64().unwrap_or(0);
    if parts.iter().any(|part| ["ram", "store"].contains(part)) {
        let place = |byte: u64| match byte < ram_bytes {
            true => format!("RAM at {byte:08X}"),
            false => format!("ROM images and video memory at {byte:08X} of the store"),
        };
        lines.extend(blocks(pair, Space::Store, place)?);
    }
    for bay in Bay::ALL.into_iter().filter(|bay| parts.contains(&format!("media.{bay:?}").as_str())) {
        let place = |byte: u64| format!("{} at byte {byte}", overlay::bay_name(bay));
        lines.extend(blocks(pair, Space::Medium(bay), place)?);
    }
    Ok(lines)
}

/// The first few as text, and how many more there are.
fn shown<T>(found: Vec<T>, show: impl Fn(T) -> String) -> Vec<String> {
    let more = found.len().saturating_sub(MOST_SHOWN);
    let mut lines: Vec<String> = found.into_iter().take(MOST_SHOWN).map(show).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// Blocks of a space that are not the same, with the first bytes that are not.
fn blocks(pair: &mut Pair, space: Space, place: impl Fn(u64) -> String) -> Result<Vec<String>> {
    let [a, b] = &mut pair.sides;
    let (of_a, of_b) = (a.blocks(space)?, b.blocks(space)?);
    let numbers: BTreeSet<u64> = of_a.keys().chain(of_b.keys()).copied().collect();
    let other: Vec<u64> = numbers.into_iter().filter(|n| of_a.get(n) != of_b.get(n)).collect();
    let mut lines = Vec::new();
    for &number in other.iter().take(MOST_SHOWN) {
        let (in_a, in_b) = (a.block(space, number)?, b.block(space, number)?);
        let Some(first) = in_a.iter().zip(&in_b).position(|(a, b)| a != b) else {
            lines.push(format!("{}: written to in one only", place(number * PAGE as u64)));
            continue;
        };
        let hex = |block: &[u8]| {
            let bytes = block.iter().skip(first).take(BYTES_SHOWN).map(|byte| format!("{byte:02X}"));
            bytes.collect::<Vec<_>>().join(" ")
        };
        lines.push(format!(
            "{}: {} in {}, {} in {}",
            place(number * PAGE as u64 + first as u64),
            hex(&in_a),
            a.name,
            hex(&in_b),
            b.name
        ));
    }
    if other.len() > MOST_SHOWN {
        lines.push(format!("and {} blocks of 4 KiB more", other.len() - MOST_SHOWN));
    }
    Ok(lines)
}

/// A field that is not the same in two values.
#[derive(Debug, PartialEq)]
pub(super) struct Field {
    pub(super) path: String,
    pub(super) values: [String; 2],
}

/// Collects the fields that are not the same.
pub(super) fn fields(path: &str, a: &Value, b: &Value, found: &mut Vec<Field>) {
    match (a, b) {
        _ if a == b => {}
        (Value::Object(of_a), Value::Object(of_b)) => {
            let gone = of_b.keys().filter(|key| !of_a.contains_key(*key));
            for key in of_a.keys().chain(gone) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                fields(&path, &a[key], &b[key], found);
            }
        }
        (Value::Array(of_a), Value::Array(of_b)) if of_a.len() == of_b.len() => {
            for (at, (a, b)) in of_a.iter().zip(of_b).enumerate() {
                fields(&format!("{path}[{}]", index(path, at)), a, b, found);
            }
        }
        _ => found.push(Field { path: path.to_owned(), values: texts(a, b) }),
    }
}

/// Registers by their names, everything else by its number.
fn index(path: &str, at: usize) -> String {
    let names: &[&str] = match path {
        "cpu.gpr" => &["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"],
        "cpu.seg" => &["es", "cs", "ss", "ds", "fs", "gs"],
        _ => &[],
    };
    names.get(at).map_or_else(|| at.to_string(), |name| (*name).to_owned())
}

/// Two values that are not equal; of long ones the part around the first difference.
fn texts(a: &Value, b: &Value) -> [String; 2] {
    let [a, b] = [a, b].map(|value| match value.as_u64() {
        Some(number @ 10..) => format!("{number:#x}"),
        _ => value.to_string(),
    });
    let first = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let from = first.saturating_sub(MOST_CHARS / 4);
    [a, b].map(|text| match text.chars().count() {
        0..=MOST_CHARS => text,
        len => {
            let part: String = text.chars().skip(from).take(MOST_CHARS).collect();
            let before = if from > 0 { "..." } else { "" };
            let behind = if from + MOST_CHARS < len { "..." } else { "" };
            format!("{before}{part}{behind}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn differing(a: &Value, b: &Value) -> Vec<(String, [String; 2])> {
        let mut found = Vec::new();
        fields("cpu", a, b, &mut found);
        found.into_iter().map(|field| (field.path, field.values)).collect()
    }

    fn texts_of(a: &str, b: &str) -> [String; 2] {
        [a.to_owned(), b.to_owned()]
    }

    #[test]
    fn fields_are_named_by_their_path_and_registers_by_their_names() {
        let a = json!({ "gpr": [1, 2, 3, 4, 5, 6, 7, 8], "halted": true, "gone": null });
        let b = json!({ "gpr": [1, 2, 3, 500, 5, 6, 7, 8], "halted": false, "new": 3 });
        let found = differing(&a, &b);
        assert_eq!(found[0], ("cpu.gpr[ebx]".into(), texts_of("4", "0x1f4")));
        assert_eq!(found[1], ("cpu.halted".into(), texts_of("true", "false")));
        assert_eq!(found[2], ("cpu.new".into(), texts_of("null", "3")));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn of_a_long_text_the_part_around_the_difference_is_shown() {
        let text = |middle: &str| json!({ "x": format!("{}{middle}{}", "a".repeat(100), "z".repeat(100)) });
        let found = differing(&text("1"), &text("2"));
        assert_eq!(found[0].1[0], format!("...{}1{}...", "a".repeat(10), "z".repeat(29)));
        assert_eq!(found[0].1[1], format!("...{}2{}...", "a".repeat(10), "z".repeat(29)));
    }

    #[test]
    fn arrays_of_other_lengths_differ_as_a_whole() {
        assert_eq!(differing(&json!({ "q": [1] }), &json!({ "q": [1, 2] }))[0].1, texts_of("[1]", "[1,2]"));
    }
}
