//! The controllers' quorum from within, where a recorded answer does not reach: who leads, in which epoch, with which log.
//!
//! Why: what brokers see is the same whoever leads, so a wrong election would show only as a rare lost decision.

use kafka_playground::kafka::controller::quorum::QuorumRole;
use kafka_playground::kafka::fact::Fact;
use kafka_playground::sim::NodeId;
use kafka_playground::world::World;
use kafka_playground::world::check::Checker;
use kafka_playground::world::command::Command;
use kafka_playground::world::trace::Entry;

struct Run {
    world: World,
    checker: Checker,
    facts: Vec<Entry>,
}

impl Run {
    fn new(seed: u64) -> Run {
        let mut run = Run { world: World::new(), checker: Checker::new(), facts: Vec::new() };
        run.give(&format!("cluster brokers=3 controllers=3 seed={seed} broker.session.timeout.ms=4000 broker.heartbeat.interval.ms=500"));
        run.give("topic t replicas=1,2,3");
        run
    }

    fn give(&mut self, line: &str) -> Vec<String> {
        let command = Command::parse_line(line).expect("a line").expect("a command");
        let id = self.world.apply(&command).unwrap_or_else(|e| panic!("{line}: {e}"));
        loop {
            let facts = self.world.drain_facts();
            self.checker.check(&self.world, &facts).unwrap_or_else(|v| panic!("{v}"));
            self.facts.extend(facts);
            if let Some(answer) = self.world.take_answer(id) {
                return answer;
            }
            assert!(self.world.step(), "nothing is due and `{line}` has no answer");
        }
    }

    fn active(&self) -> i32 {
        self.world.active_controller().expect("an active controller").id
    }

    fn epoch(&self) -> i32 {
        self.world.active_controller().expect("an active controller").quorum.epoch
    }

    fn others(&self) -> Vec<i32> {
        let active = self.active();
        self.world.controllers.keys().copied().filter(|id| *id != active).collect()
    }

    /// Lets time pass until somebody is active, and says how long that took, in milliseconds.
    fn until_active(&mut self) -> i64 {
        let began = self.world.now;
        while self.world.active_controller().is_none() {
            self.give("wait 10ms");
        }
        (self.world.now - began) / 1_000
    }

    fn assert_agreed(&mut self) {
        let ends: Vec<i64> = self.world.controllers.values().map(|c| c.log().end_offset()).collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
        let images: Vec<_> = self.world.controllers.values().map(|c| c.committed()).collect();
        assert!(images.iter().all(|image| *image == images[0]), "every voter says the same of the cluster");
        let epochs: Vec<i32> = self.world.controllers.values().map(|c| c.quorum.epoch).collect();
        assert!(epochs.iter().all(|epoch| *epoch == epochs[0]), "{epochs:?}");
    }
}

// A voter that was cut off for long comes back with no newer epoch than the others (pre-vote, KIP-996): it disturbs nobody.
#[test]
fn a_voter_that_comes_back_unseats_nobody() {
    for seed in 1..6 {
        let mut run = Run::new(seed);
        let (active, epoch) = (run.active(), run.epoch());
        let lonely = run.others()[0];
        for other in run.world.controllers.keys().copied().filter(|id| *id != lonely).collect::<Vec<_>>() {
            run.give(&format!("cut {lonely} {other}"));
        }
        run.give("wait 60s");
        assert_eq!(run.world.controllers.get(&lonely).map(|c| c.quorum.epoch), Some(epoch), "it may not elect itself");
        run.give("heal");
        run.give("wait 60s");
        assert_eq!((run.active(), run.epoch()), (active, epoch));
        run.assert_agreed();
    }
}

// What an isolated leader writes is never committed, so nobody may act on it, and it is gone when the leader hears of the next one.
#[test]
fn what_an_isolated_leader_decides_never_happens() {
    let mut dropped = 0;
    for seed in 1..9 {
        let mut run = Run::new(seed);
        let (zombie, epoch) = (run.active(), run.epoch());
        run.give(&format!("pause {zombie}"));
        run.give("wait 10s");
        assert!(run.active() != zombie && run.epoch() > epoch);
        run.give("kill 1");
        run.give("wait 10s");
        // It wakes up with its sessions run out and fences whom it can, before it hears of anyone else.
        run.give(&format!("resume {zombie}"));
        run.give("wait 10s");
        run.assert_agreed();
        assert_eq!(run.give("describe brokers"), ["1 fenced", "2 active", "3 active"]);
        dropped += run.facts.iter().filter(|e| matches!(e.fact, Fact::MetadataTruncated { .. })).count();
    }
    assert!(dropped > 0, "some zombie wrote something");
}

