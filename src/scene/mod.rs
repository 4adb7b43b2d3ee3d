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

/// `value * by / of` for an `of` above 0, without a wider number in between, whose division is a page of code in the browser.
fn scaled(value: i64, by: i64, of: i64) -> i64 {
    (value / of).saturating_mul(by).saturating_add(value % of * by / of)
}
