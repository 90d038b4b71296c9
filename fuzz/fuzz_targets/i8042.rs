#![no_main]
relic_fuzz::target!("i8042");
