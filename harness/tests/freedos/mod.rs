//! FreeDOS's hard disk, of other people's media.

use harness::media::MEDIA_VARIABLE;
use std::path::{Path, PathBuf};

/// Its path; none without the media, which only CI must have.
pub(crate) fn hard_disk() -> Option<PathBuf> {
    // The media are beside the workspace, not beside this package, where tests run.
    let standard = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/media");
    let folder = std::env::var_os(MEDIA_VARIABLE).map_or(standard, PathBuf::from);
    let image = folder.join("dos/freedos-hdd-64M.img.gz").canonicalize().ok();
    if image.is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI has the media");
        eprintln!("skipped: the FreeDOS disk in RELIC_MEDIA is needed");
    }
    image
}
