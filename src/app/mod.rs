//! The page: Yew components that read values of the scene and send acts upward.

pub(crate) mod act;
pub(crate) mod bits;
pub(crate) mod captions;
pub(crate) mod js;
pub(crate) mod keys;
pub(crate) mod links;
mod listener;
pub(crate) mod memo;
pub(crate) mod page;
pub(crate) mod paint;
pub(crate) mod panel;
pub(crate) mod session;
pub(crate) mod shown;
pub(crate) mod stage;
pub(crate) mod storage;
pub(crate) mod tag;
pub(crate) mod trouble;
