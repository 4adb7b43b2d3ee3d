//! How fast the core is: events a second, seeks in a long history, the cost of a snapshot. A light harness: times and ratios, no statistics.
//!
//! `cargo bench --bench core` measures; `cargo bench --bench core -- instructions` counts instructions an event under valgrind, which no
//! other load of the machine disturbs.
#![allow(clippy::disallowed_methods, clippy::manual_checked_ops)] // a benchmark measures real time, and says nothing where there is nothing to compare

use kafka_playground::lab::Lab;
use kafka_playground::sim::EPOCH;
use kafka_playground::sim::rng::Rng;
use kafka_playground::world::World;
use kafka_playground::world::command::Command;
use std::time::{Duration, Instant};

/// A cluster under load.
struct Load {
    name: &'static str,
    scenario: String,
    /// How many events are measured.
    events: u64,
    /// What the budget demands, events a second; 0: nothing.
    least: u64,
}

fn loads() -> Vec<Load> {
    let clients = |n: i32, rate: u32| {
        let mut text = String::new();
        for i in 1..=n {
            text += &format!("producer p{i}\nconsumer c{i} topics=t group=g\nrate p{i} t {rate}/s key=a,b,c,d,e,f,g,h\n");
        }
        text
    };
    // Without groups there is no `__consumer_offsets`, whose 50 partitions every follower's fetch names.
    let plain = "producer p1\nproducer p2 acks=1\nconsumer c1 assign=t-0,t-1,t-2,t-3\nconsumer c2 assign=t-0,t-1\n\
                 rate p1 t 200/s key=a,b,c,d\nrate p2 t 200/s key=e,f,g,h\n";
    let scenario = |brokers: i32, partitions: i32, more: String| {
        format!("cluster brokers={brokers} seed=1\ntopic t partitions={partitions} replication=3\n{more}wait 10s\n")
    };
    vec![
        Load { name: "3 brokers, 4 partitions, load", scenario: scenario(3, 4, plain.into()), events: 1_000_000, least: 3_000_000 },
        Load { name: "the same with groups", scenario: scenario(3, 4, clients(2, 200)), events: 500_000, least: 0 },
        Load { name: "10 brokers, 50 partitions, load", scenario: scenario(10, 50, clients(5, 200)), events: 500_000, least: 0 },
        Load { name: "100 brokers, 1000 partitions, idle", scenario: scenario(100, 1_000, String::new()), events: 200_000, least: 0 },
        Load { name: "100 brokers, 1000 partitions, load", scenario: scenario(100, 1_000, clients(10, 500)), events: 200_000, least: 0 },
    ]
}

/// A world in which the scenario was done.
fn world(scenario: &str) -> World {
    let mut world = World::new();
    for line in scenario.lines() {
        let Ok(Some(command)) = Command::parse_line(line) else { panic!("cannot read {line}") };
        let Ok(id) = world.apply(&command) else { panic!("refused: {line}") };
        while world.take_answer(id).is_none() {
            world.facts.clear();
            assert!(world.step(), "an answer to {line}");
        }
    }
    world
}

fn run(world: &mut World, events: u64) {
    for _ in 0..events {
        world.step();
        world.facts.clear();
    }
}

fn per_second(count: u64, time: Duration) -> u64 {
    (u128::from(count) * 1_000_000_000 / time.as_nanos().max(1)) as u64
}

fn speed() {
    println!("{:<38} {:>12} {:>10}  {:>12}", "events", "a second", "each", "of budget");
    for load in loads() {
        let start = world(&load.scenario);
        // The best of three: what disturbs only ever slows.
        let best = (0..3).map(|_| {
            let mut world = start.clone();
            let began = Instant::now();
            run(&mut world, load.events);
            began.elapsed()
        });
        let time = best.min().unwrap_or_default();
        let rate = per_second(load.events, time);
        let ratio =
            if load.least == 0 { String::new() } else { format!("{}.{:02}", rate / load.least, rate % load.least * 100 / load.least) };
        println!("{:<38} {rate:>12} {:>7} ns  {ratio:>12}", load.name, time.as_nanos() / u128::from(load.events));
    }
}

