//! What the pure rules promise beyond the recorded facts.

use kafka_playground::kafka::assignor::{Assignor, Topics};
use kafka_playground::kafka::errors::ErrorCode;
use kafka_playground::kafka::group::protocol::{JoinedMember, Subscription};
use kafka_playground::kafka::partition_change::{
    self, ElectionRules, IsrProposal, broker_fenced, broker_unfenced, broker_unregistered, check_alter_partition,
};
use kafka_playground::kafka::partitioner::available_order;
use kafka_playground::kafka::placement::{Chance, StripedReplicaPlacer, UsableBroker, check_manual_assignment};
use kafka_playground::kafka::producer_state::{AppendCheck, ProducerStates};
use kafka_playground::kafka::reassignment;
use kafka_playground::kafka::record::{BatchKind, RecordBatch, Topic, TopicPartition};
use kafka_playground::kafka::registration::{LeaderRecoveryState, NO_LEADER, PartitionRegistration};
use kafka_playground::sim::rng::Rng;
use std::collections::BTreeSet;
use std::rc::Rc;

struct Draws(Rng);

impl Chance for Draws {
    fn below(&mut self, n: u32) -> u32 {
        self.0.below(u64::from(n)) as u32
    }
}

const RULES: ElectionRules = ElectionRules {
    elr_enabled: false,
    bump_leader_epoch_on_isr_shrink: false,
    unclean_leader_election_enable: false,
    min_insync_replicas: 1,
};

fn all_active(_: i32) -> bool {
    true
}

fn led_by_first(replicas: &[i32]) -> PartitionRegistration {
    PartitionRegistration { replicas: replicas.to_vec(), isr: replicas.to_vec(), leader: replicas[0], ..Default::default() }
}

#[test]
fn a_reassignment_moves_the_leader_only_when_the_isr_holds_the_whole_target() {
    // Moving [1,2,3] to [4,5,6] must never leave the partition with less than its old replicas until the new ones caught up.
    let old = led_by_first(&[1, 2, 3]);
    let moving = old.merge(&reassignment::start(&old, &[4, 5, 6], &RULES, &all_active).expect("a change"));
    assert_eq!(moving.replicas, [4, 5, 6, 1, 2, 3]);
    assert_eq!((&moving.adding_replicas[..], &moving.removing_replicas[..]), (&[4, 5, 6][..], &[1, 2, 3][..]));
    assert_eq!((moving.leader, moving.leader_epoch, moving.partition_epoch), (1, 0, 1));

    let alter = |partition: &PartitionRegistration, isr: &[i32]| {
        let change = partition_change::alter_partition(partition, isr, LeaderRecoveryState::Recovered, &RULES, &all_active);
        partition.merge(&change.expect("a change"))
    };
    let nearly = alter(&moving, &[1, 2, 3, 4, 5]);
    assert_eq!((nearly.replicas.len(), nearly.leader), (6, 1));
    let done = alter(&nearly, &[1, 2, 3, 4, 5, 6]);
    assert_eq!((&done.replicas[..], &done.isr[..]), (&[4, 5, 6][..], &[4, 5, 6][..]));
    assert_eq!((done.leader, done.leader_epoch), (4, 1));
    assert!(done.adding_replicas.is_empty() && done.removing_replicas.is_empty());
}

#[test]
fn a_cancelled_reassignment_leaves_the_original_replicas() {
    // Whoever takes a move back expects the partition as it was, minus what has left since.
    let old = led_by_first(&[1, 2, 3]);
    assert_eq!(reassignment::cancel(&old, &RULES, &all_active), Err(ErrorCode::NoReassignmentInProgress));
    let mut moving = old.merge(&reassignment::start(&old, &[2, 4], &RULES, &all_active).expect("a change"));
    moving.isr = vec![1, 2, 4];
    let back = reassignment::cancel(&moving, &RULES, &all_active).expect("cancelled").expect("a change");
    let back = moving.merge(&back);
    assert_eq!((&back.replicas[..], &back.isr[..], back.leader), (&[2, 1, 3][..], &[1, 2][..], 1));

    moving.isr = vec![4];
    moving.leader = 4;
    assert_eq!(reassignment::cancel(&moving, &RULES, &all_active), Err(ErrorCode::InvalidReplicaAssignment));
}

