//! Storms: random commands and faults over many seeds, with every invariant watched after every step; then peace, and all must be well.
//!
//! Why: a person may break anything at any moment, and what they then see must be what Kafka would do, not what a forgotten case left.
//! A failure prints the scenario that replays it. `STORM_SEEDS=1000` storms longer; `STORM_SEED=7` storms one seed.

use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::kafka::registration::PartitionRegistration;
use kafka_playground::lab::runner;
use kafka_playground::sim::rng::Rng;
use kafka_playground::sim::{NodeId, SECOND};
use kafka_playground::world::World;
use kafka_playground::world::check::Checker;
use kafka_playground::world::command::Command;

/// How many seeds, and how many steps of faults for each.
const SEEDS: u64 = 24;
const STEPS: u64 = 8_000;

struct Storm {
    world: World,
    checker: Checker,
    rng: Rng,
    script: String,
    brokers: i32,
    /// Unclean elections and a `min.insync.replicas` of 1 are allowed.
    reckless: bool,
    clients: u32,
}

impl Storm {
    fn new(seed: u64) -> Storm {
        let mut rng = Rng::stream(seed, "storm");
        let brokers = 3 + rng.below(3) as i32;
        let reckless = seed % 4 == 3;
        let mut storm = Storm { world: World::new(), checker: Checker::new(), rng, script: String::new(), brokers, reckless, clients: 0 };
        let times = "broker.session.timeout.ms=3000 broker.heartbeat.interval.ms=500 replica.lag.time.max.ms=3000 \
                     transaction.state.log.replication.factor=1";
        let u = if reckless { "min.insync.replicas=1 unclean.leader.election.enable=true" } else { "min.insync.replicas=2" };
        let client = "request.timeout.ms=2000 delivery.timeout.ms=8000";
        for line in [
            format!("cluster brokers={brokers} seed={seed} {times}"),
            "topic t partitions=3 replication=3 min.insync.replicas=2".into(),
            format!("topic u partitions=2 replication={} {u}", 2 + seed % 2),
            format!("producer all {client}"),
            format!("producer one acks=1 {client}"),
            format!("producer zero acks=0 {client}"),
            "consumer c1 topics=t,u group=g auto.offset.reset=earliest session.timeout.ms=6000 heartbeat.interval.ms=1000".into(),
            "consumer c2 topics=t group=g session.timeout.ms=6000 heartbeat.interval.ms=1000".into(),
            "rate all t 12/s".into(),
            "rate one u 8/s".into(),
            "rate zero t 2/s".into(),
        ] {
            storm.command(&line).unwrap_or_else(|e| panic!("{e}"));
        }
        storm
    }

    /// Gives a command and lets time run to its answer, as the runner of scenarios does; a refused one is left out.
    fn command(&mut self, line: &str) -> Result<(), String> {
        let command = Command::parse_line(line).map_err(|e| format!("{line}: {e}"))?.ok_or("no command")?;
        let Ok(id) = self.world.apply(&command) else { return Ok(()) };
        self.script += line;
        self.script.push('\n');
        let started = self.world.now;
        loop {
            let facts = self.world.drain_facts();
            self.checker.check(&self.world, &facts).map_err(|v| v.to_string())?;
            if self.world.take_answer(id).is_some() {
                return Ok(());
            }
            if self.world.now - started > 600 * SECOND {
                return Err(format!("no answer to `{line}`"));
            }
            self.world.step();
        }
    }

    fn below(&mut self, n: u64) -> i32 {
        self.rng.below(n) as i32
    }

    fn broker(&mut self) -> i32 {
        let n = self.brokers as u64;
        1 + self.below(n)
    }

    /// A broker, now and then the controller.
    fn node(&mut self) -> i32 {
        if self.rng.ratio(1, 8) { 3001 } else { self.broker() }
    }

    fn fault(&mut self) -> String {
        let (a, b) = (self.node(), self.node());
        match self.below(25) {
            0..=2 => format!("kill {a}"),
            3 => format!("stop {a}"),
            4..=7 => format!("start {a}"),
            8 | 9 => format!("pause {a}"),
            10..=12 => format!("resume {a}"),
            13 if a != b => format!("cut {a} {b}"),
            14 if a != b => format!("cut {a} -> {b}"),
            15 => format!("cut {} {}", ["all", "one", "c1", "zero"][self.below(4) as usize], self.broker()),
            16 | 17 => "heal".into(),
            18 if a != b => format!("slow {a} {b} latency={}ms jitter=20ms loss=1/10", 1 + self.below(300)),
            19 => {
                let p = self.below(3);
                let unclean = self.reckless && self.rng.ratio(1, 3);
                format!("elect {} t-{p}", if unclean { "unclean" } else { "preferred" })
            }
            // A change of `min.insync.replicas` clears the ELR: with an ISR that then empties, no clean election would be left (`controller-elr-cleared`).
            20 if self.is_whole() => {
                let n = if self.reckless { 1 + self.below(3) } else { 2 + self.below(2) };
                format!("config t min.insync.replicas={n}")
            }
            21 => match self.below(6) {
                2 => {
                    let (n, k) = (self.brokers, self.below(3));
                    let [x, y, z] = [0, 1, 2].map(|i| (a + b + i) % n + 1);
                    format!("reassign t-{k} {x},{y},{z}")
                }
                3 => format!("reassign cancel t-{}", self.below(3)),
                0 => "topic more partitions=2 replication=3 min.insync.replicas=2".into(),
                1 => "partitions t 4".into(),
                _ => format!("send all {} count=20", ["t", "u"][self.below(2) as usize]),
            },
            22 => {
                self.clients += 1;
                format!("consumer d{} topics=t group=g session.timeout.ms=6000 heartbeat.interval.ms=1000", self.clients)
            }
            23 => match self.below(5) {
                0 => "freeze c2".into(),
                1 => "thaw c2".into(),
                2 => format!("close d{}", self.clients),
                3 => format!("kill d{}", self.clients),
                _ => "read c1".into(),
            },
            24 => format!("send {} t value=x count={}", ["all", "one", "zero"][self.below(3) as usize], 1 + self.below(30)),
            _ => format!("kill {a}"),
        }
    }

