#![no_main]
relic_fuzz::target!("pic");
