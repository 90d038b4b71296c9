#![no_main]
relic_fuzz::target!("serial-mouse");
