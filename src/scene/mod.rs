//! The picture of a world: what stands, what flies, where all of it is, and how fast time should run. Nothing here changes a world.

pub mod caption;
pub mod compose;
pub mod control;
pub mod director;
pub mod flight;
pub mod layout;
pub mod memory;
pub mod metrics;
pub mod path;
pub mod place;
pub mod pulse;
pub mod read;
pub mod theme;
pub mod timeline;
pub mod view;
