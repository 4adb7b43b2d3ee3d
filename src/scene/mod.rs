//! The picture of a world: what stands, what flies, where all of it is, and how fast time should run. Nothing here changes a world.

pub mod layout;
pub mod path;
pub mod view;
