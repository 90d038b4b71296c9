//! `relic run`: boots a guest, types, waits, and shows what came of it.

use crate::confine::Needs;
use crate::console::Console;
use crate::cpu_tests::CpuTestArgs;
use crate::device_trace::DeviceTraceArgs;
use crate::engine_args::{self, EngineArgs};
use crate::failure::{Exit, Failure, Result};
use crate::glyphs::file as font_file;
use crate::guest::{Machines, Stop};
use crate::guest_file::{GuestFile, MediumEntry};
use crate::kernel_args::KernelArgs;
use crate::keys::{self, KeyEvent};
use crate::live_args::{self, LiveArgs};
use crate::pointer::{self, Button, Dot, Pointer, Target};
use crate::prepare::{self, Drive, Prepared};
use crate::replay::LogArgs;
use crate::session::{Limits, Session};
use crate::snapshot_args::SnapshotArgs;
use crate::trace::Trace;
use crate::{gdb, output, overlay, picture, span};
use clap::{ArgMatches, Args, ValueEnum};
use hypervisor::Bytes;
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long a screen must be still after typing before it is looked at.
const SETTLED_NS: u64 = 500_000_000;

/// Guest time that a run takes at most when the command line says nothing.
const TIMEOUT_NS: u64 = 60_000_000_000;

/// Arguments of `relic run`.
#[derive(Args)]
pub(crate) struct RunArgs {
    /// A folder with guest.toml, a TOML file, an .iso or an image (also .gz); what it is is seen from its content
    guest: Option<PathBuf>,
    /// A disc for the CD-ROM drive
    #[arg(long, value_name = "FILE")]
    cdrom: Option<PathBuf>,
    /// A floppy for A:, and with the second one for B:
    #[arg(long, value_name = "FILE")]
    floppy: Vec<PathBuf>,
    /// A hard disk; may be given several times
    #[arg(long, value_name = "FILE")]
    disk: Vec<PathBuf>,
    /// RAM, such as 32M
    #[arg(long, value_name = "SIZE")]
    ram: Option<String>,
    /// 386, 486, pentium, pentium-mmx, pentium2, pentium3 or pentium4
    #[arg(long, value_name = "MODEL")]
    cpu: Option<String>,
    /// std, cirrus or vga
    #[arg(long, value_name = "ADAPTER")]
    vga: Option<String>,
    /// A mouse on a serial port, in place of the PS/2 mouse: com1 or com2, then perhaps :microsoft, :logitech or
    /// :mouse-systems
    #[arg(long, value_name = "PORT")]
    serial_mouse: Option<String>,
    /// pc, xenserver or isa-486
    #[arg(long, value_name = "BOARD")]
    preset: Option<String>,
    /// Boot order: floppy, disk, cdrom, with commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    boot: Vec<String>,
    /// What the clock shows at switch-on, such as 1995-01-01T00:00:00
    #[arg(long, value_name = "DATE")]
    rtc: Option<String>,
    /// A system BIOS instead of our own
    #[arg(long, value_name = "ROM")]
    bios: Option<PathBuf>,
    /// A VGA BIOS instead of our own
    #[arg(long, value_name = "ROM")]
    vga_bios: Option<PathBuf>,
    /// Run until the screen shows this; done in order with --type
    #[arg(long, value_name = "TEXT")]
    until_text: Vec<String>,
    /// Type this, as `dir<enter>` or `<ctrl-alt-del>`; done in order with --until-text
    #[arg(long = "type", value_name = "KEYS")]
    keys: Vec<String>,
    /// Bring the guest's pointer to this dot of the screen and click; done in order with --until-text and --type
    #[arg(long, value_name = "X,Y", value_parser = dot)]
    click: Vec<Dot>,
    /// Read text in graphics with this learnt font, too; may be given several times
    #[arg(long, value_name = "FILE")]
    font: Vec<PathBuf>,
    /// Guest time to run at most [default: 60s; with --gdb and --display terminal none]
    #[arg(long, value_name = "SPAN")]
    timeout: Option<String>,
    /// Host time to run at most
    #[arg(long, value_name = "SPAN")]
    host_limit: Option<String>,
    /// What the guest may write to its media at most; it is in the host's memory until the end [default: 4G]
    #[arg(long, value_name = "SIZE")]
    written_limit: Option<Bytes>,
    /// Write the last screen as a picture
    #[arg(long, value_name = "PNG")]
    screenshot: Option<PathBuf>,
    /// What to show [default: terminal, if input and output are one and nothing else is asked for; otherwise text,
    /// unless another result is asked for]
    #[arg(long, value_enum)]
    display: Option<Display>,
    /// Print what came from the debug ports
    #[arg(long)]
    debug_text: bool,
    /// Print digests of RAM, screen and disks
    #[arg(long)]
    digests: bool,
    /// Wait for GDB at HOST:PORT, or :PORT of this host, and let it lead the guest, after --until-text and --type;
    /// addresses are linear, `monitor help` lists more
    #[arg(long, value_name = "ADDR")]
    gdb: Option<String>,
    /// Write every executed instruction into a file
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    device_trace: DeviceTraceArgs,
    /// Keep what the guest wrote in the guest's folder
    #[arg(long)]
    keep: bool,
    /// Without what the guest wrote in earlier runs
    #[arg(long)]
    fresh: bool,
    /// The result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    live: LiveArgs,
    #[command(flatten)]
    snapshots: SnapshotArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    kernel: KernelArgs,
    #[command(flatten)]
    cpu_tests: CpuTestArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Display {
    /// Nothing
    None,
    /// The rows of the last text screen, or what is read in graphics
    Text,
    /// The guest live, with keyboard and mouse; Ctrl-] then q quits
    Terminal,
}

impl RunArgs {
    /// The files that are written.
    fn outputs(&self) -> impl Iterator<Item = &PathBuf> {
        let pictures = self.screenshot.iter().chain(self.live.outputs());
        let traces = self.trace.iter().chain(self.device_trace.outputs());
        pictures.chain(traces).chain(self.snapshots.outputs()).chain(self.log.outputs())
    }

