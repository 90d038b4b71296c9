//! A suite has the same results however it is run: each case from switch-on or from a machine that another one kept, one at
//! a time or two.

mod command;

use command::relic;
use relic_tests::media;
use serde_json::Value;
use std::path::Path;

/// What `relic test` tells of Electro Man and TopBench, which begin at the same prompt: pictures, digests, virtual time.
fn told(how: &[&str]) -> Vec<Value> {
    let suite = ["test", "tests/cases/dos", "--filter", "(electro-man|topbench).*std", "--json"];
    let timeless = |line: &str| {
        let mut json: Value = serde_json::from_str(line).unwrap();
        json.as_object_mut().unwrap().remove("host_ms");
        json
    };
    relic(&[&suite[..], how].concat()).lines().map(timeless).collect()
}

#[test]
fn a_suite_from_kept_machines_and_from_switch_on_one_and_two_at_a_time_is_the_same() {
    if media::path(media::HARD_DISK).is_none() {
        return;
    }
    std::env::set_current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    let booted = told(&["--from-boot", "--jobs", "2"]);
    assert_eq!(booted.len(), 3, "two cases and the end: {booted:?}");
    assert!(booted[..2].iter().all(|case| case["digests"].as_array().is_some_and(|all| !all.is_empty())));
    for jobs in ["1", "2"] {
        assert_eq!(booted, told(&["--jobs", jobs]), "{jobs} at a time");
    }
}
