//! File names as DOS stores them: eight characters, a dot, three characters.

/// The path `to` of a recipe as FAT stores it: upper case, `/` between folders.
///
/// # Errors
/// One line that names the component and says which rule it breaks.
pub(crate) fn dos_path(to: &str) -> Result<String, String> {
    let parts: Vec<&str> = to.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Err(format!("`{to}` names no file"));
    }
    let checked: Result<Vec<String>, String> = parts.into_iter().map(dos_name).collect();
    checked.map(|parts| parts.join("/"))
}

/// One 8.3 name in upper case.
fn dos_name(name: &str) -> Result<String, String> {
    let upper = name.to_ascii_uppercase();
    let (base, extension) = upper.split_once('.').unwrap_or((&upper, ""));
    if base.is_empty() || base.len() > 8 {
        return Err(format!(
            "`{name}` is not a DOS 8.3 name: {} characters before the dot, 1 to 8 fit",
            base.len()
        ));
    }
    if extension.len() > 3 {
        return Err(format!(
            "`{name}` is not a DOS 8.3 name: {} characters after the dot, at most 3 fit",
            extension.len()
        ));
    }
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "!#$%&'()-@^_`{}~".contains(c);
    if let Some(bad) = base.chars().chain(extension.chars()).find(|&c| !allowed(c)) {
        return Err(format!("`{name}` is not a DOS 8.3 name: `{bad}` is not allowed in one"));
    }
    if is_device(base) {
        return Err(format!("`{name}` cannot be a file: {base} is a DOS device"));
    }
    Ok(upper)
}

fn is_device(base: &str) -> bool {
    const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CLOCK$", "CONFIG$"];
    let numbered =
        |prefix| base.strip_prefix(prefix).is_some_and(|n: &str| n.len() == 1 && ("1"..="9").contains(&n));
    DEVICES.contains(&base) || numbered("COM") || numbered("LPT")
}

/// A volume label as FAT stores it: at most 11 characters, upper case.
///
/// # Errors
/// One line that says which rule the label breaks.
pub(crate) fn dos_label(label: &str) -> Result<String, String> {
    let upper = label.to_ascii_uppercase();
    if upper.is_empty() || upper.len() > 11 {
        return Err(format!("label `{label}` has {} characters, 1 to 11 fit", upper.len()));
    }
    match upper.chars().find(|&c| !c.is_ascii() || c.is_ascii_control() || "\"*+,./:;<=>?[\\]|".contains(c)) {
        Some(bad) => Err(format!("label `{label}`: `{bad}` is not allowed in a volume label")),
        None if upper.starts_with(' ') => Err(format!("label `{label}` starts with a blank")),
        None => Ok(upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_paths_become_upper_case() {
        assert_eq!(dos_path("dos/edit.com").unwrap(), "DOS/EDIT.COM");
        assert_eq!(dos_path("\\A\\B").unwrap(), "A/B");
    }

    #[test]
    fn a_long_base_name_is_refused_by_name() {
        let message = dos_path("DIR/longfilename.txt").unwrap_err();
        assert_eq!(
            message,
            "`longfilename.txt` is not a DOS 8.3 name: 12 characters before the dot, 1 to 8 fit"
        );
    }

    #[test]
    fn long_extensions_blanks_second_dots_and_devices_are_refused() {
        assert!(dos_path("a.html").unwrap_err().contains("4 characters after the dot"));
        assert!(dos_path("a b.txt").unwrap_err().contains("` ` is not allowed"));
        assert!(dos_path("a.b.c").unwrap_err().contains("`.` is not allowed"));
        assert!(dos_path("con.txt").unwrap_err().contains("DOS device"));
        assert!(dos_path("com1").unwrap_err().contains("DOS device"));
        assert!(dos_path("../x").is_err());
        assert!(dos_path("").is_err());
    }

    #[test]
    fn com10_is_an_ordinary_name() {
        assert_eq!(dos_path("com10").unwrap(), "COM10");
    }

    #[test]
    fn labels_are_checked() {
        assert_eq!(dos_label("relic demo").unwrap(), "RELIC DEMO");
        assert!(dos_label("twelve chars").is_err());
        assert!(dos_label("a.b").is_err());
    }
}
