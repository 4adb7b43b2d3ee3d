//! Facts about partition changes by the controller.

use super::value::{array, each, int32, ints, steps, text, truth};
use crate::Case;
use kafka_playground::kafka::partition_change::{self, Election, ElectionRules, PartitionChangeBuilder};
use kafka_playground::kafka::reassignment as moving;
use kafka_playground::kafka::registration::{LeaderRecoveryState, PartitionChange, PartitionRegistration};
use serde_json::{Value, json};

fn recovery(name: &Value) -> LeaderRecoveryState {
    match name.as_str() {
        Some("RECOVERING") => LeaderRecoveryState::Recovering,
        _ => LeaderRecoveryState::Recovered,
    }
}

fn recovery_name(state: LeaderRecoveryState) -> &'static str {
    match state {
        LeaderRecoveryState::Recovered => "RECOVERED",
        LeaderRecoveryState::Recovering => "RECOVERING",
    }
}

/// `recovery_key` is how the file calls the recovery state.
fn registration(fact: &Value, recovery_key: &str) -> PartitionRegistration {
    PartitionRegistration {
        directories: Vec::new(),
        replicas: ints(&fact["replicas"]),
        isr: ints(&fact["isr"]),
        elr: ints(&fact["elr"]),
        last_known_elr: ints(&fact["lastKnownElr"]),
        adding_replicas: ints(&fact["adding"]),
        removing_replicas: ints(&fact["removing"]),
        leader: int32(fact, "leader"),
        leader_epoch: int32(fact, "leaderEpoch"),
        partition_epoch: int32(fact, "partitionEpoch"),
        leader_recovery_state: recovery(&fact[recovery_key]),
    }
}

fn shown(partition: &PartitionRegistration, recovery_key: &str) -> Value {
    let mut value = json!({
        "replicas": partition.replicas,
        "isr": partition.isr,
        "elr": partition.elr,
        "lastKnownElr": partition.last_known_elr,
        "adding": partition.adding_replicas,
        "removing": partition.removing_replicas,
        "leader": partition.leader,
        "leaderEpoch": partition.leader_epoch,
        "partitionEpoch": partition.partition_epoch,
    });
    value[recovery_key] = json!(recovery_name(partition.leader_recovery_state));
    value
}

fn shown_change(change: &PartitionChange) -> Value {
    let fields = [
        ("replicas", change.replicas.as_ref().map(|v| json!(v))),
        ("isr", change.isr.as_ref().map(|v| json!(v))),
        ("elr", change.elr.as_ref().map(|v| json!(v))),
        ("lastKnownElr", change.last_known_elr.as_ref().map(|v| json!(v))),
        ("adding", change.adding_replicas.as_ref().map(|v| json!(v))),
        ("removing", change.removing_replicas.as_ref().map(|v| json!(v))),
        ("leader", change.leader.map(|v| json!(v))),
        ("leaderRecoveryState", change.leader_recovery_state.map(|v| json!(recovery_name(v)))),
    ];
    fields.into_iter().filter_map(|(name, value)| value.map(|v| (name.to_string(), v))).collect()
}

fn election(name: &str) -> Election {
    match name {
        "PREFERRED" => Election::Preferred,
        "ONLINE" => Election::Online,
        "UNCLEAN" => Election::Unclean,
        other => panic!("election is {other}, expected PREFERRED, ONLINE or UNCLEAN"),
    }
}

/// The numbers of a metadata version such as `3.6-IV0`.
fn version(name: &str) -> Vec<u32> {
    name.split(['.', '-']).map(|part| part.trim_start_matches("IV").parse().expect("a version")).collect()
}

