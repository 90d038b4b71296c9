//! The probe passes from every medium, on every preset, and its pages look as they must.

use guest_images::probe::{self, CdBoot, PAGES, Place, ProbeOptions};
use hypervisor::{Input, Key, MachineConfig, Media, Model, Preset, VideoKind};
use relic_tests::pc::Pc;
use relic_tests::probe::{expect_pass, hurried};
use relic_tests::{goldens, media};

/// Gives the names of the pages that were skipped.
fn passes(machine: (MachineConfig, Media)) -> Vec<String> {
    let mut pc = Pc::start(machine);
    pc.wait_debug("probe: ", 60);
    let text = pc.debug_text();
    expect_pass(text.lines()).into_iter().map(str::to_owned).collect()
}

#[test]
fn probe_passes_from_a_floppy() {
    passes(media::with_floppy(probe::floppy_with(&hurried())));
}

#[test]
fn probe_passes_from_a_hard_disk() {
    passes(media::with_hard_disk(probe::hard_disk_with(&hurried()), None));
}

#[test]
fn probe_passes_from_a_disc_without_emulation() {
    passes(media::with_disc(probe::iso_with(CdBoot::NoEmulation, &hurried())));
}

#[test]
fn probe_passes_from_a_disc_that_emulates_a_floppy() {
    passes(media::with_disc(probe::iso_with(CdBoot::Floppy, &hurried())));
}

#[test]
fn probe_passes_from_a_disc_that_emulates_a_hard_disk() {
    passes(media::with_disc(probe::iso_with(CdBoot::HardDisk, &hurried())));
}

#[test]
fn probe_passes_on_plain_vga() {
    let (config, media) = media::with_floppy(probe::floppy_with(&hurried()));
    let skipped = passes((MachineConfig { video: VideoKind::Vga, ..config }, media));
    let needing = PAGES.iter().filter(|page| page.place.is_optional()).map(|page| page.name);
    assert_eq!(skipped, needing.collect::<Vec<_>>());
}

#[test]
fn probe_passes_on_the_cirrus_adapter() {
    let (config, media) = media::with_floppy(probe::floppy_with(&hurried()));
    let skipped = passes((MachineConfig { video: VideoKind::Cirrus, ..config }, media));
    let needing = PAGES.iter().filter(|page| !page.place.is_on_cirrus()).map(|page| page.name);
    assert_eq!(skipped, needing.collect::<Vec<_>>());
}

#[test]
fn probe_passes_on_the_isa_board_from_every_kind_of_medium() {
    let machines = [
        media::with_floppy(probe::floppy_with(&hurried())),
        media::with_hard_disk(probe::hard_disk_with(&hurried()), None),
        media::with_disc(probe::iso_with(CdBoot::NoEmulation, &hurried())),
    ];
    for (config, media) in machines {
        passes((MachineConfig { preset: Preset::Isa486, cpu: Model::I486, ..config }, media));
    }
}

#[test]
fn probe_passes_on_the_machine_of_a_xenserver() {
    let (config, media) = media::with_disc(probe::iso_with(CdBoot::NoEmulation, &hurried()));
    passes((MachineConfig { preset: Preset::XenServer, ..config }, media));
}

fn passes_on(cpu: Model) {
    let (config, media) = media::with_floppy(probe::floppy_with(&hurried()));
    passes((MachineConfig { cpu, ..config }, media));
}

#[test]
fn probe_passes_on_the_386() {
    passes_on(Model::I386);
}

#[test]
fn probe_passes_on_the_486() {
    passes_on(Model::I486);
}

#[test]
fn probe_passes_on_the_pentium_mmx() {
    passes_on(Model::PentiumMmx);
}

#[test]
fn probe_passes_on_the_pentium_2() {
    passes_on(Model::Pentium2);
}

#[test]
fn probe_passes_on_the_pentium_3() {
    passes_on(Model::Pentium3);
}

#[test]
fn probe_passes_on_the_pentium_4() {
    passes_on(Model::Pentium4);
}

