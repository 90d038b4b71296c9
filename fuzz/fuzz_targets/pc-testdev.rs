#![no_main]
relic_fuzz::target!("pc-testdev");
