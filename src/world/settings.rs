//! From Kafka's configuration to the values that brokers and controllers use.

use super::command::Cluster;
use crate::kafka::broker::settings::BrokerSettings;
use crate::kafka::config::Config;
use crate::kafka::controller::ControllerSettings;
use crate::kafka::controller::quorum::QuorumSettings;
use crate::kafka::group::config::GroupConfig;
use crate::kafka::zk::ZkSettings;
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

pub(super) fn broker(config: &Config, cluster: &Cluster) -> BrokerSettings {
    let session_timeout = config.micros("broker.session.timeout.ms");
    BrokerSettings {
        heartbeat_interval: config.micros("broker.heartbeat.interval.ms"),
        // The heartbeat channel gives a request half a session (BrokerServer.scala).
        heartbeat_timeout: session_timeout / 2,
        initial_registration_timeout: config.micros("initial.broker.registration.timeout.ms"),
        session_timeout,
        request_timeout: config.micros("request.timeout.ms"),
        controller_socket_timeout: config.micros("controller.socket.timeout.ms"),
        quorum_request_timeout: config.micros("controller.quorum.request.timeout.ms"),
        controlled_shutdown_enable: config.bool("controlled.shutdown.enable"),
        replica_lag_time_max: config.micros("replica.lag.time.max.ms"),
        replica_fetch_wait_max: config.micros("replica.fetch.wait.max.ms"),
        replica_fetch_min_bytes: config.int("replica.fetch.min.bytes"),
        replica_fetch_max_bytes: config.int("replica.fetch.max.bytes"),
        replica_fetch_response_max_bytes: config.int("replica.fetch.response.max.bytes"),
        replica_fetch_backoff: config.micros("replica.fetch.backoff.ms"),
        replica_socket_timeout: config.micros("replica.socket.timeout.ms"),
        high_watermark_checkpoint_interval: config.micros("replica.high.watermark.checkpoint.interval.ms"),
        min_insync_replicas: config.int("min.insync.replicas"),
        message_max_bytes: config.int("message.max.bytes"),
        auto_create_topics_enable: config.bool("auto.create.topics.enable"),
        num_partitions: config.int("num.partitions"),
        default_replication_factor: config.int("default.replication.factor") as i16,
        offsets_topic_num_partitions: config.int("offsets.topic.num.partitions"),
        offsets_topic_replication_factor: config.int("offsets.topic.replication.factor") as i16,
        log_dirs: log_dirs(config),
        log_dir_failure_timeout: config.micros("log.dir.failure.timeout.ms"),
        flush_interval_messages: config.long("log.flush.interval.messages"),
        flush_interval: flush_interval(config),
        initial_task_delay: config.micros("log.initial.task.delay.ms"),
        flush_scheduler_interval: config.micros("log.flush.scheduler.interval.ms"),
        segment_bytes: config.long("log.segment.bytes"),
        segment_ms: segment_ms(config),
        truncation: cluster.truncate,
        min_isr_gates_high_watermark: cluster.profile.min_isr_gates_high_watermark(),
        groups: groups(config),
        zk: cluster.profile.is_zookeeper().then(|| zk(config, cluster)),
    }
}

pub(super) fn controller(config: &Config, cluster: &Cluster) -> ControllerSettings {
    ControllerSettings {
        session_timeout: config.micros("broker.session.timeout.ms"),
        auto_leader_rebalance_enable: config.bool("auto.leader.rebalance.enable"),
        leader_imbalance_check_interval: config.long("leader.imbalance.check.interval.seconds") * crate::sim::SECOND,
        unclean_leader_election_interval: config.micros("unclean.leader.election.interval.ms"),
        unclean_leader_election_enable: config.bool("unclean.leader.election.enable"),
        min_insync_replicas: config.int("min.insync.replicas"),
        elr_enabled: cluster.elr.unwrap_or(cluster.profile.has_elr()) && !cluster.profile.is_zookeeper(),
        bump_leader_epoch_on_isr_shrink: cluster.profile.bumps_leader_epoch_on_isr_shrink(),
        num_partitions: config.int("num.partitions"),
        default_replication_factor: config.int("default.replication.factor") as i16,
        quorum: QuorumSettings {
            election_timeout: config.micros("controller.quorum.election.timeout.ms"),
            fetch_timeout: config.micros("controller.quorum.fetch.timeout.ms"),
            election_backoff_max: config.micros("controller.quorum.election.backoff.max.ms"),
            request_timeout: config.micros("controller.quorum.request.timeout.ms"),
            retry_backoff: config.micros("controller.quorum.retry.backoff.ms"),
        },
    }
}

fn zk(config: &Config, cluster: &Cluster) -> ZkSettings {
    let session_timeout = config.micros("zookeeper.session.timeout.ms");
    let given = config.get("zookeeper.connection.timeout.ms").and_then(|v| v.parse::<i64>().ok());
    ZkSettings {
        session_timeout,
        connection_timeout: given.map_or(session_timeout, |ms| ms * MILLISECOND),
        controlled_shutdown_max_retries: config.int("controlled.shutdown.max.retries"),
        controlled_shutdown_retry_backoff: config.micros("controlled.shutdown.retry.backoff.ms"),
        leader_imbalance_per_broker_percentage: config.int("leader.imbalance.per.broker.percentage"),
        controller: controller(config, cluster),
    }
}

fn groups(config: &Config) -> GroupConfig {
    GroupConfig {
        offsets_topic_num_partitions: config.int("offsets.topic.num.partitions"),
        initial_rebalance_delay_ms: config.long("group.initial.rebalance.delay.ms"),
        min_session_timeout_ms: config.int("group.min.session.timeout.ms"),
        max_session_timeout_ms: config.int("group.max.session.timeout.ms"),
        max_size: config.int("group.max.size"),
        offsets_retention_minutes: config.long("offsets.retention.minutes"),
        offsets_retention_check_interval_ms: config.long("offsets.retention.check.interval.ms"),
    }
}

/// The log directories by name: `log.dirs`, else `log.dir`.
fn log_dirs(config: &Config) -> Vec<Rc<str>> {
    let listed = config.get("log.dirs").unwrap_or_else(|| config.text("log.dir"));
    let mut names: Vec<Rc<str>> = Vec::new();
    for name in listed.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !names.iter().any(|n| **n == *name) {
            names.push(name.into());
        }
    }
    if names.is_empty() {
        names.push("data".into());
    }
    names
}

/// `log.flush.interval.ms`; without it, the flusher's own interval (KafkaConfig.scala).
fn flush_interval(config: &Config) -> Micros {
    config.micros(if config.get("log.flush.interval.ms").is_some() { "log.flush.interval.ms" } else { "log.flush.scheduler.interval.ms" })
}

/// `log.roll.ms`, else `log.roll.hours`.
fn segment_ms(config: &Config) -> i64 {
    config.number("log.roll.ms").unwrap_or_else(|| config.long("log.roll.hours").saturating_mul(3_600_000))
}
