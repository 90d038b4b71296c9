#![no_main]
relic_fuzz::target!("port92");