fn percentile(times: &mut [Duration], part: usize) -> Duration {
    times.sort();
    times.get((times.len() * part / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn seeks() {
    const EVENTS: u64 = 1_000_000;
    let mut lab = Lab::new();
    for line in loads().first().map(|l| l.scenario.clone()).unwrap_or_default().lines() {
        let Ok(Some(command)) = Command::parse_line(line) else { continue };
        let Ok(id) = lab.apply(&command) else { panic!("refused: {line}") };
        while lab.take_answer(id).is_none() && lab.step() {}
    }
    let began = Instant::now();
    while lab.world().step < EVENTS {
        lab.step();
    }
    let lived = began.elapsed();
    let end = lab.end_at();
    println!("\n{EVENTS} events recorded in {} ms: {} a second", lived.as_millis(), per_second(EVENTS, lived));
    let mut rng = Rng::stream(1, "seeks");
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let at = EPOCH + rng.up_to(end - EPOCH);
            let began = Instant::now();
            lab.seek(at);
            began.elapsed()
        })
        .collect();
    println!("random seek: p50 {} µs, p99 {} µs", percentile(&mut times, 50).as_micros(), percentile(&mut times, 99).as_micros());
    let mut times: Vec<Duration> = (0..50)
        .map(|_| {
            let began = Instant::now();
            lab.step_back();
            began.elapsed()
        })
        .collect();
    println!("step back: p50 {} µs, p99 {} µs", percentile(&mut times, 50).as_micros(), percentile(&mut times, 99).as_micros());
}

/// Resident memory in KiB, where the system says so.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

fn snapshots() {
    println!();
    for load in loads() {
        let mut world = world(&load.scenario);
        run(&mut world, 50_000);
        const COPIES: u64 = 200;
        let before = resident_kib();
        let mut kept = Vec::new();
        let began = Instant::now();
        for _ in 0..COPIES {
            kept.push(world.clone());
        }
        let time = began.elapsed();
        let bytes = match (before, resident_kib()) {
            (Some(before), Some(after)) => format!("{} KiB", after.saturating_sub(before) / COPIES),
            _ => "unknown size".into(),
        };
        println!("snapshot of {:<38} {:>8} µs, {bytes}", load.name, time.as_micros() as u64 / COPIES);
    }
}

/// Runs itself twice under valgrind, and takes the difference: the set-up counts for nothing.
fn instructions() {
    const FEW: u64 = 20_000;
    const MANY: u64 = 120_000;
    for (index, load) in loads().iter().enumerate().take(2) {
        let count = |events: u64| -> Option<u64> {
            let this = std::env::current_exe().ok()?;
            let output = std::process::Command::new("valgrind")
                .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
                .arg(this)
                .args(["events", &index.to_string(), &events.to_string()])
                .output()
                .ok()?;
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let line = text.lines().find_map(|l| l.split_once("Collected : ").map(|(_, n)| n.trim().to_string()))?;
            line.parse().ok()
        };
        match (count(FEW), count(MANY)) {
            (Some(few), Some(many)) => println!("{:<38} {:>8} instructions an event", load.name, (many - few) / (MANY - FEW)),
            _ => return println!("valgrind is not here: no instructions counted"),
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        // Inside `cargo test` a benchmark only shows that it runs.
        [] if !std::env::args().any(|a| a == "--bench") => run(&mut world("cluster brokers=1\nwait 1s"), 100),
        [] => {
            speed();
            seeks();
            snapshots();
        }
        ["speed"] => speed(),
        ["seeks"] => seeks(),
        ["snapshots"] => snapshots(),
        ["instructions"] => instructions(),
        ["events", index, events] => {
            let (index, events) = (index.parse().unwrap_or(0), events.parse().unwrap_or(0));
            if let Some(load) = loads().get::<usize>(index) {
                run(&mut world(&load.scenario), events);
            }
        }
        found => println!("found {found:?}, expected speed, seeks, snapshots, instructions, or nothing for the first three"),
    }
}
