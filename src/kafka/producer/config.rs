//! A producer's configuration, read once.

use crate::kafka::client_metadata::ClientConfig;
use crate::kafka::config::{Config, ConfigError, Expectation, Scope, check_producer};
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

/// Who chooses the partition of a record that names none (`partitioner.class`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partitioner {
    /// By key, else the sticky partition.
    #[default]
    BuiltIn,
    /// `RoundRobinPartitioner`.
    RoundRobin,
}

/// A producer's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerConfig {
    /// What all clients share.
    pub client: ClientConfig,
    /// `acks`: -1, 0 or 1.
    pub acks: i16,
    /// `retries`.
    pub retries: i32,
    /// `batch.size`, at least 1.
    pub batch_size_bytes: i32,
    /// `linger.ms`.
    pub linger: Micros,
    /// `delivery.timeout.ms`.
    pub delivery_timeout: Micros,
    /// `max.block.ms`.
    pub max_block: Micros,
    /// `max.in.flight.requests.per.connection`.
    pub max_in_flight: usize,
    /// `max.request.size`.
    pub max_request_size: i32,
    /// `buffer.memory`.
    pub buffer_memory: i64,
    /// `enable.idempotence`.
    pub idempotence: bool,
    /// `partitioner.class`.
    pub partitioner: Partitioner,
    /// `partitioner.ignore.keys`.
    pub ignore_keys: bool,
    /// `partitioner.adaptive.partitioning.enable`.
    pub adaptive_partitioning: bool,
    /// `partitioner.availability.timeout.ms`.
    pub availability_timeout: Micros,
}

impl Default for ProducerConfig {
    fn default() -> Self {
        let defaults = Config::defaults(Scope::Producer);
        // Kafka's own defaults agree with each other.
        let effective = check_producer(&defaults).ok();
        ProducerConfig {
            client: ClientConfig::new(&defaults),
            acks: effective.map_or(-1, |e| e.acks),
            retries: defaults.int("retries"),
            batch_size_bytes: defaults.int("batch.size").max(1),
            linger: defaults.micros("linger.ms"),
            delivery_timeout: defaults.micros("delivery.timeout.ms"),
            max_block: defaults.micros("max.block.ms"),
            max_in_flight: 5,
            max_request_size: defaults.int("max.request.size"),
            buffer_memory: defaults.long("buffer.memory"),
            idempotence: defaults.bool("enable.idempotence"),
            partitioner: Partitioner::BuiltIn,
            ignore_keys: defaults.bool("partitioner.ignore.keys"),
            adaptive_partitioning: defaults.bool("partitioner.adaptive.partitioning.enable"),
            availability_timeout: defaults.micros("partitioner.availability.timeout.ms"),
        }
    }
}

impl ProducerConfig {
    /// Reads a producer's configuration; the error is what Kafka refuses, or what is not simulated.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let effective = check_producer(config)?;
        if let Some(id) = config.get("transactional.id") {
            let expected = Expectation::Rule("no value: transactions are not simulated");
            return Err(ConfigError { name: Rc::from("transactional.id"), found: Rc::from(id), expected });
        }
        Ok(ProducerConfig {
            client: ClientConfig::new(config),
            acks: effective.acks,
            retries: effective.retries,
            batch_size_bytes: config.int("batch.size").max(1),
            linger: config.micros("linger.ms"),
            delivery_timeout: Micros::from(effective.delivery_timeout_ms) * MILLISECOND,
            max_block: config.micros("max.block.ms"),
            max_in_flight: usize::try_from(effective.max_in_flight).unwrap_or(1).max(1),
            max_request_size: config.int("max.request.size"),
            buffer_memory: config.long("buffer.memory"),
            idempotence: effective.idempotent,
            partitioner: if config.get("partitioner.class").is_some() { Partitioner::RoundRobin } else { Partitioner::BuiltIn },
            ignore_keys: config.bool("partitioner.ignore.keys"),
            adaptive_partitioning: config.bool("partitioner.adaptive.partitioning.enable"),
            availability_timeout: config.micros("partitioner.availability.timeout.ms"),
        })
    }
}
