//! Rings for what just happened, and the line of a leadership that moved: functions of a fact's age on screen.

use super::compose::Cast;
use super::layout::{End, Layout};
use super::memory::Moved;
use super::path::{Path, Point};
use super::scaled;
use super::theme::{Ink, MOVED, PULSE, SCREEN_SECOND};
use super::view::ClusterView;
use crate::kafka::fact::Fact;
use crate::sim::Micros;
use crate::world::trace::Entry;
use std::rc::Rc;

/// A ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pulse {
    /// Its middle.
    pub at: Point,
    /// Its colour.
    pub ink: Ink,
    /// How much of its life is over, 0 to 1.
    pub age: f64,
}

/// How old something is on screen at a playback rate of so many cluster microseconds a million real ones.
pub fn screen_age(at: Micros, now: Micros, rate: u64) -> i64 {
    scaled(now - at, SCREEN_SECOND, rate.max(1) as i64)
}

/// The rings of the latest facts, newest first; ends at the first that is too old.
pub fn pulses<'a>(
    facts: impl Iterator<Item = &'a Rc<Entry>>,
    now: Micros,
    rate: u64,
    layout: &Layout,
    view: &ClusterView,
    cast: &Cast,
) -> Vec<Pulse> {
    let mut found = Vec::new();
    for entry in facts.take(200) {
        let age = screen_age(entry.at, now, rate);
        if age >= PULSE || found.len() >= 12 {
            break;
        }
        if age < 0 {
            continue;
        }
        if let Some((at, ink)) = place(entry, layout, view, cast) {
            let pulse = Pulse { at, ink, age: age as f64 / PULSE as f64 };
            if !found.iter().any(|p: &Pulse| p.at == at) {
                found.push(pulse);
            }
        }
    }
    found
}

fn place(entry: &Entry, layout: &Layout, view: &ClusterView, cast: &Cast) -> Option<(Point, Ink)> {
    let replica = |partition, broker: i32, offset: i64| {
        let column = cast.column(partition)?;
        let row = cast.row(broker)?;
        let base = view.partition(partition)?.base;
        Some(Point::new(layout.offset_x(column, base, offset), layout.cells_y(row)))
    };
    match &entry.fact {
        Fact::RecordsRead { partition, .. } if cast.column(partition).is_some() => match cast.end(entry.node)? {
            End::Consumer(index) => {
                let leader = cast.row(view.partition(partition)?.leader?)?;
                Some((layout.client_line(End::Consumer(index), leader).end(), Ink::Consumer))
            }
            _ => None,
        },
        Fact::RecordAcknowledged { .. } => match cast.end(entry.node)? {
            End::Producer(index) => Some((layout.client_line(End::Producer(index), 0).at(0.0), Ink::Record)),
            _ => None,
        },
        Fact::Truncated { partition, to, .. } | Fact::DataLost { partition, to, .. } => {
            Some((replica(partition, entry.node.0, *to)?, Ink::Fault))
        }
        Fact::LeaderElected { partition, to, .. } if *to >= 0 => {
            let column = layout.columns.get(cast.column(partition)?)?;
            let row = layout.rows.get(cast.row(*to)?)?;
            Some((Point::new(column.cells + 4.0, row.y + layout.anatomy.role.max(8.0) - 4.5), Ink::Control))
        }
        Fact::IsrChanged { partition, .. } => {
            let column = layout.columns.get(cast.column(partition)?)?;
            Some((Point::new(column.lane.right() - 16.0, column.head.middle_y()), Ink::Control))
        }
        _ => None,
    }
}

/// The line of a leadership that moved between two rows, and how visible it still is; none when it is too old or nobody led before.
pub fn moved_line(moved: &Moved, now: Micros, rate: u64, layout: &Layout, cast: &Cast) -> Option<(Path, f64)> {
    let age = screen_age(moved.at, now, rate);
    if !(0..MOVED).contains(&age) || layout.zoom > super::layout::Zoom::Bars {
        return None;
    }
    let column = layout.columns.get(cast.column(&moved.partition)?)?;
    let (from, to) = (layout.rows.get(cast.row(moved.from)?)?, layout.rows.get(cast.row(moved.to)?)?);
    let inset = (layout.anatomy.role - 4.0).max(layout.anatomy.cells_middle() - 28.0).max(6.0);
    let (a, b) = (from.y + inset, to.y + inset);
    let x = column.lane.x;
    let down = if b > a { 1.0 } else { -1.0 };
    let far = x - 14.0;
    let path = Path::from(x, a)
        .curve((far, a + 6.0 * down), (far, a + 30.0 * down), (far, a + 50.0 * down))
        .line(far, b - 50.0 * down)
        .curve((far, b - 20.0 * down), (far, b), (x - 1.0, b));
    // Full for three quarters of its life, then it fades.
    let alpha = ((MOVED - age) as f64 / (MOVED as f64 / 4.0)).min(1.0);
    Some((path, alpha))
}
