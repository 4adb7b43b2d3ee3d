//! Kafka's rules as pure state machines, in Kafka's own words: time, chance and messages come in as arguments,
//! effects and facts go out.

pub mod admin;
pub mod assignor;
pub mod broker;
pub mod client_metadata;
pub mod config;
pub mod consumer;
pub mod controller;
pub mod coordinator_key;
pub mod effect;
pub mod epoch_cache;
pub mod errors;
pub mod fact;
pub mod group;
pub mod java;
pub mod log;
pub mod metadata;
pub mod partition_change;
pub mod partitioner;
pub mod placement;
pub mod producer;
pub mod producer_state;
pub mod protocol;
pub mod reassignment;
pub mod record;
pub mod registration;
pub mod replica;
pub mod zk;
