//! Kafka's rules as pure state machines, in Kafka's own words.
