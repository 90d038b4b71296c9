#![no_main]
relic_fuzz::target!("piix4-pm");