    fn is_whole(&self) -> bool {
        let runs = |id: i32| self.world.is_up(NodeId(id)) && !self.world.is_frozen(NodeId(id));
        let in_sync = |r: &PartitionRegistration| r.isr.len() == r.replicas.len();
        [3001].into_iter().chain(1..=self.brokers).all(runs)
            && self.world.network.changed_links().all(|(_, link)| !link.cut)
            && self.world.metadata().is_some_and(|image| image.topics.values().all(|t| t.partitions.iter().all(|r| in_sync(r))))
    }

    /// Faults, one after another, while records flow.
    fn storm(&mut self, steps: u64) -> Result<(), String> {
        while self.world.step < steps {
            let fault = self.fault();
            self.command(&fault)?;
            let pause = match self.below(4) {
                0 => 1 + self.below(20),
                1 => self.below(500),
                2 => self.below(3_000),
                _ => self.below(8_000),
            };
            self.command(&format!("wait {pause}ms"))?;
        }
        Ok(())
    }

    /// Ends every fault, lets the world settle, and demands that all is well.
    fn settle(&mut self) -> Result<(), String> {
        self.command("heal")?;
        let nodes: Vec<i32> = [3001].into_iter().chain(1..=self.brokers).collect();
        for node in nodes {
            self.command(&format!("resume {node}"))?;
            self.command(&format!("start {node}"))?;
        }
        for node in 1..=self.brokers {
            for other in 1..node {
                self.command(&format!("slow {node} {other} latency=2ms jitter=1ms"))?;
            }
            self.command(&format!("slow {node} 3001 latency=2ms jitter=1ms"))?;
        }
        for line in ["rate all off", "rate one off", "rate zero off", "thaw c2", "wait 90s"] {
            self.command(line)?;
        }
        // Whoever commits offsets now and then would have a record on its way at any instant.
        let consumers: Vec<_> = self.world.consumers.values().map(|c| c.name.clone()).collect();
        for name in consumers {
            self.command(&format!("kill {name}"))?;
        }
        self.command("wait 20s")?;
        self.checker.check_settled(&self.world).map_err(|v| v.to_string())
    }
}

/// Storms one seed; how many steps it took and how many acknowledgements had to last.
fn storm(seed: u64, steps: u64) -> (u64, usize) {
    let mut storm = Storm::new(seed);
    if let Err(why) = storm.storm(steps).and_then(|()| storm.settle()) {
        panic!("seed {seed}: {why}\nThe scenario that replays it:\n{}", storm.script);
    }
    (storm.world.step, storm.checker.promised())
}

#[test]
fn storms_break_no_invariant_and_then_all_is_well() {
    if let Some(seed) = std::env::var("STORM_SEED").ok().and_then(|s| s.parse().ok()) {
        storm(seed, STEPS);
        return;
    }
    let seeds = std::env::var("STORM_SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(SEEDS);
    let (mut steps, mut promised) = (0, 0);
    for seed in 0..seeds {
        let (s, p) = storm(seed, STEPS);
        steps += s;
        promised += p;
    }
    println!("{steps} steps, {promised} acknowledgements that had to last");
    assert!(steps > 8_000 * seeds && promised > 100 * seeds as usize, "the storms must do something: {steps} steps, {promised}");
}

// The scenario a failure prints must replay the very run, or it is of no use.
#[test]
fn a_storms_scenario_replays_it() {
    let mut storm = Storm::new(5);
    storm.storm(3_000).unwrap_or_else(|e| panic!("{e}"));
    let outcome = runner::run(&storm.script);
    assert_eq!(outcome.stopped, None);
    assert_eq!((outcome.world.step, outcome.world.now, outcome.world.stated()), (storm.world.step, storm.world.now, storm.world.stated()));
}

// A checker that never complains proves nothing: here is a world with a log that was tampered with.
#[test]
fn the_checker_sees_a_lost_record() {
    let mut storm = Storm::new(1);
    storm.command("wait 5s").unwrap_or_else(|e| panic!("{e}"));
    let partition = TopicPartition::new(&"t".into(), 0);
    let broker = storm.world.brokers.get_mut(&1).expect("broker 1");
    broker.replicas.get_mut(&partition).expect("a replica of t-0").log.truncate_to(0);
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
        let start = format!("cluster brokers={} seed={seed}", 1 + rng.below(3));
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
