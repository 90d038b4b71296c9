use super::*;

fn refused(text: &str) -> String {
    Recipe::parse(text, Path::new("demo.toml")).unwrap_err().to_string()
}

#[test]
fn an_unknown_key_names_file_line_key_and_nearest_key() {
    let message = refused("kind = \"floppy\"\nlable = \"X\"\n");
    assert_eq!(message, "demo.toml: line 2: unknown key `lable`; did you mean `label`?");
}

#[test]
fn an_unknown_key_in_a_table_is_found_too() {
    let message = refused("kind = \"iso\"\n[boot]\nmode = \"floppy\"\nimge = \"a.img\"\n");
    assert_eq!(message, "demo.toml: line 4: unknown key `imge`; did you mean `image`?");
    let message = refused("kind = \"harddisk\"\n[[partitions]]\nfat = 16\nactiv = true\n");
    assert!(message.contains("line 4: unknown key `activ`; did you mean `active`?"), "{message}");
    let message = refused("kind = \"floppy\"\n[[files]]\nfrm = \"x\"\nto = \"X\"\n");
    assert!(message.contains("did you mean `from`?"), "{message}");
    let message = refused("kind = \"floppy\"\n[probe]\npace = 3\n");
    assert!(message.contains("did you mean `pace_ticks`?"), "{message}");
}

#[test]
fn an_unknown_value_names_the_nearest_one() {
    let message = refused("kind = \"iso\"\n[boot]\nmode = \"harddisk\"\n");
    assert!(message.contains("unknown value `harddisk`; did you mean `hard-disk`?"), "{message}");
}

#[test]
fn an_unknown_or_missing_kind_lists_the_kinds() {
    assert_eq!(
        refused("kind = \"tape\"\n"),
        "demo.toml: kind `tape` is unknown; iso, floppy and harddisk are known"
    );
    assert!(refused("label = \"X\"\n").contains("`kind` is missing"));
}

#[test]
fn broken_toml_is_one_line_with_its_place() {
    let message = refused("kind = \"iso\"\nvolume = \n");
    assert!(message.starts_with("demo.toml: line 2: "), "{message}");
    assert_eq!(message.lines().count(), 1);
}

#[test]
fn sizes_are_written_with_a_unit_or_in_bytes() {
    let disk = |size: &str| {
        let text = format!("kind = \"harddisk\"\nsize = {size}\n[[partitions]]\n");
        match Recipe::parse(&text, Path::new("d.toml")) {
            Ok(Recipe::Harddisk(recipe)) => recipe.size,
            _ => None,
        }
    };
    assert_eq!(disk("\"32M\""), Some(Size(32 << 20)));
    assert_eq!(disk("\"512K\""), Some(Size(512 << 10)));
    assert_eq!(disk("1048576"), Some(Size(1 << 20)));
    assert!(refused("kind = \"harddisk\"\nsize = \"big\"\n").contains("write \"512K\""));
    assert!(refused("kind = \"harddisk\"\nsize = -1\n").contains("size is -1"));
}

#[test]
fn fat_is_12_or_16() {
    assert!(
        refused("kind = \"harddisk\"\n[[partitions]]\nfat = 32\n").contains("fat is 32; 12 and 16 are known")
    );
}

#[test]
fn probe_keys_must_be_printable_and_fit() {
    let table = |keys: &str| ProbeTable { keys: Some(keys.into()), ..ProbeTable::default() };
    assert!(table("relic demo").options().is_ok());
    assert!(table("seventeen letters").options().is_err());
    assert!(table("tab\there").options().is_err());
}
