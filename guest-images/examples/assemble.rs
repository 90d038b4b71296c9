//! Assembles `boot/` and `probe/` into `built/` and writes the lock file: `cargo run -p guest-images --example assemble`.
#[path = "../tests/assemble/mod.rs"]
mod assemble;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scratch = tempfile::tempdir()?;
    let built = assemble::root().join("built");
    let mut lock = String::new();
    for target in &assemble::TARGETS {
        let bytes = assemble::assemble(target, scratch.path());
        lock += &assemble::lock_line(target.name, &bytes);
        println!("{}: {} bytes", target.name, bytes.len());
        std::fs::write(built.join(target.name), bytes)?;
    }
    std::fs::write(built.join(assemble::LOCK), lock)?;
    Ok(())
}
