#![no_main]
relic_fuzz::target!("debug-ports");
