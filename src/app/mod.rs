//! The page: Yew components that read values of the scene and send acts upward.

pub(crate) mod act;
pub(crate) mod bits;
pub(crate) mod js;
pub(crate) mod paint;
pub(crate) mod panel;
pub(crate) mod stage;
pub(crate) mod session;
