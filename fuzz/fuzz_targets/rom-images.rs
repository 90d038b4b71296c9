#![no_main]
relic_fuzz::target!("rom-images");
