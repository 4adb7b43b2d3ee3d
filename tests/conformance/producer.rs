//! Facts about hashing and about the choice of a partition.

use super::value::{array, each, int, int32, ints, steps, text, texts, truth};
use crate::Case;
use kafka_playground::kafka::partitioner::{PartitionQueue, RoundRobinPartitioner, StickyPartitioner, murmur2 as hash, partition_for_key};
use kafka_playground::kafka::{coordinator_key, java};
use serde_json::{Value, json};

pub(crate) fn murmur2(facts: &Value) -> Vec<Case> {
    each(facts, "vectors", |fact| {
        let hex = text(fact, "keyHex");
        let key: Vec<u8> = (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hex")).collect();
        let counts = fact["partitions"].as_object().expect("partitions by count");
        let partitions: serde_json::Map<String, Value> =
            counts.keys().map(|count| (count.clone(), json!(partition_for_key(&key, count.parse().expect("a count"))))).collect();
        let found = json!([key.len(), hash(&key), java::to_positive(hash(&key)), partitions]);
        (found, json!([fact["length"], fact["murmur2"], fact["toPositive"], fact["partitions"]]))
    })
}

pub(crate) fn group_coordinator_partition(facts: &Value) -> Vec<Case> {
    each(facts, "vectors", |fact| {
        let id = text(fact, "groupId");
        let hash = java::string_hash(id);
        let mut found = json!({ "groupId": id, "javaHashCode": hash, "utilsAbs": java::abs(hash) });
        for name in fact.as_object().expect("a fact").keys() {
            if let Some(count) = name.strip_prefix("partitionOf") {
                found[name] = json!(coordinator_key::partition_for(id, count.parse().expect("a count")));
            }
        }
        let mut expected = fact.clone();
        expected.as_object_mut().expect("a fact").remove("cite");
        (found, expected)
    })
}

pub(crate) fn java_hashmap_order(facts: &Value) -> Vec<Case> {
    each(facts, "vectors", |fact| {
        let keys = texts(&fact["insertionOrder"]);
        let reversed = keys.iter().rev().copied();
        let roomy = java::hash_map_order(keys.iter().map(|key| (java::string_hash(key), *key)), 64);
        let found = json!([java::string_key_order(keys.iter().copied()), java::string_key_order(reversed), roomy]);
        let expected = json!([fact["iterationOrder"], fact["reverseInsertionIterationOrder"], fact["iterationOrderInitialCapacity64"]]);
        (found, expected)
    })
}

pub(crate) fn builtin_partitioner(facts: &Value) -> Vec<Case> {
    let mut cases = each(facts, "adaptive", adaptive);
    cases.extend(each(facts, "switching", switching));
    cases.extend(each(facts, "availability", availability));
    cases.extend(each(facts, "roundRobin", round_robin));
    cases
}

fn all(partitions: u32) -> Vec<i32> {
    (0..partitions as i32).collect()
}

fn adaptive(fact: &Value) -> (Value, Value) {
    let sizes = ints(&fact["queueSizes"]);
    let queues: Vec<PartitionQueue> =
        sizes.iter().enumerate().map(|(i, size)| PartitionQueue { partition: i as i32, batches: *size as u32 }).collect();
    let mut partitioner = StickyPartitioner::new(1);
    partitioner.update_load(&queues[..int(fact, "logicalLength") as usize], queues.len());
    let partitions = sizes.len() as u32;
    let choose = |draw: u32| partitioner.next_partition(&all(partitions), partitions, draw);
    let expected = array(fact, "partitionForRandom0toN");
    let chosen: Vec<i32> = (0..expected.len() as u32).map(choose).collect();
    // With a range, the weights' sum is the range: draws repeat after it.
    let again: Vec<i32> = match fact["randomRange"].as_u64() {
        Some(range) => (0..range as u32).map(|draw| choose(draw + range as u32)).collect(),
        None => chosen.clone(),
    };
    (json!([chosen, again]), json!([expected, expected]))
}

fn switching(fact: &Value) -> (Value, Value) {
    let partitions = int(fact, "partitions") as u32;
    let available = all(partitions);
    let mut partitioner = StickyPartitioner::new(int(fact, "stickyBatchSize") as u32);
    let mut count = 0;
    let mut draw = || {
        count += 1;
        count - 1
    };
    steps(array(fact, "appends"), |append| {
        let partition = partitioner.partition(&available, partitions, &mut draw);
        let switched = partitioner.update(int(append, "bytes") as u32, truth(append, "enableSwitch"), &available, partitions, &mut draw);
        (json!([partition, switched]), json!([append["partition"], append["switchedAfter"]]))
    })
}

fn availability(fact: &Value) -> (Value, Value) {
    let partitions = int(fact, "partitions") as u32;
    let without = ints(&fact["withoutLeader"]);
    let available: Vec<i32> = all(partitions).into_iter().filter(|p| !without.contains(p)).collect();
    let partitioner = StickyPartitioner::new(1);
    let found: Vec<i32> = (0..8).map(|draw| partitioner.next_partition(&available, partitions, draw)).collect();
    (json!(found), fact["chosenForRandom0to7"].clone())
}

fn round_robin(fact: &Value) -> (Value, Value) {
    let partitions = int32(fact, "partitions") as u32;
    let mut partitioner = RoundRobinPartitioner::default();
    let mut next = || partitioner.partition(&all(partitions), partitions);
    let found: Vec<i32> = array(fact, "sequence")
        .iter()
        .map(|_| {
            // Up to 3.9 a record that opens a batch was partitioned twice.
            if truth(fact, "doubleCall") {
                next();
            }
            next()
        })
        .collect();
    (json!(found), fact["sequence"].clone())
}
