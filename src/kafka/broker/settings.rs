//! What a broker reads from its configuration, once, in the units it uses.

use super::truncation::Truncation;
use crate::kafka::group::config::GroupConfig;
use crate::kafka::zk::ZkSettings;
use crate::sim::Micros;
use std::rc::Rc;

/// A broker's configuration (`kafka-semantics` 0.5, 2.3, 4.11, 5.10).
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct BrokerSettings {
    pub heartbeat_interval: Micros,
    pub heartbeat_timeout: Micros,
    pub initial_registration_timeout: Micros,
    pub session_timeout: Micros,
    pub request_timeout: Micros,
    pub controller_socket_timeout: Micros,
    pub quorum_request_timeout: Micros,
    pub controlled_shutdown_enable: bool,
    pub replica_lag_time_max: Micros,
    pub replica_fetch_wait_max: Micros,
    pub replica_fetch_min_bytes: i32,
    pub replica_fetch_max_bytes: i32,
    pub replica_fetch_response_max_bytes: i32,
    pub replica_fetch_backoff: Micros,
    pub replica_socket_timeout: Micros,
    pub high_watermark_checkpoint_interval: Micros,
    pub min_insync_replicas: i32,
    pub message_max_bytes: i32,
    pub auto_create_topics_enable: bool,
    pub num_partitions: i32,
    pub default_replication_factor: i16,
    pub offsets_topic_num_partitions: i32,
    pub offsets_topic_replication_factor: i16,
    pub log_dirs: Vec<Rc<str>>,
    pub log_dir_failure_timeout: Micros,
    pub flush_interval_messages: i64,
    pub flush_interval: Micros,
    pub initial_task_delay: Micros,
    pub flush_scheduler_interval: Micros,
    pub segment_bytes: i64,
    pub segment_ms: i64,
    /// Whether the high watermark stands still below `min.insync.replicas`.
    pub min_isr_gates_high_watermark: bool,
    /// How followers truncate.
    pub truncation: Truncation,
    pub groups: GroupConfig,
    /// Of ZooKeeper mode; none in KRaft.
    pub zk: Option<ZkSettings>,
}
