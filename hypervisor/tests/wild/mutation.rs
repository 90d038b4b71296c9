//! Changes to a document that leave it readable, as far as its form goes: other numbers, other variants, longer and shorter lists.

use crate::chance::Chance;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Numbers at which something ends.
const NUMBERS: [u64; 24] = [
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    31,
    63,
    127,
    128,
    255,
    256,
    511,
    4095,
    0x7FFF,
    0xFFFF,
    0x1_0000,
    0x7FFF_FFFF,
    0xFFFF_FFFF,
    1 << 32,
    u64::MAX / 2,
    u64::MAX,
];
/// Items of a list that grew.
const MANY: [usize; 3] = [9, 30, 300];

/// The places of every value below the document itself, as JSON pointers.
pub(crate) fn places(document: &Value) -> Vec<String> {
    fn below(value: &Value, at: &str, list: &mut Vec<String>) {
        let mut child = |name: &str, value| {
            let place = format!("{at}/{name}");
            list.push(place.clone());
            below(value, &place, list);
        };
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| child(name, value)),
            Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| child(&n.to_string(), item)),
            _ => {}
        }
    }
    let mut list = Vec::new();
    below(document, "", &mut list);
    list
}

/// A place of a document; those of long lists come no oftener than others.
pub(crate) fn any_place(document: &Value, chance: &mut Chance) -> Option<String> {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    places(document).into_iter().for_each(|place| kinds.entry(kind(&place)).or_default().push(place));
    let mut kinds: Vec<Vec<String>> = kinds.into_values().collect();
    let mut places = (!kinds.is_empty()).then(|| kinds.swap_remove(chance.below(kinds.len())))?;
    Some(places.swap_remove(chance.below(places.len())))
}

/// The place with the numbers of items left out.
fn kind(place: &str) -> String {
    let step = |step: &str| if step.parse::<usize>().is_ok() { "*".to_owned() } else { step.to_owned() };
    place.split('/').map(step).collect::<Vec<_>>().join("/")
}

/// What was seen in places of a kind, over all documents: items of one list are of one kind.
#[derive(Default)]
pub(crate) struct Seen(BTreeMap<String, Vec<Value>>);

impl Seen {
    /// The most values that are kept of a kind.
    const MOST: usize = 24;

    pub(crate) fn look_at(&mut self, document: &Value) {
        for place in places(document) {
            let Some(value) = document.pointer(&place) else { continue };
            let values = self.0.entry(kind(&place)).or_default();
            if values.len() < Self::MOST && !values.contains(value) {
                values.push(value.clone());
            }
        }
    }

    /// The variants of an enumeration, which its reader's complaint about another lists.
    pub(crate) fn ask(&mut self, document: &Value, complaint: impl Fn(&Value) -> Option<String>) {
        for place in places(document) {
            if !document.pointer(&place).is_some_and(Value::is_string)
                || self.0.contains_key(&format!("?{}", kind(&place)))
            {
                continue;
            }
            let mut asking = document.clone();
            if let Some(value) = asking.pointer_mut(&place) {
                *value = "?".into();
            }
            let said = complaint(&asking).unwrap_or_default();
            let variants = said.split('`').skip(3).step_by(2).map(Value::from);
            self.0.entry(format!("?{}", kind(&place))).or_default().push(Value::Null);
            self.0.entry(kind(&place)).or_default().extend(variants);
        }
    }

    /// Changes the value at a place.
    pub(crate) fn mutate(&self, document: &mut Value, place: &str, chance: &mut Chance) {
        let Some(value) = document.pointer_mut(place) else { return };
        let seen = self.0.get(&kind(place)).map_or(&[][..], Vec::as_slice);
        if !seen.is_empty() && chance.below(3) == 0 {
            *value = seen[chance.below(seen.len())].clone();
            return;
        }
        *value = match value.take() {
            Value::Bool(old) => (!old).into(),
            Value::Number(old) => number(old.as_u64().unwrap_or(0), chance),
            Value::String(old) => text(&old, chance),
            Value::Array(items) => list(items, chance),
            Value::Null => number(0, chance),
            Value::Object(fields) => object(fields, chance),
        };
    }
}

fn number(old: u64, chance: &mut Chance) -> Value {
    match chance.below(8) {
        0 => old.wrapping_add(1).into(),
        1 => old.wrapping_sub(1).into(),
        2 => (old ^ 1 << chance.below(32)).into(),
        3 => (-1).into(),
        _ => chance.of(&NUMBERS).into(),
    }
}

/// Flags are text, too, and so are bytes in hex.
fn text(old: &str, chance: &mut Chance) -> Value {
    let hex = old.len() > 8 && old.bytes().all(|digit| digit.is_ascii_hexdigit());
    if hex {
        let mut digits = old.as_bytes().to_vec();
        for _ in 0..=chance.below(8) {
            let at = chance.below(digits.len());
            digits[at] = chance.of(b"0123456789abcdef");
        }
        return String::from_utf8(digits).expect("digits").into();
    }
    let bits = [0, 1, 0x10, 0x7F, 0xFF, 0xFFFF, 0xFFFF_FFFFu32, 1 << chance.below(16)];
    format!("0x{:x}", chance.of(&bits)).into()
}

fn list(mut items: Vec<Value>, chance: &mut Chance) -> Value {
    match chance.below(4) {
        0 => items.clear(),
        1 => drop(items.pop()),
        2 => items.extend(items.last().cloned()),
        _ => {
            let item = items.last().cloned().unwrap_or(0.into());
            items.resize(chance.of(&MANY), item);
        }
    }
    items.into()
}

fn object(mut fields: Map<String, Value>, chance: &mut Chance) -> Value {
    if chance.below(2) == 0 {
        return Value::Null;
    }
    let names: Vec<String> = fields.keys().cloned().collect();
    if !names.is_empty() {
        fields.remove(&names[chance.below(names.len())]);
    }
    fields.into()
}