    /// What a run needs beyond reading files.
    pub(crate) fn needs(&self) -> Needs {
        let kept = self.guest.as_deref().filter(|_| self.keep).and_then(prepare::folder_of);
        let folders = kept.into_iter().chain(self.log.folder());
        let results = self.outputs().chain(self.live.folder());
        let needs = Needs::usual().results(results).network(self.gdb.is_some());
        folders.fold(needs, |needs, folder| needs.folder(&folder))
    }
}

/// One thing to do, in the order of the command line.
pub(crate) enum Act {
    /// Runs until the screen shows this.
    Until(String),
    /// Runs until the POST card shows this.
    UntilPost(u8),
    /// Runs until the first serial port has sent this.
    UntilSerial(String),
    /// Types.
    Type(Vec<KeyEvent>),
    /// Sends to the first serial port.
    Send(String),
    /// Clicks.
    Click(Dot),
}

/// A dot as the command line has it.
fn dot(text: &str) -> Result<Dot, String> {
    let sides = text.split_once(',').map(|(x, y)| (x.trim().parse(), y.trim().parse()));
    match sides {
        Some((Ok(x), Ok(y))) => Ok(Dot { x, y }),
        _ => Err("a dot is two numbers, as `320,200`".into()),
    }
}

/// What to wait for, type and send, in the order in which it was given.
///
/// # Errors
/// Keys that do not exist.
pub(crate) fn script(matches: &ArgMatches) -> Result<Vec<Act>> {
    let of = |name: &str| -> Vec<(usize, String)> {
        let values = matches.get_many::<String>(name).into_iter().flatten().cloned();
        matches.indices_of(name).into_iter().flatten().zip(values).collect()
    };
    let mut acts: Vec<(usize, Act)> =
        of("until_text").into_iter().map(|(at, text)| (at, Act::Until(text))).collect();
    acts.extend(of("until_serial").into_iter().map(|(at, text)| (at, Act::UntilSerial(text))));
    acts.extend(of("send_serial").into_iter().map(|(at, text)| (at, Act::Send(text))));
    let empty = acts.iter().find_map(|(_, act)| match act {
        Act::Until(text) if text.is_empty() => Some("--until-text"),
        Act::UntilSerial(text) if text.is_empty() => Some("--until-serial"),
        _ => None,
    });
    if let Some(option) = empty {
        return Err(Failure::bad(format!("{option}: the text is empty")));
    }
    for (at, text) in of("keys") {
        let events = keys::parse(&text).map_err(|message| Failure::bad(format!("--type: {message}")))?;
        acts.push((at, Act::Type(events)));
    }
    let codes = matches.get_many::<u8>("until_post").into_iter().flatten().copied();
    let places = matches.indices_of("until_post").into_iter().flatten();
    acts.extend(places.zip(codes.map(Act::UntilPost)));
    let dots = matches.get_many::<Dot>("click").into_iter().flatten().copied();
    let places = matches.indices_of("click").into_iter().flatten();
    acts.extend(places.zip(dots.map(Act::Click)));
    acts.sort_by_key(|(at, _)| *at);
    Ok(acts.into_iter().map(|(_, act)| act).collect())
}

/// Runs a guest.
///
/// # Errors
/// Bad input, a guest that died, a limit before the awaited text.
pub(crate) fn run(args: &RunArgs, script: &[Act], machines: &dyn Machines, console: &Console) -> Result<()> {
    let guest = prepared(args)?;
    guest.check_bootable()?;
    if args.keep && guest.folder.is_none() {
        return Err(Failure::bad(
            "--keep: only a guest with a guest.toml has a folder to keep its writes in",
        ));
    }
    let fonts = args.font.iter().map(|path| font_file::load(path).map(Arc::new)).collect::<Result<_>>()?;
    engine_args::check(guest.engine, args.log.outputs().next().is_some())?;
    let display = display(args, script, console)?;
    let mut limits = limits(args, display)?;
    for path in args.outputs() {
        output::check(path, guest.inputs().chain(args.guest.as_deref()))?;
    }
    let mut machine = machines
        .power_on(&guest.config, guest.media())
        .map_err(|message| Failure::bad(format!("{}: {message}", guest.name)))?;
    let begun = args.snapshots.begin(&mut *machine, &guest)?;
    for path in args.outputs() {
        output::check(path, begun.files())?;
    }
    engine_args::begin(guest.engine, &mut *machine, console);
    limits.virtual_ns = limits.virtual_ns.saturating_add(machine.now().ns());
    let mut session = Session::new(machine, limits);
    session.set_fonts(fonts);
    args.kernel.listen(&mut session);
    if engine_args::shares(session.guest()).is_none() {
        args.log.begin(&mut session, &guest, args.snapshots.from())?;
    }
    if let Some(path) = &args.trace {
        session.set_trace(Trace::create(path)?)?;
    }
    args.device_trace.begin(&mut session, &guest, args.snapshots.from())?;
    args.live.begin(&mut session, &guest.name, display == Display::Terminal)?;
    let ended = watched(args, script, &mut session, console, (&guest.name, display));
    output::go_on();
    let recorded = session.end_recording();
    let recorded = recorded.and(session.end_log());
    let kept = aftermath(args, &guest, &mut session, display, console);
    let kept = kept.and(args.snapshots.write(session.guest(), &guest, &begun));
    ended.map_err(|failure| failure.within(&guest.name))?;
    recorded.and(kept)
}

/// Does what the command line says, with a sign of life on the terminal or the guest itself there.
fn watched(
    args: &RunArgs,
    script: &[Act],
    session: &mut Session,
    console: &Console,
    (name, display): (&str, Display),
) -> Result<()> {
    let spinner = (display != Display::Terminal).then(|| {
        let spinner = console.progress(0, &format!("{name} is running; Ctrl-C stops it"));
        spinner.enable_steady_tick(Duration::from_millis(200));
        spinner
    });
    let ended = follow(args.gdb.as_deref(), script, session, console).and(session.end_trace());
    session.close_display();
    spinner.inspect(ProgressBar::finish_and_clear);
    match ended {
        // Who leaves the display has what he wanted.
        Err(failure) if failure.exit == Exit::Expected => Ok(()),
        ended => ended,
    }
}

/// What is shown, and whether that is possible.
fn display(args: &RunArgs, script: &[Act], console: &Console) -> Result<Display> {
    let results = args.screenshot.is_some() || args.debug_text || args.digests || args.kernel.serial;
    let asked = results || args.json || args.gdb.is_some() || args.timeout.is_some() || !script.is_empty();
    let display = match args.display {
        Some(display) => display,
        None if results => Display::None,
        None if console.interactive && !asked => Display::Terminal,
        None => Display::Text,
    };
    if display == Display::Terminal {
        live_args::check_terminal(console)?;
        let busy = [("--gdb", args.gdb.is_some()), ("--serial", args.kernel.serial)];
        if let Some((option, _)) = busy.iter().find(|(_, given)| *given) {
            let message = format!("{option}: it needs the terminal that --display terminal draws on");
            return Err(Failure::bad(message));
        }
    }
    Ok(display)
}

fn limits(args: &RunArgs, display: Display) -> Result<Limits> {
    let parse = |what: &str, text: &str| span::parse(text).map_err(|e| Failure::bad(format!("{what}: {e}")));
    let host = args.host_limit.as_deref().map(|text| parse("--host-limit", text)).transpose()?;
    let virtual_ns = match (&args.timeout, &args.gdb) {
        (Some(text), _) => parse("--timeout", text)?,
        (None, None) if display != Display::Terminal => TIMEOUT_NS,
        (None, _) => u64::MAX,
    };
    let written = args.written_limit.map_or(Limits::default().written, |size| size.0);
    Ok(Limits { virtual_ns, host: host.map(Duration::from_nanos), written })
}

/// Does what the command line says. Without anything to wait for, the end of the time is no failure.
fn follow(gdb: Option<&str>, script: &[Act], session: &mut Session, console: &Console) -> Result<()> {
    let mut pointer = Pointer::default();
    for act in script {
        match act {
            Act::Until(text) => session.wait_text(text)?,
            Act::UntilPost(code) => session.wait_post(*code)?,
            Act::UntilSerial(text) => session.wait_serial(text)?,
            Act::Type(events) => session.type_keys(events)?,
            Act::Send(text) => session.send_serial(text),
            Act::Click(dot) => {
                pointer.click(session, Target { dot: *dot, within: 0 }, Button::Left, 1)?;
            }
        }
    }
    if let Some(address) = gdb {
        return gdb::serve(address, session, console);
    }
    // Before a display the guest runs on until the user leaves.
    match script.last().filter(|_| !session.is_live()) {
        Some(Act::Until(_) | Act::UntilPost(_) | Act::UntilSerial(_)) => Ok(()),
        Some(Act::Type(_) | Act::Send(_) | Act::Click(_)) => {
            unless_ended(session, |s| s.wait_still(SETTLED_NS))
        }
        None => unless_ended(session, |s| match end(s)? {
            Stop::Died(why) => Err(Failure::new(
                Exit::GuestDied,
                format!("the guest died after {}: {why}", span::show(s.now_ns())),
            )),
            Stop::Exited(status @ 1..) => {
                Err(Failure::new(Exit::Mismatch, format!("the guest exited with {status}")))
            }
            _ => Ok(()),
        }),
    }
}

/// Runs the guest to its end, under the user's hand where it is on a terminal.
fn end(session: &mut Session) -> Result<Stop> {
    if session.is_live() { pointer::live(session) } else { session.wait_end() }
}

fn unless_ended(session: &mut Session, wait: impl FnOnce(&mut Session) -> Result<()>) -> Result<()> {
    match wait(session) {
        Err(failure) if failure.exit == Exit::VirtualLimit => Ok(()),
        Err(_) if matches!(session.ended(), Some(Stop::PowerOff | Stop::Exited(0))) => Ok(()),
        other => other,
    }
}

fn aftermath(
    args: &RunArgs,
    guest: &Prepared,
    session: &mut Session,
    display: Display,
    console: &Console,
) -> Result<()> {
    let saved = match &args.screenshot {
        Some(path) => picture::save_named(&session.frame(), path),
        None => Ok(()),
    };
    let kept = if args.keep { keep(guest, session) } else { Ok(()) };
    show(args, session, display, console);
    if let Some(shares) = engine_args::shares(session.guest()) {
        console.complain(format!("engine kvm: {}", engine_args::told(&shares)));
    }
    args.cpu_tests.report(&guest.name, session, console);
    saved.and(kept)
}

fn show(args: &RunArgs, session: &mut Session, display: Display, console: &Console) {
    if args.json {
        return console.say(json(session).to_string());
    }
    if args.debug_text {
        console.say(session.debug_text().trim_end_matches('\n'));
    }
    if display == Display::Text {
        match session.text_lines() {
            Some(rows) => console.say(rows.join("\n").trim_end()),
            None => console.say(session.shown()),
        }
    }
    if args.digests {
        for (what, sum) in digests(session) {
            console.say(format!("{what} {sum}"));
        }
    }
}

fn keep(guest: &Prepared, session: &mut Session) -> Result<()> {
    let Some(folder) = &guest.folder else { return Ok(()) };
    for placed in guest.drives.iter().filter(|placed| placed.drive != Drive::Cdrom) {
        if let Some(disk) = session.guest().medium(placed.bay) {
            overlay::save(folder, placed.bay, disk)?;
        }
    }
    Ok(())
}

fn digests(session: &mut Session) -> Vec<(String, String)> {
    let guest = session.guest();
    let mark = crate::case::Mark { at: "end".into(), now: guest.now(), digests: guest.digests() };
    crate::suite::show_digests(&mark)
}

fn json(session: &mut Session) -> serde_json::Value {
    let digests: serde_json::Map<_, _> =
        digests(session).into_iter().map(|(what, sum)| (what, sum.into())).collect();
    let frame = session.frame();
    let ended = match session.ended() {
        Some(Stop::PowerOff) => "power-off",
        Some(Stop::Died(_)) => "died",
        Some(Stop::Exited(_)) => "exited",
        _ => "running",
    };
    let exit = match session.ended() {
        Some(Stop::Exited(status)) => Some(*status),
        _ => None,
    };
    let shares = engine_args::shares(session.guest());
    let notes: Vec<String> = session.guest().notes().iter().map(ToString::to_string).collect();
    serde_json::json!({
        "ended": ended,
        "exit": exit,
        "post_codes": session.post_codes(),
        "virtual_ns": session.now_ns(),
        "host_ms": session.host_time().as_millis() as u64,
        "instructions": session.guest().instructions(),
        "engines": shares.as_ref().map(engine_args::to_json),
        "screen": { "width": frame.width, "height": frame.height, "text": session.text_lines() },
        "debug_text": session.debug_text(),
        "serial_text": session.serial_text(),
        "notes": notes,
        "digests": digests,
    })
}

fn prepared(args: &RunArgs) -> Result<Prepared> {
    let (mut file, folder) = match &args.guest {
        Some(guest) => prepare::guest_named(guest)?,
        None if args.floppy.is_empty()
            && args.disk.is_empty()
            && args.cdrom.is_none()
            && args.kernel.kernel.is_none()
            && args.cpu_tests.rom.is_empty() =>
        {
            return Err(Failure::bad(
                "run: give it a guest, a medium with --floppy, --disk or --cdrom, a --kernel, or a ROM with --rom",
            ));
        }
        None => (GuestFile::default(), PathBuf::new()),
    };
    overrule(&mut file, args)?;
    let name = args.guest.as_deref().map_or("guest".into(), prepare::default_name);
    let mut guest = prepare::prepare(&file, &name, &folder)?;
    guest.folder = args.guest.as_deref().and_then(prepare::folder_of);
    if !args.fresh {
        overlay::apply(&mut guest)?;
    }
    Ok(guest)
}

/// What the command line says goes before what the guest's file says.
fn overrule(file: &mut GuestFile, args: &RunArgs) -> Result<()> {
    let machine = &mut file.machine;
    let text = |to: &mut Option<String>, from: &Option<String>| *to = from.clone().or(to.take());
    let rom = |to: &mut Option<PathBuf>, from: Option<&Path>| *to = from.map(prepare::written).or(to.take());
    text(&mut machine.ram, &args.ram);
    text(&mut machine.cpu, &args.cpu);
    text(&mut machine.video, &args.vga);
    text(&mut machine.serial_mouse, &args.serial_mouse);
    text(&mut machine.preset, &args.preset);
    text(&mut machine.rtc, &args.rtc);
    rom(&mut machine.bios, args.bios.as_deref());
    rom(&mut machine.vga_bios, args.vga_bios.as_deref());
    if !args.boot.is_empty() {
        machine.boot = Some(args.boot.clone());
    }
    args.engine.overrule(machine);
    args.kernel.overrule(machine);
    args.cpu_tests.overrule(machine);
    let entry = |path: &Path| MediumEntry::path(prepare::written(path));
    match args.floppy.as_slice() {
        [] => {}
        [a] => file.media.floppy = Some(entry(a)),
        [a, b] => (file.media.floppy, file.media.floppy_b) = (Some(entry(a)), Some(entry(b))),
        _ => return Err(Failure::bad("--floppy: a PC has two floppy drives, found more")),
    }
    file.media.disk.extend(args.disk.iter().map(|path| entry(path)));
    if let Some(path) = &args.cdrom {
        file.media.cdrom = Some(entry(path));
    }
    Ok(())
}
