//! Guests under KVM, with the software CPU where the host's KVM ends, come to the same screens as in the software CPU alone.
//!
//! Without a usable KVM a test is passed over by name, with what the host said; what its KVM lacks is reached by hand-over.

use guest_images::probe;
use hypervisor::{
    KvmCpuid, KvmError, KvmOptions, Machine, MachineConfig, Media, Model, Saved, Shares, Stop, Until,
};
use relic_tests::pc::Pc;
use relic_tests::probe::{expect_pass, hurried};
use relic_tests::{goldens, media};
use std::time::{Duration, Instant};

const PROMPT: &str = "A:\\>";

/// A machine with all that a host's CPUID may promise: some hosts show guests their own features, and these tests take that.
fn modern((config, media): (MachineConfig, Media)) -> (MachineConfig, Media) {
    (MachineConfig { cpu: Model::Pentium4, apic: true, ..config }, media)
}

fn dos() -> Option<(MachineConfig, Media)> {
    media::floppy("1.4MB").map(|image| modern(media::with_floppy(image)))
}

/// Passes a test over by name, with what the host's KVM said. Machines that test everything else may have none.
fn pass_over(why: &str) {
    eprintln!("skipped {}: {why}", std::thread::current().name().unwrap_or("a test"));
}

/// Goes on under KVM, where that can be.
fn on_kvm(machine: &mut Machine) -> bool {
    let options = KvmOptions { cpuid: KvmCpuid::Host, ..KvmOptions::default() };
    machine.run_on_kvm(&options).inspect_err(|why| pass_over(&why.to_string())).is_ok()
}

fn started(guest: (MachineConfig, Media)) -> Option<Pc> {
    let mut pc = Pc::start(guest);
    on_kvm(&mut pc.machine).then_some(pc)
}

/// Both engines had a share, and it is told.
fn shares(pc: &Pc) -> Shares {
    let shares = pc.machine.shares().expect("an engine of two");
    eprintln!("{:.1} % on the host's CPU: {shares:?}", shares.host_percent());
    assert!(shares.host_ns > 0 && shares.host_instructions() > 0, "{shares:?}");
    shares
}

/// What is seen when DOS has answered.
fn look_around(pc: &mut Pc) {
    pc.wait_prompt(PROMPT, 60);
    pc.command("ver", PROMPT);
    pc.command("dir", PROMPT);
    pc.command("type readme.txt", PROMPT);
    goldens::expect(pc, "goldens/floppy-1-4MB");
}

#[test]
fn dos_under_kvm_shows_the_screen_of_the_software_cpu() {
    let Some(mut pc) = dos().and_then(started) else { return };
    look_around(&mut pc);
    shares(&pc);
}

/// The probe's disc, to its verdict.
fn probe() -> (MachineConfig, Media) {
    modern(media::with_floppy(probe::floppy_with(&hurried())))
}

/// A slow KVM takes a minute for all of the probe: the software CPU helps it on, so that each has a part of every page.
#[test]
fn the_probe_disc_passes_under_kvm_and_ends_with_the_screen_of_the_software_cpu() {
    let Some(mut pc) = started(probe()) else { return };
    let verdict = |pc: &Pc| pc.debug_text().lines().any(|line| line.starts_with("probe: "));
    while !verdict(&pc) {
        assert!(pc.machine.now().ns() < 120_000_000_000, "{}", pc.scene());
        pc.run(100_000_000);
        shares(&pc);
        pc.machine.run_in_software();
        pc.run(30_000_000);
        assert!(on_kvm(&mut pc.machine));
    }
    expect_pass(pc.debug_text().lines());
    let mut alone = Pc::start(media::with_floppy(probe::floppy_with(&hurried())));
    alone.wait_debug("probe: ", 120);
    alone.run(200_000_000);
    pc.run(200_000_000);
    assert_eq!(pc.rows(), alone.rows());
    assert!(pc.machine.frame() == alone.machine.frame(), "the pictures are not the same");
}

#[test]
fn a_boot_that_changes_engines_at_ten_random_points_shows_the_same_screen() {
    let Some(guest) = dos() else { return };
    let mut pc = Pc::start(guest);
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..10 {
        if !on_kvm(&mut pc.machine) {
            return;
        }
        for software in [false, true] {
            if software {
                pc.machine.run_in_software();
            }
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            pc.run(1 + seed % 150_000_000);
        }
    }
    look_around(&mut pc);
}

