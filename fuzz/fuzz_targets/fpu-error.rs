#![no_main]
relic_fuzz::target!("fpu-error");
