//! The admin.

/// The timers of a admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminTimer {}
