//! A long run with every kind of fault, whose fingerprint is the same on every machine: the browser's and this one's are compared by it.

use super::runner;
use crate::world::World;
use crate::world::canon;

/// What [`golden_run`] gives. It changes with the rules and the canonical lines, and may never differ between two builds of one source.
pub const GOLDEN: u64 = 0xd2be_ea9b_1d7f_32bb;

/// The run's scenario.
pub const SCENARIO: &str = "\
cluster brokers=5 racks=a,b,c seed=20240101 broker.session.timeout.ms=3000 broker.heartbeat.interval.ms=500 replica.lag.time.max.ms=5000
topic orders partitions=6 replication=3 min.insync.replicas=2
topic clicks partitions=3 replication=2
producer safe request.timeout.ms=3000 delivery.timeout.ms=20000
producer quick acks=1 linger.ms=20 request.timeout.ms=3000 delivery.timeout.ms=20000
producer careless acks=0
consumer c1 topics=orders,clicks group=g auto.offset.reset=earliest session.timeout.ms=6000 heartbeat.interval.ms=1000
consumer c2 topics=orders,clicks group=g auto.offset.reset=earliest session.timeout.ms=6000 heartbeat.interval.ms=1000
consumer c3 assign=orders-0,clicks-1 auto.offset.reset=earliest
rate safe orders 40/s
rate quick clicks 60/s key=k
rate careless orders 15/s partition=2
wait 5s
kill 2
wait 8s
start 2
slow 1 3 latency=40ms jitter=20ms loss=1/20
wait 5s
cut 1 4
cut 5 -> 3
wait 9s
pause 3
wait 6s
heal
resume 3
wait 10s
consumer c4 topics=orders group=g partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor
wait 6s
freeze c2
stop 4
wait 9s
thaw c2
start 4
kill quick
partitions orders 8
config clicks min.insync.replicas=2
wait 6s
kill 3001
wait 5s
kill 5
wait 2s
start 3001
wait 6s
start 5
disk 2 latency=20ms
power-loss 1
wait 6s
start 1
lose-disk 3
wait 6s
start 3
wait 3s
elect preferred orders-0
close c1
rate safe off
rate careless off
wait 20s
read c3
describe topic orders
describe topic clicks
describe group g
";

/// The world at the end of the run, with all its facts; none if the run stopped before its end.
pub fn golden_world() -> Option<World> {
    let mut outcome = runner::run(SCENARIO);
    if outcome.stopped.is_some() {
        return None;
    }
    outcome.world.facts = outcome.facts;
    Some(outcome.world)
}

/// The run's fingerprint; 0 if the run stopped before its end.
pub fn golden_run() -> u64 {
    golden_world().map_or(0, |world| canon::fingerprint(&world))
}
