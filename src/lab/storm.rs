//! Storms: random commands and faults, with every invariant watched after every step; then peace, and all must be well.
//!
//! Why here and not in a test alone: anybody can storm longer than a test does, with `playground storm`.

use crate::kafka::registration::PartitionRegistration;
use crate::sim::rng::Rng;
use crate::sim::{NodeId, SECOND};
use crate::world::World;
use crate::world::check::Checker;
use crate::world::command::Command;

/// How many steps of faults a storm lasts, unless told.
pub const STEPS: u64 = 8_000;

/// A world in a storm, with its checker and the scenario of all commands so far.
pub struct Storm {
    /// The world.
    pub world: World,
    /// Who watches it.
    pub checker: Checker,
    rng: Rng,
    /// Every command it was given: the scenario that replays it.
    pub script: String,
    brokers: i32,
    controllers: i32,
    /// ZooKeeper stands where the quorum does.
    zookeeper: bool,
    /// Unclean elections and a `min.insync.replicas` of 1 are allowed.
    reckless: bool,
    clients: u32,
}

impl Storm {
    /// The cluster of a seed, its clients at work, before any fault.
    ///
    /// # Errors
    /// A line of the set-up that is refused, which no seed should have.
    pub fn new(seed: u64) -> Result<Storm, String> {
        let mut rng = Rng::stream(seed, "storm");
        let brokers = 3 + rng.below(3) as i32;
        let reckless = seed % 4 == 3;
        let zookeeper = seed % 5 == 4;
        let controllers = if zookeeper {
            0
        } else if seed % 2 == 1 {
            3
        } else {
            1
        };
        let script = String::new();
        let mut storm =
            Storm { world: World::new(), checker: Checker::new(), rng, script, brokers, controllers, zookeeper, reckless, clients: 0 };
        let times = "broker.session.timeout.ms=3000 broker.heartbeat.interval.ms=500 replica.lag.time.max.ms=3000 \
                     transaction.state.log.replication.factor=1 log.dirs=a,b";
        let u = if reckless { "min.insync.replicas=1 unclean.leader.election.enable=true" } else { "min.insync.replicas=2" };
        let client = "request.timeout.ms=2000 delivery.timeout.ms=8000";
        for line in [
            if zookeeper {
                format!(
                    "cluster brokers={brokers} profile=3.9-zk zookeeper.session.timeout.ms=3000 replica.lag.time.max.ms=3000 seed={seed}"
                )
            } else {
                format!("cluster brokers={brokers} controllers={controllers} seed={seed} {times}")
            },
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
            storm.command(&line)?;
        }
        Ok(storm)
    }

    /// Gives a command and lets time run to its answer, as the runner of scenarios does; a refused one is left out.
    ///
    /// # Errors
    /// An invariant that broke, or a command that got no answer.
    pub fn command(&mut self, line: &str) -> Result<(), String> {
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

    /// A broker, now and then a controller: of three more often.
    fn node(&mut self) -> String {
        let n = self.controllers as u64;
        if self.zookeeper && self.rng.ratio(1, 12) {
            "zk".into()
        } else if self.rng.ratio(n, 7 + n) {
            (3001 + self.below(n)).to_string()
        } else {
            self.broker().to_string()
        }
    }

    fn voters(&self) -> std::ops::Range<i32> {
        3001..3001 + self.controllers
    }

    /// What decides: the controllers, or ZooKeeper.
    fn deciders(&self) -> Vec<String> {
        if self.zookeeper { vec!["zk".into()] } else { self.voters().map(|id| id.to_string()).collect() }
    }

    fn fault(&mut self) -> String {
        let (a, b) = (self.node(), self.node());
        match self.below(25) {
            0 | 1 => format!("kill {a}"),
            // Without eligible leader replicas the last one in sync leads again, whatever it has lost.
            2 if self.zookeeper => format!("kill {a}"),
            2 => match self.below(4) {
                0 => format!("power-loss {a}"),
                1 => format!("lose-disk {a}"),
                2 => format!("disk {} latency={}ms", self.broker(), self.below(200)),
                _ => format!("lose-dir {} {}", self.broker(), ["a", "b"][self.below(2) as usize]),
            },
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
                    let from = self.below(30);
                    let [x, y, z] = [0, 1, 2].map(|i| (from + i) % n + 1);
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
        self.voters().chain(1..=self.brokers).all(runs)
            && self.world.network.changed_links().all(|(_, link)| !link.cut)
            && self.world.metadata().is_some_and(|image| image.topics.values().all(|t| t.partitions.iter().all(|r| in_sync(r))))
    }

    /// Faults, one after another, while records flow.
    ///
    /// # Errors
    /// An invariant that broke.
    pub fn storm(&mut self, steps: u64) -> Result<(), String> {
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
    ///
    /// # Errors
    /// What is not well.
    pub fn settle(&mut self) -> Result<(), String> {
        self.command("heal")?;
        let mut nodes = self.deciders();
        nodes.extend((1..=self.brokers).map(|id| id.to_string()));
        for node in &nodes {
            self.command(&format!("resume {node}"))?;
            self.command(&format!("start {node}"))?;
            if self.zookeeper {
                // A broker does not come up before its former session is over.
                self.command("wait 6s")?;
            }
        }
        for (at, node) in nodes.iter().enumerate() {
            for other in &nodes[..at] {
                self.command(&format!("slow {node} {other} latency=2ms jitter=1ms"))?;
            }
        }
        for node in 1..=self.brokers {
            // A log directory that failed is back, empty, when its broker starts again.
            let failed = self.world.brokers.get(&node).is_some_and(|b| b.disk.directories.iter().any(|d| !d.online));
            if failed {
                self.command(&format!("stop {node}"))?;
                self.command(&format!("start {node}"))?;
            }
            self.command(&format!("disk {node} latency=0ms"))?;
        }
        for line in ["rate all off", "rate one off", "rate zero off", "thaw c2", "wait 60s"] {
            self.command(line)?;
        }
        // Whom no controller had registered for a minute has given up meanwhile.
        for node in &nodes {
            self.command(&format!("start {node}"))?;
        }
        self.command("wait 60s")?;
        // Whoever commits offsets now and then would have a record on its way at any instant.
        let consumers: Vec<_> = self.world.consumers.values().map(|c| c.name.clone()).collect();
        for name in consumers {
            self.command(&format!("kill {name}"))?;
        }
        self.command("wait 20s")?;
        self.checker.check_settled(&self.world).map_err(|v| v.to_string())
    }
}

/// What a storm came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weathered {
    /// Steps done and watched.
    pub steps: u64,
    /// Acknowledged records that had to last, and did.
    pub promised: usize,
}

/// Storms one seed, for so many steps of faults, and lets it settle.
///
/// # Errors
/// What broke, with the scenario that replays it.
pub fn weather(seed: u64, steps: u64) -> Result<Weathered, String> {
    let mut storm = Storm::new(seed)?;
    if let Err(why) = storm.storm(steps).and_then(|()| storm.settle()) {
        return Err(format!("seed {seed}: {why}\nThe scenario that replays it:\n{}", storm.script));
    }
    Ok(Weathered { steps: storm.world.step, promised: storm.checker.promised() })
}
