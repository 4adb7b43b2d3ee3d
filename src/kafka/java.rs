//! What Kafka's answers owe to Java: `hashCode`, the order in which a `HashMap` is walked, integer folding, string order.

use std::cmp::Ordering;

/// The capacity of a `new HashMap<>()`.
pub const DEFAULT_CAPACITY: usize = 16;

/// `String.hashCode`: 31·h + unit over UTF-16 code units, wrapping (`kafka-semantics` 7.1).
pub fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// `TopicPartition.hashCode` (`kafka-semantics` 1.7).
pub fn topic_partition_hash(topic: &str, partition: i32) -> i32 {
    partition.wrapping_add(31).wrapping_mul(31).wrapping_add(string_hash(topic))
}

/// `Utils.abs`: the absolute value, except that the smallest integer gives 0.
pub fn abs(number: i32) -> u32 {
    if number == i32::MIN { 0 } else { number.unsigned_abs() }
}

/// `Utils.toPositive`: the number without its sign bit, which is not the absolute value.
pub fn to_positive(number: i32) -> u32 {
    (number as u32) & 0x7fff_ffff
}

/// `String.compareTo`: by UTF-16 code units, which differs from Rust's order beyond the basic plane.
pub fn compare(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// Buckets of a `HashMap` made for `initial_capacity` entries once it holds `entries`: a power of two, doubled past ¾ full.
pub fn table_size(initial_capacity: usize, entries: usize) -> usize {
    let mut size = initial_capacity.max(1).next_power_of_two();
    while entries.saturating_mul(4) > size.saturating_mul(3) {
        size *= 2;
    }
    size
}

/// The order in which a `HashMap` with `table_size` buckets is walked: buckets ascending, within one in order of insertion.
pub fn order_in_table<T>(entries: impl IntoIterator<Item = (i32, T)>, table_size: usize) -> Vec<T> {
    let mut placed: Vec<(usize, T)> = entries
        .into_iter()
        .map(|(hash, entry)| {
            let spread = (hash as u32) ^ ((hash as u32) >> 16);
            (spread as usize & (table_size.max(1) - 1), entry)
        })
        .collect();
    crate::sort::by_key(&mut placed, |(bucket, _)| *bucket);
    placed.into_iter().map(|(_, entry)| entry).collect()
}

/// The order in which a `HashMap` made for `initial_capacity` entries is walked after `entries` (hash and value) were put in turn.
pub fn hash_map_order<T>(entries: impl IntoIterator<Item = (i32, T)>, initial_capacity: usize) -> Vec<T> {
    let entries: Vec<(i32, T)> = entries.into_iter().collect();
    let size = table_size(initial_capacity, entries.len());
    order_in_table(entries, size)
}

/// The order in which a `new HashMap<String, _>()` is walked after these keys were put in turn.
pub fn string_key_order<S: AsRef<str>>(keys: impl IntoIterator<Item = S>) -> Vec<S> {
    hash_map_order(keys.into_iter().map(|key| (string_hash(key.as_ref()), key)), DEFAULT_CAPACITY)
}