#[test]
fn reordering_the_replicas_changes_no_epoch_of_the_leader() {
    let old = led_by_first(&[1, 2, 3]);
    let new = old.merge(&reassignment::start(&old, &[3, 1, 2], &RULES, &all_active).expect("a change"));
    assert_eq!((&new.replicas[..], new.leader, new.leader_epoch, new.partition_epoch), (&[3, 1, 2][..], 1, 0, 1));
}

#[test]
fn events_leave_partitions_alone_that_they_do_not_concern() {
    // A controller offers each partition to these rules; only those of table 5.2 may change.
    let mut partition = led_by_first(&[1, 2, 3]);
    partition.isr = vec![1, 2];
    assert_eq!(broker_fenced(&partition, 3, &RULES, &all_active), None);
    assert_eq!(broker_unregistered(&partition, 3, &RULES, &all_active), None);
    assert_eq!(broker_unfenced(&partition, 3, &RULES, &all_active), None);
    let only_one = |r: i32| r == 1;
    let mut alone = partition;
    alone.isr = vec![1];
    let gone = alone.merge(&broker_fenced(&alone, 1, &RULES, &only_one).expect("a change"));
    assert_eq!((gone.leader, &gone.isr[..]), (NO_LEADER, &[1][..]));
    let again = gone.merge(&broker_unfenced(&gone, 1, &RULES, &|_| false).expect("a change"));
    assert_eq!((again.leader, again.leader_epoch), (1, 2));
}

#[test]
fn alter_partition_is_refused_in_kafkas_order() {
    let mut partition = led_by_first(&[1, 2, 3]);
    partition.leader_epoch = 5;
    partition.partition_epoch = 7;
    let good =
        IsrProposal { sender: 1, leader_epoch: 5, partition_epoch: 7, new_isr: &[1, 2], recovery_state: LeaderRecoveryState::Recovered };
    let check = |proposal: &IsrProposal<'_>| check_alter_partition(&partition, proposal, &|r| r != 3);
    assert_eq!(check(&good), Ok(()));
    for (proposal, error) in [
        (IsrProposal { leader_epoch: 6, sender: 9, ..good.clone() }, ErrorCode::NotController),
        (IsrProposal { leader_epoch: 4, sender: 9, ..good.clone() }, ErrorCode::FencedLeaderEpoch),
        (IsrProposal { sender: 2, partition_epoch: 6, ..good.clone() }, ErrorCode::InvalidRequest),
        (IsrProposal { partition_epoch: 6, ..good.clone() }, ErrorCode::InvalidUpdateVersion),
        (IsrProposal { new_isr: &[2, 3], ..good.clone() }, ErrorCode::InvalidRequest),
        (IsrProposal { new_isr: &[1, 4], ..good.clone() }, ErrorCode::InvalidRequest),
        (IsrProposal { new_isr: &[1, 3], ..good.clone() }, ErrorCode::IneligibleReplica),
    ] {
        assert_eq!(check(&proposal), Err(error), "{proposal:?}");
    }
}

#[test]
fn available_partitions_come_in_the_order_of_javas_map() {
    // Round robin over a whole topic starts where Java's map starts, not at partition 0 (`kafka-semantics` 1.7).
    assert_eq!(available_order("t", &[0, 1], 2), [1, 0]);
    assert_eq!(available_order("t", &[0, 1, 2], 3), [1, 0, 2]);
    assert_eq!(available_order("t", &[0, 1, 2, 3], 4), [3, 2, 1, 0]);
}

