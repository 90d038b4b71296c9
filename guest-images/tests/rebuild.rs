//! The committed boot code and probe are what their sources say.

mod assemble;
mod tools;

#[test]
fn built_bytes_match_the_lock_file() {
    let built = assemble::root().join("built");
    let lock = std::fs::read_to_string(built.join(assemble::LOCK)).unwrap();
    let expected: String = assemble::TARGETS
        .iter()
        .map(|target| assemble::lock_line(target.name, &std::fs::read(built.join(target.name)).unwrap()))
        .collect();
    assert_eq!(lock, expected, "run `cargo run -p guest-images --example assemble`");
}

#[test]
fn sources_assemble_to_the_built_bytes() {
    if !tools::have("sources_assemble_to_the_built_bytes", &["nasm"]) {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    for target in &assemble::TARGETS {
        let built = std::fs::read(assemble::root().join("built").join(target.name)).unwrap();
        let fresh = assemble::assemble(target, scratch.path());
        assert!(fresh == built, "{}: run `cargo run -p guest-images --example assemble`", target.name);
    }
}