// A leader without a majority resigns by itself, so that brokers it still reaches go and look for another (check quorum).
#[test]
fn a_leader_without_followers_resigns() {
    let mut run = Run::new(3);
    let alone = run.active();
    for other in run.others() {
        run.give(&format!("cut {alone} {other}"));
    }
    run.give("wait 4s");
    let role = run.world.controllers.get(&alone).map(|c| c.quorum.role);
    assert!(role.is_some_and(|r| r != QuorumRole::Leader), "{role:?}");
    run.give("wait 4s");
    assert!(run.active() != alone);
    for broker in run.world.brokers.values() {
        assert_eq!(broker.quorum.leader, Some(run.active()), "broker {} follows the new one", broker.id);
    }
}

// A controller that stops says so, and one of the others takes over before any time-out: at once, or after half the back-off (EndQuorumEpoch).
#[test]
fn a_stopped_leader_is_replaced_soon() {
    for seed in 1..6 {
        let mut run = Run::new(seed);
        let (stopped, epoch) = (run.active(), run.epoch());
        run.give(&format!("stop {stopped}"));
        let took = run.until_active();
        assert!(took < 1_000, "{took} ms");
        assert!(run.epoch() > epoch);
        assert!(!run.world.is_up(NodeId(stopped)));
        let mut killed = Run::new(seed);
        killed.give(&format!("kill {}", killed.active()));
        let took = killed.until_active();
        assert!((1_000..8_000).contains(&took), "a killed one is missed after a fetch time-out: {took} ms");
    }
}

// Whoever decides has to know all that was decided: a voter that was away may vote but not win.
#[test]
fn a_voter_that_lags_is_not_elected() {
    let mut run = Run::new(4);
    let others = run.others();
    run.give(&format!("kill {}", others[0]));
    run.give("topic u replicas=1,2,3");
    run.give(&format!("kill {}", run.active()));
    run.give(&format!("start {}", others[0]));
    run.give("wait 20s");
    assert_eq!(run.active(), others[1]);
    assert_eq!(run.give("describe topic u"), ["u-0 leader=1 leaderEpoch=0 partitionEpoch=0 replicas=1,2,3 isr=1,2,3"]);
}

// A broker that starts where nobody decides does not wait for ever (`initial.broker.registration.timeout.ms`).
#[test]
fn a_broker_that_nobody_registers_gives_up() {
    let mut run = Run::new(2);
    for id in run.others() {
        run.give(&format!("kill {id}"));
    }
    run.give("kill 1");
    run.give("start 1");
    assert!(run.world.is_up(NodeId(1)));
    run.give("wait 45s");
    assert!(!run.world.is_up(NodeId(1)));
    assert!(run.facts.iter().any(|e| matches!(e.fact, Fact::RegistrationTimedOut { broker: 1 })));
}

// It is the one place where a person sees every node's part in the quorum.
#[test]
fn describe_quorum_tells_what_everybody_knows() {
    let mut run = Run::new(7);
    let (active, down) = (run.active(), run.others()[0]);
    run.give(&format!("kill {down}"));
    run.give("wait 2s");
    let lines = run.give("describe quorum");
    assert_eq!(lines.len(), 6);
    let (epoch, end) = (run.epoch(), run.world.controllers.get(&active).map_or(0, |c| c.log().end_offset()));
    assert!(lines.contains(&format!("{active} leader epoch={epoch} leader={active} end={end} hw={end}")), "{lines:?}");
    assert!(lines.iter().any(|l| l.starts_with(&format!("{down} [down] epoch={epoch} leader={active} "))), "{lines:?}");
    assert!(lines.contains(&format!("1 observer epoch={epoch} leader={active} end={end}")), "{lines:?}");
}