#[test]
fn sequence_numbers_wrap_and_markers_end_transactions() {
    let mut states = ProducerStates::default();
    let batch = |base_offset: i64, base_sequence: i32, kind: BatchKind| RecordBatch {
        base_offset,
        last_offset: base_offset + 1,
        leader_epoch: 0,
        producer_id: 7,
        producer_epoch: 0,
        base_sequence,
        kind,
        records: [].into(),
    };
    let last = batch(0, i32::MAX - 1, BatchKind::Transactional);
    assert_eq!(states.check(&last), AppendCheck::Append);
    states.replay(&last);
    assert_eq!(states.get(7).and_then(|s| s.current_transaction_first_offset), Some(0));
    let wrapped = batch(2, 0, BatchKind::Transactional);
    assert_eq!(states.check(&wrapped), AppendCheck::Append);
    states.replay(&wrapped);
    assert_eq!(states.check(&wrapped), AppendCheck::Duplicate { base_offset: 2, last_offset: 3 });
    states.replay(&batch(4, -1, BatchKind::Abort));
    assert_eq!(states.get(7).and_then(|s| s.current_transaction_first_offset), None);
    assert_eq!(states.get(7).map(|s| s.batches.len()), Some(2));
}

#[test]
fn manual_assignments_are_checked_as_kafka_checks_them() {
    let check = |lists: &[(i32, &[i32])]| {
        let assignment: kafka_playground::map::Map<i32, Vec<i32>> = lists.iter().map(|(p, list)| (*p, list.to_vec())).collect();
        check_manual_assignment(&assignment, &|broker| broker < 3).map_err(|(error, _)| error)
    };
    let refused = Err(ErrorCode::InvalidReplicaAssignment);
    assert_eq!(check(&[(0, &[0, 1]), (1, &[1, 2])]), Ok(()));
    assert_eq!(check(&[(0, &[0, 1]), (2, &[1, 2])]), refused);
    assert_eq!(check(&[(0, &[0, 1]), (1, &[1])]), refused);
    assert_eq!(check(&[(0, &[0, 0])]), refused);
    assert_eq!(check(&[(0, &[0, 9])]), refused);
    assert_eq!(check(&[(0, &[])]), refused);
}

#[test]
fn every_cluster_gets_whole_placements() {
    // A placer that loses count after a shuffle would hang or give too few replicas; it must do neither, whatever the cluster.
    let mut chance = Draws(Rng::stream(1, "placement"));
    for round in 0..300 {
        let count = 1 + chance.below(9) as i32;
        let brokers: Vec<UsableBroker> = (0..count)
            .map(|id| {
                let rack = ["a", "b", "c"].get(chance.below(4) as usize).map(|name| Rc::from(*name));
                UsableBroker { id, rack, fenced: id > 0 && chance.below(3) == 0 }
            })
            .collect();
        let mut placer = StripedReplicaPlacer::new(&brokers, &mut chance);
        for _ in 0..30 {
            let wanted = 1 + chance.below(count as u32) as i32;
            let replicas = placer.place(wanted, &mut chance).expect("a placement");
            let distinct: BTreeSet<&i32> = replicas.iter().collect();
            assert_eq!((replicas.len(), distinct.len()), (wanted as usize, wanted as usize), "round {round}: {replicas:?}");
            assert!(!brokers[replicas[0] as usize].fenced, "round {round}: {replicas:?} is led by a fenced broker");
        }
        assert!(placer.place(count + 1, &mut chance).is_err());
    }
}

