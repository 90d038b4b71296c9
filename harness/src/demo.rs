//! `relic demo`: the whole path once, with a guest of our own.

use crate::case::{Shot, Taken};
use crate::compare::{self, Rules, Verdict};
use crate::console::Console;
use crate::failure::{Exit, Failure, Result};
use crate::golden::ShotResult;
use crate::guest::{Frame, Input, Machines};
use crate::session::{Limits, Session};
use crate::suite::{CaseResult, Outcome};
use crate::{export, images, keys, media, output, picture, prepare, report, span};
use std::path::Path;
use std::time::Duration;

/// Virtual time that the probe may take.
const LIMIT_NS: u64 = 120_000_000_000;
/// Virtual time between two movements of the mouse.
const MOUSE_PAUSE_NS: u64 = 50_000_000;
/// What blinks is looked at until it is as expected: so often, with so much virtual time between.
const LOOKS: u32 = 24;
const BETWEEN_LOOKS_NS: u64 = 25_000_000;
/// Time of the host that the probe may take.
const HOST_LIMIT: Duration = Duration::from_secs(60);

include!(concat!(env!("OUT_DIR"), "/goldens.rs"));

/// Masters the probe, boots it, compares every page, exports it.
///
/// # Errors
/// A page that does not match, a check of the probe that failed, a host that refuses.
pub(crate) fn demo(folder: &Path, machines: &dyn Machines, console: &Console) -> Result<()> {
    let began = std::time::Instant::now();
    output::make_folder(&folder.join("screens"))?;
    let iso = folder.join("probe.iso");
    let disc = images::probe_iso();
    output::write_whole(&iso, &disc)?;
    console.say(format!("mastered  {} ({})", iso.display(), span::show_size(disc.len() as u64)));

    let tour = tour(&iso, folder, machines, console)?;
    let matched = tour.shots.iter().filter(|shot| shot.verdict == Some(Verdict::Same)).count();
    console.say(format!(
        "booted    {} in {} of guest time: {matched} of {} screens as expected",
        iso.display(),
        span::show(tour.virtual_ns),
        tour.shots.len()
    ));
    console.say(format!("checked   {}", tour.result));
    let page = folder.join("report.html");
    let verdict = tour.verdict();
    report::write_file(&[tour.case(&verdict)], &page)?;
    console.say(format!("reported  {}", page.display()));

    let bundle = folder.join("probe.xva");
    let bytes = export_probe(&bundle)?;
    console.say(format!("exported  {} ({})", bundle.display(), span::show_size(bytes)));
    verdict?;
    console.say(format!("all of it in {:.1} s", began.elapsed().as_secs_f64()));
    Ok(())
}

/// What came of the probe's run.
struct Tour {
    shots: Vec<ShotResult>,
    result: String,
    virtual_ns: u64,
}

fn tour(iso: &Path, folder: &Path, machines: &dyn Machines, console: &Console) -> Result<Tour> {
    let (file, base) = prepare::guest_named(iso)?;
    let guest = prepare::prepare(&file, "probe", &base)?;
    let machine = machines.power_on(&guest.config, guest.media()).map_err(Failure::bad)?;
    let mut session =
        Session::new(machine, Limits { virtual_ns: LIMIT_NS, host: Some(HOST_LIMIT), ..Limits::default() });
    let bar = console.progress(GOLDENS.len() as u64, "screens");
    let mut shots = Vec::new();
    let result = loop {
        let line = session.next_debug_line().map_err(|failure| failure.within("probe"))?;
        if let Some(page) = line.strip_prefix("page: ") {
            shots.push(shot(page, &mut session, folder)?);
            bar.inc(1);
        } else if line == "ready: keyboard" {
            session
                .type_keys(&keys::parse(&format!("{}<enter>", images::PROBE_KEYS)).map_err(Failure::bad)?)?;
        } else if line == "ready: mouse" {
            move_mouse(&mut session)?;
        } else if line.starts_with("probe: ") {
            break line;
        }
    };
    bar.finish_and_clear();
    Ok(Tour { shots, result, virtual_ns: session.now_ns() })
}

