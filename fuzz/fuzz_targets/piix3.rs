#![no_main]
relic_fuzz::target!("piix3");
