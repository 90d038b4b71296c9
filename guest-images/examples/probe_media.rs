//! Writes every probe medium into a folder: `cargo run -p guest-images --example probe_media -- DIR [RECIPE]...`
//! also masters the recipes given.
use std::path::Path;

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "out".into());
    let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
    let mut wanted: Vec<_> = arguments.map(std::path::PathBuf::from).collect();
    if wanted.is_empty() {
        let found = std::fs::read_dir(recipes)?.map(|entry| entry.map(|entry| entry.path()));
        wanted = found.collect::<Result<_, _>>()?;
        wanted.sort();
    }
    for recipe in wanted {
        let made = guest_images::master(&recipe, Path::new(&folder))?;
        println!("{}: {} bytes", made.path.display(), made.bytes);
    }
    Ok(())
}
