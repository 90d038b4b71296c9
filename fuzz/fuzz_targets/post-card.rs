#![no_main]
relic_fuzz::target!("post-card");
