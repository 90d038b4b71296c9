#![no_main]
relic_fuzz::target!("i440fx");
