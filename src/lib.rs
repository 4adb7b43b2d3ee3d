//! Kafka Playground: a deterministic simulation of Apache Kafka 4.1, and everything about it that needs no browser.
//!
//! Modules in reading order; each may use those above it and never those below: `sim`, `kafka`, `world`, `lab`, `scene`.
//! `text`, `map` and `sort` are leaves. `tests/tidy.rs` holds these directions.
#![forbid(unsafe_code)]

pub mod kafka;
pub mod lab;
pub mod map;
pub mod scene;
pub mod sim;
pub mod sort;
pub mod text;
pub mod world;
