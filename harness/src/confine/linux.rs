//! Landlock and seccomp.
//!
//! The filter lists the calls that are refused, not those that pass: the calls that a C library makes change from one
//! version to the next, and a refused one that it needs would end a run that is in order.

use super::{Confined, Needs};
use landlock::{
    ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope,
};
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

/// The newest landlock whose rights are known here; an older kernel gives what it has.
const NEWEST: ABI = ABI::V6;

/// Calls that nothing here makes, once it runs: other programs, other processes, the kernel's own state.
const NEVER: &[i64] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_personality,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
    libc::SYS_capset,
];

/// Calls that only a command with a peer on the network makes.
const NETWORK: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
];

pub(super) fn confine(needs: &Needs) -> Confined {
    // Landlock first: its calls are not the filter's business, and both want `no_new_privs`.
    Confined { files: files(needs), calls: calls(needs) }
}

fn files(needs: &Needs) -> Result<(), String> {
    let status = restrict(needs).map_err(|error| error.to_string())?;
    match status {
        RulesetStatus::NotEnforced => Err("this kernel has none, or keeps it off".into()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}

fn restrict(needs: &Needs) -> Result<RulesetStatus, RulesetError> {
    // Commands to a device, such as a terminal or KVM, go to devices that were opened on purpose.
    let writing = AccessFs::from_write(NEWEST) & !AccessFs::IoctlDev;
    let mut ruleset =
        Ruleset::default().handle_access(writing | AccessFs::Execute)?.scope(Scope::from_all(NEWEST))?;
    if !needs.network {
        ruleset = ruleset.handle_access(AccessNet::from_all(NEWEST))?;
    }
    let mut rules = ruleset.create()?;
    for folder in needs.writable() {
        // What cannot be opened cannot be written to either.
        if let Ok(opened) = PathFd::new(&folder) {
            rules = rules.add_rule(PathBeneath::new(opened, writing))?;
        }
    }
    Ok(rules.restrict_self()?.ruleset)
}

fn calls(needs: &Needs) -> Result<(), String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|_| "not for this processor")?;
    let filter = filter(needs, arch).map_err(|error| error.to_string())?;
    seccompiler::apply_filter(&filter).map_err(|error| error.to_string())
}

fn filter(needs: &Needs, arch: TargetArch) -> Result<seccompiler::BpfProgram, seccompiler::BackendError> {
    let network: &[i64] = if needs.network { &[] } else { NETWORK };
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        NEVER.iter().chain(network).flat_map(|call| faces(*call)).map(|call| (call, Vec::new())).collect();
    // All code was there when the program began.
    let executable = libc::PROT_EXEC as u64;
    for call in [libc::SYS_mmap, libc::SYS_mprotect, libc::SYS_pkey_mprotect] {
        let asked = SeccompCmpOp::MaskedEq(executable);
        let condition = SeccompCondition::new(2, SeccompCmpArgLen::Dword, asked, executable)?;
        rules.insert(call, vec![SeccompRule::new(vec![condition])?]);
    }
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    SeccompFilter::new(rules, SeccompAction::Allow, refused, arch)?.try_into()
}

/// The numbers of a call: an x86-64 kernel may take it from programs of the x32 kind, too, by another.
fn faces(call: i64) -> Vec<i64> {
    if cfg!(not(target_arch = "x86_64")) {
        return vec![call];
    }
    let x32 = match call {
        libc::SYS_execve => 520,
        libc::SYS_ptrace => 521,
        libc::SYS_kexec_load => 528,
        libc::SYS_process_vm_readv => 539,
        libc::SYS_process_vm_writev => 540,
        libc::SYS_execveat => 545,
        same => same,
    };
    vec![call, X32 | x32]
}

/// The bit of an x32 program's calls.
const X32: i64 = 0x4000_0000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::{ErrorKind, Write as _};
    use std::net::TcpListener;
    use std::process::Command;

    /// Does something in a thread that was confined first.
    fn confined<T: Send + 'static>(needs: Needs, act: impl FnOnce(Confined) -> T + Send + 'static) -> T {
        std::thread::spawn(move || act(confine(&needs))).join().unwrap()
    }

    /// Whether this host's kernel has landlock, which some containers keep from their guests.
    fn has_landlock() -> bool {
        let there = super::super::look().files;
        if let Err(why) = &there {
            eprintln!("skipped: landlock: {why}");
        }
        there.is_ok()
    }

    #[test]
    fn files_are_written_in_the_folders_of_results_and_nowhere_else() {
        if !has_landlock() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let [inside, outside] = ["in", "out"].map(|name| folder.path().join(name));
        fs::create_dir(&inside).unwrap();
        fs::create_dir(&outside).unwrap();
        let old = outside.join("old");
        fs::write(&old, "old").unwrap();
        let needs = Needs::default().result(&inside.join("result"));
        confined(needs, move |_| {
            fs::write(inside.join("part"), "x").unwrap();
            fs::rename(inside.join("part"), inside.join("result")).unwrap();
            let refused = |error: std::io::Error| error.kind() == ErrorKind::PermissionDenied;
            assert!(fs::write(&old, "new").is_err_and(refused));
            assert!(fs::remove_file(&old).is_err_and(refused));
            assert!(fs::create_dir(outside.join("new")).is_err_and(refused));
            // Out of an open folder nothing is linked to where it may be written.
            assert!(fs::hard_link(&old, inside.join("link")).is_err());
            assert_eq!(fs::read_to_string(&old).unwrap(), "old");
        });
    }

    #[test]
    fn a_folder_that_is_not_made_yet_is_made_where_it_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        confined(Needs::default().folder(&deep), move |_| {
            fs::create_dir_all(&deep).unwrap();
            fs::write(deep.join("x"), "x").unwrap();
        });
    }

    #[test]
    fn no_program_is_run_and_no_peer_found_unless_asked_for() {
        let (program, alone) = confined(Needs::usual(), |_| {
            (Command::new("/bin/true").status(), TcpListener::bind("127.0.0.1:0"))
        });
        assert!(program.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied));
        assert!(alone.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied));
        confined(Needs::usual().network(true), |_| TcpListener::bind("127.0.0.1:0").map(drop)).unwrap();
    }

    #[test]
    fn threads_files_and_the_terminal_go_on() {
        confined(Needs::usual(), |_| {
            std::thread::spawn(|| fs::read_to_string("/proc/self/stat").unwrap()).join().unwrap();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&[1; 100_000]).unwrap();
            drop(vec![0u8; 64 << 20]);
            fs::write("/dev/null", "x").unwrap();
        });
    }

    #[test]
    fn a_kernel_without_landlock_is_told_of_and_the_rest_holds() {
        let held = std::thread::spawn(|| {
            let none = BTreeMap::from([(libc::SYS_landlock_create_ruleset, Vec::new())]);
            let absent = SeccompAction::Errno(libc::ENOSYS as u32);
            let arch = TargetArch::try_from(std::env::consts::ARCH).unwrap();
            let filter = SeccompFilter::new(none, SeccompAction::Allow, absent, arch).unwrap();
            let program: seccompiler::BpfProgram = filter.try_into().unwrap();
            seccompiler::apply_filter(&program).unwrap();
            confine(&Needs::usual())
        });
        let held = held.join().unwrap();
        assert_eq!(held.missing().unwrap(), "landlock: this kernel has none, or keeps it off");
        assert_eq!(held.calls, Ok(()));
    }
}