#[test]
fn a_snapshot_made_under_kvm_goes_on_in_the_software_cpu_the_same_way_twice() {
    let Some(mut pc) = dos().and_then(started) else { return };
    pc.run(1_500_000_000);
    shares(&pc);
    let saved: Saved = pc.machine.save();
    let go_on = || {
        let mut pc = Pc::start(dos().expect("it was there"));
        pc.machine.restore(&saved).expect("a snapshot of this machine");
        look_around(&mut pc);
        pc.machine.digests()
    };
    assert_eq!(go_on(), go_on());
}

#[test]
fn a_snapshot_of_the_software_cpu_goes_on_under_kvm() {
    let (Some(guest), Some(same)) = (dos(), dos()) else { return };
    let mut before = Pc::start(guest);
    before.wait_prompt(PROMPT, 60);
    let mut pc = Pc::start(same);
    pc.machine.restore(&before.machine.save()).expect("a snapshot of this machine");
    if !on_kvm(&mut pc.machine) {
        return;
    }
    look_around(&mut pc);
    shares(&pc);
}

#[test]
fn a_host_without_the_device_is_told_in_one_line_and_the_guest_goes_on_in_the_software_cpu() {
    let mut pc = Pc::start(media::with_floppy(probe::floppy_with(&hurried())));
    let mut wrong = |device: &str| {
        let options = KvmOptions { device: device.into(), ..KvmOptions::default() };
        pc.machine.run_on_kvm(&options).unwrap_err().to_string()
    };
    let missing = wrong("/nowhere/kvm");
    assert!(missing.starts_with("/nowhere/kvm: there is no such device"), "{missing}");
    assert!(!missing.contains('\n'));
    assert!(wrong("/dev/null").starts_with("/dev/null: not KVM's interface"));
    assert_eq!(pc.machine.shares(), None);
    pc.wait_debug("probe: ", 60);
}

/// A machine with nothing in it.
fn bare(cpu: Model) -> Machine {
    Machine::new(&MachineConfig { cpu, ..MachineConfig::default() }, Media::default()).unwrap()
}

#[test]
fn a_cpu_without_cpuid_does_not_go_under_kvm() {
    assert_eq!(bare(Model::I386).run_on_kvm(&KvmOptions::default()), Err(KvmError::NoCpuid(Model::I386)));
}

#[test]
fn a_host_that_shows_its_own_cpuid_gets_no_guest_unless_that_is_taken_and_kept() {
    let mut machine = bare(Model::Pentium);
    match machine.run_on_kvm(&KvmOptions::default()) {
        Err(KvmError::ForeignCpuid { model: Model::Pentium, seen }) => {
            let taken = KvmOptions { cpuid: KvmCpuid::Host, ..KvmOptions::default() };
            let lacks = machine.cpu().lacks(seen);
            let said = machine.run_on_kvm(&taken).map_err(|why| why.to_string());
            assert_eq!(said.is_ok(), lacks.is_empty(), "{said:?}");
        }
        Ok(()) => pass_over("the host shows guests their preset's CPUID"),
        Err(why) => pass_over(&why.to_string()),
    }
}

/// A boot sector of these instructions.
fn sector(code: &[u8]) -> Vec<u8> {
    let mut image = vec![0; 1_474_560];
    image[..code.len()].copy_from_slice(code);
    image[510..512].copy_from_slice(&[0x55, 0xAA]);
    image
}

#[test]
fn a_guest_that_spins_with_interrupts_off_is_brought_out_in_time() {
    // cli / jmp $
    let Some(mut pc) = started(modern(media::with_floppy(sector(&[0xFA, 0xEB, 0xFE])))) else { return };
    pc.machine.run(Until::time(pc.machine.now() + 2_000_000_000));
    let before = Instant::now();
    pc.machine.run(Until::time(pc.machine.now() + 100_000_000));
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
}

#[test]
fn a_triple_fault_under_kvm_is_confirmed_by_the_software_cpu() {
    // cli / lidt [cs:7C20h], a table of no vectors / mov eax, cr0 / or al, 1 / mov cr0, eax / int 3 / jmp $
    let code = [
        0xFA, 0x2E, 0x0F, 0x01, 0x1E, 0x20, 0x7C, 0x0F, 0x20, 0xC0, 0x0C, 1, 0x0F, 0x22, 0xC0, 0xCC, 0xEB,
        0xFE,
    ];
    let Some(mut pc) = started(modern(media::with_floppy(sector(&code)))) else { return };
    let stop = pc.machine.run(Until::time(pc.machine.now() + 30_000_000_000));
    assert!(matches!(&stop, Stop::Died(why) if why.starts_with("triple fault")), "{stop:?}");
}
