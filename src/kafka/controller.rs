//! The controller.

/// The timers of a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControllerTimer {}
