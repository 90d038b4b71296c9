//! The built program: it finds nothing, or the fault if there is one.

use std::process::{Command, Output};

fn search() -> (Option<i32>, String) {
    let Output { status, stdout, .. } =
        Command::new(env!("CARGO_BIN_EXE_own-chip")).arg("1").output().expect("it starts");
    (status.code(), String::from_utf8(stdout).expect("it says text"))
}

#[cfg(not(feature = "fault"))]
#[test]
fn a_sound_card_has_nothing_to_find() {
    assert_eq!(search(), (Some(0), "nothing found\n".to_owned()));
}

#[cfg(feature = "fault")]
#[test]
fn a_queue_that_overflows_is_found_with_the_writes_that_do_it() {
    let (code, said) = search();
    assert_eq!(code, Some(1));
    let script =
        said.strip_prefix("index out of bounds: the len is 8 but the index is 8\n# relic script 1\n");
    let writes: Vec<&str> = script.expect(&said).lines().collect();
    assert!(writes.len() <= 9 && writes.iter().all(|line| line.starts_with("out")), "{said}");
}