#[test]
fn every_assignor_gives_each_partition_once_and_settles() {
    // Whatever members say they owned, a partition has one reader, and a group that rebalances again with nothing new keeps still.
    let mut rng = Rng::stream(2, "assignors");
    let names = ["alpha", "beta", "gamma", "delta"];
    for round in 0..400 {
        let topics: Topics = (0..1 + rng.below(4))
            .map(|i| {
                let racks = |rng: &mut Rng| (0..rng.below(3)).map(|_| Rc::from(["x", "y", "z"][rng.below(3) as usize])).collect();
                (Topic::from(names[i as usize]), (0..1 + rng.below(7)).map(|_| racks(&mut rng)).collect())
            })
            .collect();
        let equal = rng.ratio(1, 2);
        let mut members: Vec<JoinedMember> = (0..1 + rng.below(6))
            .map(|i| {
                let wanted = |rng: &mut Rng| equal || rng.ratio(2, 3);
                let owned = |rng: &mut Rng| TopicPartition::new(&Topic::from(names[rng.below(4) as usize]), rng.below(8) as i32);
                JoinedMember {
                    member_id: Rc::from(format!("member-{i}")),
                    instance_id: rng.ratio(1, 4).then(|| Rc::from(format!("static-{i}"))),
                    subscription: Subscription {
                        topics: topics.keys().filter(|_| wanted(&mut rng)).cloned().collect(),
                        owned: (0..rng.below(5)).map(|_| owned(&mut rng)).collect(),
                        generation: rng.below(4) as i32 - 1,
                        rack: rng.ratio(1, 2).then(|| Rc::from(["x", "y", "z"][rng.below(3) as usize])),
                    },
                }
            })
            .collect();
        for assignor in Assignor::ALL {
            let assignment = assignor.assign(&topics, &members);
            let given: Vec<&TopicPartition> = assignment.values().flatten().collect();
            let distinct: BTreeSet<&TopicPartition> = given.iter().copied().collect();
            assert_eq!(given.len(), distinct.len(), "round {round}, {}: a partition given twice", assignor.name());
            let wanted: BTreeSet<&Topic> = members.iter().flat_map(|m| &m.subscription.topics).collect();
            let all: usize = topics.iter().filter(|(topic, _)| wanted.contains(topic)).map(|(_, racks)| racks.len()).sum();
            for member in members.iter().filter(|member| !member.subscription.topics.is_empty()) {
                let unwanted = |p: &&TopicPartition| !member.subscription.topics.contains(&p.topic);
                let found = assignment[&member.member_id].iter().find(unwanted);
                assert_eq!(found, None, "round {round}, {}: {} does not want it", assignor.name(), member.member_id);
            }
            if *assignor != Assignor::CooperativeSticky {
                assert_eq!(given.len(), all, "round {round}, {}: a partition forgotten", assignor.name());
            }
        }
        for assignor in [Assignor::Sticky, Assignor::CooperativeSticky] {
            let mut last = kafka_playground::map::Map::new();
            for generation in 10..14 {
                last = assignor.assign(&topics, &members);
                for member in &mut members {
                    member.subscription.owned = last[&member.member_id].clone();
                    member.subscription.generation = generation;
                }
            }
            let sorted = |list: &[TopicPartition]| list.iter().cloned().collect::<BTreeSet<_>>();
            let again = assignor.assign(&topics, &members);
            for (member, list) in &again {
                assert_eq!(sorted(list), sorted(&last[member]), "round {round}, {}: {member} does not settle", assignor.name());
            }
        }
    }
}

/// What tells one profile from another (`kafka-semantics` 0.3): with two of three replicas dead, whether the leader epoch rose as the ISR shrank, whether
/// the high watermark stands still below `min.insync.replicas`, and whether the ELR remembers who left.
#[test]
fn profiles_differ_as_kafkas_versions_did() {
    for (profile, leader_epoch, high_watermark, elr) in [
        ("4.1 broker.session", 0, 1, " elr=3"),
        ("4.0 broker.session", 0, 1, ""),
        ("3.9-kraft broker.session", 0, 1, ""),
        ("3.4-kraft broker.session", 2, 2, ""),
        ("3.9-zk zookeeper.session", 2, 1, ""),
        ("2.3-zk zookeeper.session", 2, 2, ""),
    ] {
        let scenario = format!(
            "cluster brokers=3 profile={profile}.timeout.ms=4000\ntopic t replicas=1,2,3 min.insync.replicas=2\nproducer p acks=1\n\
             produce p t value=a partition=0\nkill 2\nwait 8s\nkill 3\nwait 12s\nproduce p t value=b partition=0\nwait 2s\n\
             describe topic t\ndescribe log t-0\n"
        );
        let answers = kafka_playground::lab::runner::run(&scenario).answers;
        let [.., topic, log] = answers.as_slice() else { panic!("{profile}: {answers:?}") };
        let expected = format!("t-0 leader=1 leaderEpoch={leader_epoch} partitionEpoch=2 replicas=1,2,3 isr=1{elr}");
        assert_eq!(topic.join(""), expected, "{profile}");
        assert!(log[0].contains(&format!(" hw={high_watermark} ")), "{profile}: {log:?}");
    }
}
