//! Holds the rules of the core against facts recorded from Apache Kafka.
//!
//! The facts are the `*.json` files of the folder `CONFORMANCE_DIR`, by default `tests/kafka/facts`. Every case of every file must
//! hold; for each file a line says how many did.

mod conformance {
    pub(crate) mod assignors;
    pub(crate) mod controller;
    pub(crate) mod log;
    pub(crate) mod placement;
    pub(crate) mod producer;
    pub(crate) mod value;
}

use conformance::{assignors, controller, log, placement, producer};
use serde_json::Value;
use std::path::PathBuf;

/// One case: where it stands, what Kafka answered, what the rules answer.
pub(crate) struct Case {
    /// The array and index in the file, and the source the file cites.
    pub(crate) place: String,
    /// What Kafka answered.
    pub(crate) expected: Value,
    /// What the rules answer.
    pub(crate) found: Value,
}

/// Works through all cases of a file.
type Subject = fn(&Value) -> Vec<Case>;

/// Every subject that is built, by the file that holds its facts.
const SUBJECTS: &[(&str, Subject)] = &[
    ("admin_utils_replica_assignment.json", placement::admin_utils),
    ("assignor_cooperative_sticky.json", assignors::cooperative_sticky),
    ("assignor_range.json", assignors::range),
    ("assignor_roundrobin.json", assignors::round_robin),
    ("assignor_sticky.json", assignors::sticky),
    ("builtin_partitioner.json", producer::builtin_partitioner),
    ("controller_traces.json", controller::traces),
    ("group_coordinator_partition.json", producer::group_coordinator_partition),
    ("java_hashmap_order.json", producer::java_hashmap_order),
    ("leader_election.json", controller::leader_election),
    ("leader_epoch_cache.json", log::leader_epoch_cache),
    ("murmur2.json", producer::murmur2),
    ("producer_state.json", log::producer_state),
    ("reassignment.json", controller::reassignment),
    ("striped_replica_placer.json", placement::striped),
];

/// Files whose subject is not built yet.
const NOT_BUILT: &[&str] = &["kip848_assignors.json", "kip848_reconciliation.json", "tla_bfs.json"];

#[test]
fn the_rules_answer_as_kafka_does() {
    // Whoever watches the simulation takes its answers for Kafka's. So each recorded answer must come out of the rules again.
    let folder = std::env::var_os("CONFORMANCE_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/kafka/facts"), PathBuf::from);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    let mut files: Vec<String> = entries
        .map(|entry| entry.expect("a readable entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no facts in {}", folder.display());

    let mut wrong = Vec::new();
    for file in files {
        if NOT_BUILT.contains(&file.as_str()) {
            println!("{file} not built");
            continue;
        }
        let Some((_, subject)) = SUBJECTS.iter().find(|(name, _)| *name == file) else {
            wrong.push(format!("{file}: no subject reads this file; expected one of SUBJECTS or NOT_BUILT"));
            continue;
        };
        let text = std::fs::read_to_string(folder.join(&file)).unwrap_or_else(|error| panic!("cannot read {file}: {error}"));
        let facts: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file} is not JSON: {error}"));
        let cases = subject(&facts);
        let held = cases.iter().filter(|case| case.found == case.expected).count();
        println!("{file} {held} of {}", cases.len());
        if cases.is_empty() {
            wrong.push(format!("{file}: found no case, expected at least one"));
        }
        for case in cases.iter().filter(|case| case.found != case.expected) {
            wrong.push(format!("{file} {}\n  found    {}\n  expected {}", case.place, case.found, case.expected));
        }
    }
    let shown = wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} cases do not hold; the first:\n{shown}", wrong.len());
}
