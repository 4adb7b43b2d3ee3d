//! "What if": what the table says would become of the partitions.
//!
//! Why: somebody decides by this table whether a broker may be taken down. Each row must be what the run itself comes to when it is done,
//! and the table must tell apart what is lost, what is away and what is only thin.

use kafka_playground::lab::Lab;
use kafka_playground::lab::survive::{Acknowledged, Blow, Survey};
use kafka_playground::scene::memory::Memory;
use kafka_playground::sim::SECOND;
use kafka_playground::world::command::Command;
use std::rc::Rc;

fn lived(lines: &[&str]) -> (Lab, Rc<Acknowledged>) {
    let mut lab = Lab::new();
    for line in lines {
        let command = Command::parse_line(line).expect("reads").expect("a command");
        let id = lab.apply(&command).unwrap_or_else(|e| panic!("{line}: {e}"));
        while lab.take_answer(id).is_none() {
            assert!(lab.step(), "an answer to {line}");
        }
    }
    let mut memory = Memory::default();
    memory.follow(lab.all_facts(), lab.happened(), lab.forgotten());
    (lab, Rc::new(memory.acknowledged_tails()))
}

/// (brokers, counts) of each row.
fn table(lab: &Lab, acknowledged: &Rc<Acknowledged>, blow: Blow) -> Vec<(Vec<i32>, [usize; 3])> {
    let mut survey = Survey::new(Rc::new(lab.world().clone()), acknowledged.clone(), blow);
    while survey.work(1_000) {}
    assert!(survey.is_done());
    survey.rows.iter().map(|row| (row.brokers.clone(), row.counts().expect("counted"))).collect()
}

const SAFE: &[&str] = &[
    "cluster brokers=3 seed=1 broker.session.timeout.ms=3000 broker.heartbeat.interval.ms=500",
    "topic safe replicas=1,2,3 min.insync.replicas=2",
    "topic alone replicas=1",
    "producer p",
    "produce p safe value=a count=3",
    "produce p alone value=b",
];

#[test]
fn what_is_replicated_survives_a_crash_and_what_is_alone_does_not() {
    let (lab, acknowledged) = lived(SAFE);
    let of = |brokers: &[i32], blow| table(&lab, &acknowledged, blow).into_iter().find(|(b, _)| b == brokers).expect("a row").1;
    // A crash keeps the disk: `alone` is away with broker 1, its record is not gone.
    assert_eq!(of(&[1], Blow::Crash), [0, 1, 0]);
    assert_eq!(of(&[2], Blow::Crash), [0, 0, 0]);
    assert_eq!(of(&[2, 3], Blow::Crash), [0, 0, 1]);
    assert_eq!(of(&[1, 2], Blow::Crash), [0, 1, 1]);
    // Nothing was flushed yet: with the power goes what only broker 1 had.
    assert_eq!(of(&[1], Blow::PowerLoss), [1, 1, 0]);
    assert_eq!(of(&[1], Blow::DiskLost), [1, 1, 0]);
    assert_eq!(of(&[2, 3], Blow::DiskLost), [0, 0, 1]);
}

#[test]
fn an_acknowledged_tail_that_no_follower_has_is_at_stake() {
    // acks=1 and followers that cannot fetch: the election will cut off what the leader acknowledged.
    let (lab, acknowledged) = lived(&[
        "cluster brokers=3 seed=1 broker.session.timeout.ms=3000 broker.heartbeat.interval.ms=500",
        "topic t replicas=1,2,3",
        "producer p acks=1",
        "produce p t value=a",
        "wait 1s",
        "cut 1 2",
        "cut 1 3",
        "produce p t value=b",
    ]);
    let crash = table(&lab, &acknowledged, Blow::Crash);
    assert_eq!(crash.first(), Some(&(vec![1], [1, 0, 0])));
}

#[test]
fn a_row_is_what_the_run_itself_comes_to() {
    let (mut lab, acknowledged) = lived(SAFE);
    let before = (lab.world().step, lab.all_facts().len());
    let rows = table(&lab, &acknowledged, Blow::Crash);
    assert_eq!((lab.world().step, lab.all_facts().len()), before, "asking changes nothing");
    for line in ["kill 2", "kill 3"] {
        lab.apply(&Command::parse_line(line).expect("reads").expect("a command")).expect("accepted");
    }
    let at = lab.now() + 8 * SECOND;
    lab.advance_to(at, usize::MAX);
    let image = lab.world().metadata().expect("an image");
    let thin = image.topics.iter().filter(|(name, _)| !name.starts_with("__")).flat_map(|(_, t)| &t.partitions);
    let thin = thin.filter(|r| r.leader >= 0 && r.isr.len() < 2.min(r.replicas.len())).count();
    assert_eq!(rows.iter().find(|(b, _)| *b == [2, 3]).map(|(_, counts)| counts[2]), Some(thin));
}

#[test]
fn racks_fail_as_a_whole_and_pairs_are_asked_about() {
    let (lab, acknowledged) =
        lived(&["cluster brokers=4 racks=a,a,b,b seed=1 broker.session.timeout.ms=3000", "topic t partitions=4 replication=2"]);
    let rows: Vec<Vec<i32>> = table(&lab, &acknowledged, Blow::Crash).into_iter().map(|(b, _)| b).collect();
    let pairs = [[1, 2], [1, 3], [1, 4], [2, 3], [2, 4], [3, 4]].map(|p| p.to_vec());
    let expected = [vec![1], vec![2], vec![3], vec![4], vec![1, 2], vec![3, 4]].into_iter().chain(pairs).collect::<Vec<_>>();
    assert_eq!(rows, expected);
}
