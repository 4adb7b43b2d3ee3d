//! Which partition of an internal topic coordinates a group or a transactional id.

use super::java;

/// The partition of `__consumer_offsets` (or, for a transactional id, of `__transaction_state`) out of `partitions`
/// (`kafka-semantics` 7.1, GroupCoordinatorService.java partitionFor); 0 when there are none.
pub fn partition_for(id: &str, partitions: u32) -> u32 {
    java::abs(java::string_hash(id)).checked_rem(partitions).unwrap_or(0)
}
