#![no_main]
relic_fuzz::target!("local-apic");