pub(crate) fn leader_election(facts: &Value) -> Vec<Case> {
    each(facts, "vectors", |fact| {
        let partition = registration(&fact["partition"], "leaderRecoveryState");
        let acceptable = ints(&fact["acceptableLeaders"]);
        let acceptable = |r: i32| acceptable.contains(&r);
        let builder = PartitionChangeBuilder {
            partition: &partition,
            acceptable_leader: &acceptable,
            min_isr: int32(fact, "minIsr") as usize,
            election: election(text(fact, "election")),
            elr_enabled: truth(fact, "elrEnabled"),
            use_last_known_leader: truth(fact, "useLastKnownLeader"),
            bump_leader_epoch_on_isr_shrink: version(text(fact, "metadataVersion")) < version("3.6-IV0"),
            unclean_shutdown_replicas: ints(&fact["uncleanShutdownReplicas"]),
            target_isr: ints(&fact["targetIsr"]),
            target_replicas: ints(&fact["targetReplicas"]),
            target_removing: ints(&fact["targetRemoving"]),
            target_adding: ints(&fact["targetAdding"]),
            target_recovery_state: partition.leader_recovery_state,
        };
        let change = builder.build();
        let mut found = json!({ "record": change.as_ref().map_or(Value::Null, shown_change) });
        let mut expected = json!({ "record": fact["record"] });
        if let (Some(after), Some(change)) = (fact.get("after"), &change) {
            found["after"] = shown(&partition.merge(change), "leaderRecoveryState");
            expected["after"] = after.clone();
        }
        (found, expected)
    })
}

pub(crate) fn traces(facts: &Value) -> Vec<Case> {
    each(facts, "traces", |fact| {
        let rules = ElectionRules {
            elr_enabled: truth(fact, "elrEnabled"),
            bump_leader_epoch_on_isr_shrink: false,
            unclean_leader_election_enable: truth(fact, "uncleanLeaderElectionEnable"),
            min_insync_replicas: int32(fact, "minInsyncReplicas"),
        };
        let mut partition = registration(&fact["initial"], "recovery");
        let mut active = ints(&fact["initial"]["active"]);
        steps(array(fact, "steps"), |step| {
            let event = &step["event"];
            let broker = event["broker"].as_i64().unwrap_or(-1) as i32;
            let before = active.clone();
            let is_active = |r: i32| before.contains(&r);
            let change = match text(event, "type") {
                "fence" => {
                    active.retain(|r| *r != broker);
                    partition_change::broker_fenced(&partition, broker, &rules, &is_active)
                }
                "unfence" => {
                    active.push(broker);
                    active.sort_unstable();
                    active.dedup();
                    partition_change::broker_unfenced(&partition, broker, &rules, &is_active)
                }
                "uncleanShutdownReregistration" => {
                    active.retain(|r| *r != broker);
                    partition_change::broker_shut_down_uncleanly(&partition, broker, &rules, &is_active)
                }
                "alterPartition" => {
                    let isr = ints(&event["newIsr"]);
                    // A leader that proposes an ISR says it has recovered.
                    let state = LeaderRecoveryState::Recovered;
                    partition_change::alter_partition(&partition, &isr, state, &rules, &is_active)
                }
                "electLeaders" => partition_change::elect_leader(&partition, election(text(event, "election")), &rules, &is_active).ok(),
                other => panic!("event is {other}, expected a known one"),
            };
            if let Some(change) = &change {
                partition = partition.merge(change);
            }
            let mut state = shown(&partition, "recovery");
            state["active"] = json!(active);
            let found = json!({ "event": event, "changed": change.is_some(), "state": state });
            (found, json!({ "event": event, "changed": step["changed"], "state": step["state"] }))
        })
    })
}

pub(crate) fn reassignment(facts: &Value) -> Vec<Case> {
    each(facts, "vectors", |fact| {
        let list = |key: &str| ints(&fact[key]);
        let done = moving::complete(&list("removing"), &list("adding"), &list("replicas"), &list("targetIsr"));
        let found = done.map_or(Value::Null, |done| json!({ "replicas": done.replicas, "isr": done.isr }));
        (found, fact["completed"].clone())
    })
}