#[test]
fn probe_passes_with_little_and_much_memory() {
    for ram in ["2M", "16M", "64M", "512M"] {
        let (config, media) = media::with_floppy(probe::floppy_with(&hurried()));
        passes((MachineConfig { ram: ram.parse().unwrap(), ..config }, media));
    }
}

/// Keys and a mouse, as the pages of the probe expect them.
fn used() -> ProbeOptions {
    ProbeOptions { keys: "Relic 95".into(), expect_mouse: true, ..ProbeOptions::default() }
}

/// Draws a trail, then clicks.
fn draw(pc: &mut Pc) {
    const MOVES: [(i32, i32); 6] = [(40, 0), (0, 16), (-90, 0), (0, -40), (30, 8), (60, 12)];
    for (dx, dy) in MOVES {
        pc.machine.inject(Input::Mouse { dx, dy, wheel: 0, buttons: 0 });
        pc.run(40_000_000);
    }
    for buttons in [1, 0] {
        pc.machine.inject(Input::Mouse { dx: 0, dy: 0, wheel: 0, buttons });
        pc.run(40_000_000);
    }
}

/// The page's golden picture: that of the case in `cases/probe`, but for pages that show the medium or what was typed and drawn.
fn golden(page: &str) -> String {
    match page {
        "disk" | "keyboard" | "mouse" | "summary" | "cirblt" | "circur" => format!("goldens/probe-{page}"),
        _ => format!("cases/probe/{page}"),
    }
}

/// Goes through all pages as a user would; `same` tells which must look like their golden pictures.
fn looks_right(machine: (MachineConfig, Media), same: impl Fn(&str) -> bool) {
    let there = match (machine.0.preset, machine.0.video) {
        (Preset::Isa486, _) => |place: Place| !place.is_optional(),
        (_, VideoKind::Cirrus) => Place::is_on_cirrus,
        _ => Place::is_on_std,
    };
    let mut pc = Pc::start(machine);
    for page in PAGES.iter().filter(|page| there(page.place)) {
        if page.name == "keyboard" {
            pc.wait_debug("ready: keyboard", 20);
            pc.type_text("Relic 95\n");
        }
        if page.name == "mouse" {
            pc.wait_debug("ready: mouse", 20);
            draw(&mut pc);
        }
        pc.wait_debug(&format!("page: {}", page.name), 20);
        if same(page.name) {
            let frame = pc.frame();
            let size = (u32::from(page.width), u32::from(page.height));
            assert_eq!((frame.width, frame.height), size, "{}", page.name);
            goldens::expect(&mut pc, &golden(page.name));
        }
        pc.machine.inject(Input::Key { key: Key::Space, down: true });
        pc.run(1_000_000);
        pc.machine.inject(Input::Key { key: Key::Space, down: false });
    }
    pc.wait_debug("probe: ", 20);
    expect_pass(pc.debug_text().lines());
}

#[test]
fn every_page_of_the_probe_looks_right() {
    looks_right(media::with_floppy(probe::floppy_with(&used())), |_| true);
}

/// Pages that must be the same on every machine and from every medium.
fn invariable(name: &str) -> bool {
    PAGES.iter().any(|page| page.name == name && page.place != Place::Varies)
}

#[test]
fn pages_from_a_disc_look_as_those_from_a_floppy() {
    looks_right(media::with_disc(probe::iso_with(CdBoot::NoEmulation, &used())), invariable);
}

#[test]
fn pages_on_the_isa_board_look_as_those_on_the_pci_board() {
    let (config, media) = media::with_floppy(probe::floppy_with(&used()));
    looks_right((MachineConfig { preset: Preset::Isa486, cpu: Model::I386, ..config }, media), invariable);
}

#[test]
fn pages_on_the_cirrus_adapter_look_as_those_on_std_and_its_own_look_right() {
    let (config, media) = media::with_floppy(probe::floppy_with(&used()));
    looks_right((MachineConfig { video: VideoKind::Cirrus, ..config }, media), invariable);
}
