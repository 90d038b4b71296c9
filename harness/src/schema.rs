//! JSON schemas of the files that people write, from the types that read them: editors complete keys and tell wrong ones.

use crate::case::{CaseTable, StepsTable};
use crate::glyphs::file::FontTable;
use crate::guest_file::GuestFile;
use clap::ValueEnum;
use schemars::transform::{RecursiveTransform, Transform as _};
use schemars::{JsonSchema, Schema, schema_for};
use serde_json::Value;

/// A file with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// case.toml
    Case,
    /// A file of steps that cases include
    Steps,
    /// guest.toml
    Guest,
    /// A font that text in graphics is read with
    Font,
}

impl SchemaOf {
    /// The schema, as JSON for people to read.
    pub(crate) fn schema(self) -> String {
        match self {
            SchemaOf::Case => of::<CaseTable>("case.toml of relic"),
            SchemaOf::Steps => of::<StepsTable>("a step file of relic"),
            SchemaOf::Guest => of::<GuestFile>("guest.toml of relic"),
            SchemaOf::Font => of::<FontTable>("a font of relic"),
        }
    }
}

fn of<T: JsonSchema>(title: &str) -> String {
    let mut schema = schema_for!(T);
    schema.insert("title".into(), title.into());
    RecursiveTransform(without_nulls).transform(&mut schema);
    // Texts and numbers always have a form in JSON.
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

/// Takes away what of a default is null: TOML has no word for it.
fn without_nulls(schema: &mut Schema) {
    let Some(default) = schema.get_mut("default") else { return };
    if let Value::Object(keys) = default {
        keys.retain(|_, value| !value.is_null());
    }
    if default.is_null() || default.as_object().is_some_and(|keys| keys.is_empty()) {
        schema.remove("default");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_committed_schemas_are_those_of_the_types() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
        for of in [SchemaOf::Case, SchemaOf::Steps, SchemaOf::Guest, SchemaOf::Font] {
            let name = of.to_possible_value().unwrap().get_name().to_owned();
            let path = folder.join(format!("{name}.json"));
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                committed.trim_end() == of.schema(),
                "{}: `relic schema {name}` writes it anew",
                path.display()
            );
        }
    }
}
