//! Kafka's rules as pure state machines, in Kafka's own words: time, chance and messages come in as arguments,
//! effects and facts go out.

pub mod admin;
pub mod broker;
pub mod consumer;
pub mod controller;
pub mod effect;
pub mod errors;
pub mod fact;
pub mod group;
pub mod metadata;
pub mod producer;
pub mod protocol;
pub mod record;
pub mod registration;