/// A few movements and a click, spaced as a hand would.
fn move_mouse(session: &mut Session) -> Result<()> {
    for (dx, dy, buttons) in [(20, 10, 0), (20, 10, 0), (-10, 30, 0), (0, 0, 1), (0, 0, 0)] {
        session.guest().inject(Input::Mouse { dx, dy, wheel: 0, buttons });
        session.run_for(MOUSE_PAUSE_NS)?;
    }
    Ok(())
}

fn shot(page: &str, session: &mut Session, folder: &Path) -> Result<ShotResult> {
    let name: String = page.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    let golden = GOLDENS.iter().find(|(golden, _)| *golden == name);
    let expected = golden.map(|(name, png)| picture::from_png(png, Path::new(name))).transpose()?;
    let (taken, verdict) = look(&name, expected.as_ref(), session)?;
    picture::save(&taken.frame, &folder.join("screens").join(format!("{name}.png")))?;
    Ok(ShotResult { name, expected, taken, verdict, accepted: None, blessed: None, unwritten: None })
}

/// The screen when it is as expected, or after the last look.
fn look(name: &str, expected: Option<&Frame>, session: &mut Session) -> Result<(Taken, Option<Verdict>)> {
    let mut looks = 0;
    loop {
        let (frame, text, now_ns) = (session.frame(), session.text_lines(), session.now_ns());
        let verdict = expected.map(|expected| compare::compare(expected, &frame, &Rules::default()));
        if looks == LOOKS || !matches!(verdict, Some(Verdict::Differs(_))) {
            let shot = Shot { name: name.to_owned(), ..Shot::default() };
            return Ok((Taken { shot, frame, text, now_ns }, verdict));
        }
        looks += 1;
        session.run_for(BETWEEN_LOOKS_NS)?;
    }
}

impl Tour {
    /// Whether every golden picture was seen and matched, and the probe found nothing wrong.
    fn verdict(&self) -> Result<()> {
        let wrong = |message: String| Err(Failure::new(Exit::Mismatch, message));
        for shot in &self.shots {
            match shot.verdict {
                Some(Verdict::Same) => {}
                Some(verdict) => return wrong(format!("probe: screen `{}`: {verdict}", shot.name)),
                None => {
                    return wrong(format!("probe: screen `{}`: there is no golden picture of it", shot.name));
                }
            }
        }
        if let Some((name, _)) =
            GOLDENS.iter().find(|(name, _)| self.shots.iter().all(|shot| shot.name != *name))
        {
            return wrong(format!("probe: screen `{name}` did not come"));
        }
        match counts(&self.result) {
            Some((good, all)) if good == all && all > 0 => Ok(()),
            _ => wrong(format!("probe: expected all checks to pass, found `{}`", self.result)),
        }
    }

    fn case(self, verdict: &Result<()>) -> CaseResult {
        let outcome = if verdict.is_ok() { Outcome::Passed } else { Outcome::Failed };
        CaseResult {
            name: "probe".into(),
            outcome,
            reason: verdict.clone().err(),
            place: None,
            shots: self.shots,
            run: None,
            case: None,
            unsteady: None,
        }
    }
}

/// The numbers of `probe: 14 of 14`.
fn counts(line: &str) -> Option<(u32, u32)> {
    let (good, all) = line.strip_prefix("probe: ")?.split_once(" of ")?;
    Some((good.trim().parse().ok()?, all.trim().parse().ok()?))
}

fn export_probe(bundle: &Path) -> Result<u64> {
    let name = Path::new("probe.img");
    let medium = media::from_bytes(name, images::probe_hard_disk())?;
    let placed =
        prepare::Placed { bay: prepare::IDE[0], drive: prepare::Drive::HardDisk, medium: Some(medium) };
    let guest = prepare::Prepared {
        name: "relic probe".into(),
        config: Default::default(),
        drives: vec![placed],
        folder: None,
        files: Default::default(),
        engine: Default::default(),
    };
    export::export_xva(&guest, bundle, &export::BundleArgs::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_the_probe_is_understood() {
        assert_eq!(counts("probe: 13 of 14"), Some((13, 14)));
        assert_eq!(counts("probe: all fine"), None);
    }
}
