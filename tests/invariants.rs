//! Storms: random commands and faults over many seeds, with every invariant watched after every step; then peace, and all must be well.
//!
//! Why: a person may break anything at any moment, and what they then see must be what Kafka would do, not what a forgotten case left.
//! A failure prints the scenario that replays it. `playground storm` storms longer.

use kafka_playground::kafka::replica::Replica;
use kafka_playground::lab::runner;
use kafka_playground::lab::storm::{self, Storm};
use kafka_playground::sim::NodeId;
use kafka_playground::sim::rng::Rng;
use kafka_playground::world::World;
use kafka_playground::world::command::Command;

/// How many seeds: a million steps and more.
const SEEDS: u64 = 40;

#[test]
fn storms_break_no_invariant_and_then_all_is_well() {
    let (mut steps, mut promised) = (0, 0);
    for seed in 0..SEEDS {
        let weathered = storm::weather(seed, storm::STEPS).unwrap_or_else(|why| panic!("{why}"));
        steps += weathered.steps;
        promised += weathered.promised;
    }
    println!("{steps} steps, {promised} acknowledgements that had to last");
    assert!(steps > 1_000_000 && promised > 100 * SEEDS as usize, "the storms must do something: {steps} steps, {promised}");
}

// The scenario a failure prints must replay the very run, or it is of no use.
#[test]
fn a_storms_scenario_replays_it() {
    let mut storm = Storm::new(5).unwrap_or_else(|e| panic!("{e}"));
    storm.storm(3_000).unwrap_or_else(|e| panic!("{e}"));
    let outcome = runner::run(&storm.script);
    assert_eq!(outcome.stopped, None);
    assert_eq!((outcome.world.step, outcome.world.now, outcome.world.stated()), (storm.world.step, storm.world.now, storm.world.stated()));
}

// A checker that never complains proves nothing: here is a world with a log that was tampered with.
#[test]
fn the_checker_sees_a_lost_record() {
    let mut storm = Storm::new(1).unwrap_or_else(|e| panic!("{e}"));
    storm.command("wait 5s").unwrap_or_else(|e| panic!("{e}"));
    let leads = |r: &&mut Replica| r.leader().is_some() && r.high_watermark > 0 && &*r.partition.topic == "t";
    let replica = storm.world.brokers.values_mut().flat_map(|b| b.replicas.values_mut()).find(leads);
    replica.expect("a leader that has committed something").log.truncate_to(0);
    let seen = (0..20).find_map(|_| storm.command("wait 1s").err());
    assert!(seen.is_some(), "a replica without its log must be seen");
}

// Anything may be pasted into the console.
#[test]
fn no_bytes_make_the_grammar_panic() {
    let mut rng = Rng::stream(1, "bytes");
    let words = "cluster brokers=3 topic t partitions=1 replicas=1,2/3 -> produce p1 t-0 key=\"a\\u0041\" 5/s 250ms 1/10 # ---- \u{ac00} \n \t = , / \" \\";
    let words: Vec<&str> = words.split(' ').collect();
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..rng.below(8) {
            match rng.below(3) {
                0 => text.push(char::from_u32(rng.below(0x500) as u32).unwrap_or('x')),
                1 => text.push_str(words[rng.below(words.len() as u64) as usize]),
                _ => {
                    text.push_str(words[rng.below(words.len() as u64) as usize]);
                    text.push(' ');
                }
            }
        }
        if let Ok(Some(command)) = Command::parse_line(&text) {
            assert_eq!(Command::parse_line(&command.to_string()), Ok(Some(command)), "{text:?}");
        }
        let _ = kafka_playground::world::script::Script::parse(&text);
    }
}

// Nor may any command in any order stop the world: what makes no sense is refused.
#[test]
fn no_command_makes_the_world_panic() {
    let nodes = ["1", "2", "3", "9", "3001", "3002", "p", "q", "c", "d", "zk", "nobody"];
    let topics = ["t", "u", "t-0", "t-7", "__consumer_offsets", "__consumer_offsets-0", "no such", "\u{ac00}"];
    for seed in 0..40 {
        let mut rng = Rng::stream(seed, "commands");
        let mut world = World::new();
        let profile = ["", " profile=3.9-zk", "", " profile=4.0 truncate=kip279", " profile=2.3-zk truncate=hw"][seed as usize % 5];
        let start = format!("cluster brokers={} seed={seed}{profile}", 1 + rng.below(3));
        world.apply(&Command::parse_line(&start).expect("reads").expect("a command")).expect("a cluster");
        for _ in 0..120 {
            let mut any = |of: &[&str]| of[rng.below(of.len() as u64) as usize].to_string();
            let (n, m, t, t2) = (any(&nodes), any(&nodes), any(&topics), any(&topics));
            let number = any(&["-1", "0", "1", "2", "3", "7", "1000"]);
            let line = match rng.below(40) {
                0 => format!("broker {number}"),
                1 => format!("unregister {n}"),
                2 | 3 => format!("topic {t} partitions={number} replication={}", 1 + rng.below(4)),
                4 => format!("topic {t} replicas=1,2/{n},{m}"),
                5 => format!("partitions {t} {number}"),
                6 => format!("config {t} min.insync.replicas={number}"),
                7 => format!("config {t} nonsense=1 retention.ms={number}"),
                8 => format!("delete {t}"),
                9 | 10 => format!("producer {n} acks={} linger.ms={number}", ["0", "1", "all"][rng.below(3) as usize]),
                11 | 12 => format!("produce {n} {t} value=x count={}", 1 + rng.below(4)),
                13 => format!("produce {n} {t} partition={number} key=k"),
                14 => format!("send {n} {t} value=x count={}", 1 + rng.below(200)),
                15 => format!("await {n}"),
                16 => format!("rate {n} {t} 50/s key=a,b,c"),
                17 => format!("rate {n} off"),
                18 | 19 => format!("consumer {n} topics={t},{t2} group=g"),
                20 => format!("consumer {n} assign={t} auto.offset.reset=earliest"),
                21 => format!("read {n}"),
                22 => format!("seek {n} {t} {number}"),
                23 => format!("commit {n}"),
                24 => format!("close {n}"),
                25 => format!("freeze {n}"),
                26 => format!("thaw {n}"),
                27 => format!("kill {n}"),
                28 => format!("stop {n}"),
                29 | 30 => format!("start {n}"),
                31 => format!("pause {n}"),
                32 => format!("resume {n}"),
                33 => format!("cut {n} {m}"),
                34 => format!("heal {n} {m}"),
                35 => format!("slow {n} {m} latency={number}s loss=1/2"),
                36 => format!("elect unclean {t}"),
                37 => format!("reassign {t} {n},{m}"),
                38 => format!("describe {} {t}", ["topic", "log", "group"][rng.below(3) as usize]),
                _ => "heal".into(),
            };
            if let Ok(Some(command)) = Command::parse_line(&line) {
                let _ = world.apply(&command);
            }
            for _ in 0..rng.below(200) {
                world.step();
            }
            world.drain_facts();
        }
        assert!(world.is_up(NodeId(3001)) || world.step > 0);
    }
}
